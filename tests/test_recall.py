"""The promise of the index, measured: recall and predicted recall on two kinds of descriptors, over several seeds."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from conftest import at_angles, centred_like, raw_like, unit
from index_help import lsh

from lsh_engine.index import Hits
from lsh_engine.index.lsh.config import LSHConfig

SEEDS = (0, 1, 2)
DELTAS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
TARGET = LSHConfig().recall_target
MAKERS = {"gem": raw_like, "centred": centred_like}


@dataclass
class Tally:
    """Hits of many queries against the truth. predicted: of each answer, weighted with what there was to find."""

    found: int = 0
    there: int = 0
    promised: float = 0.0
    names: set = field(default_factory=set)

    def count(self, hits: Hits, there: int):
        self.found, self.there = self.found + len(hits), self.there + there
        self.promised += there * hits.predicted_recall
        self.names.add(hits.details.name)


@pytest.fixture(scope="module", params=MAKERS)
def sets(request):
    """[(data, index)]: 6,000 rows, 20 queries with 100 planted neighbours each, for every seed."""
    made = []
    for seed in SEEDS:
        data = MAKERS[request.param](seed=100 + seed, n=4000, n_queries=20, planted=100, dim=128)
        made.append((data, lsh(data.vectors, seed=seed, n_tables=10, n_hyperplanes=12)))
    return made


def tallied(sets, plan: str, delta: float) -> Tally:
    """One query at a time: a batch would make the exhaustive scan cheap."""
    tally = Tally()
    for data, index in sets:
        for q, query in enumerate(data.queries):
            tally.count(index.range_search(query, delta, plan=plan), len(data.within(q, delta)))
    return tally


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("plan", ["auto", "multiprobe", "sketch"])
def test_recall_keeps_the_target_and_is_the_predicted(sets, plan, delta):
    tally = tallied(sets, plan, delta)
    if tally.there < 500:
        pytest.skip("the set has next to no neighbours so near")
    recall = tally.found / tally.there
    assert recall >= TARGET - 0.01
    assert recall == pytest.approx(tally.promised / tally.there, abs=0.03)


@pytest.mark.parametrize("delta", DELTAS)
def test_recall_of_source_a_is_the_formulas(sets, delta):
    """Chances of the true neighbours, whether found or not: hits alone say little where most are missed."""
    found, expected, there = 0, 0.0, 0
    for data, index in sets:
        for q, query in enumerate(data.queries):
            near = np.array(sorted(data.within(q, delta)), int)
            found, there = found + len(index.range_search(query, delta, plan="tables")), there + len(near)
            expected += float(index.found_probability(data.angles[q, near], delta, "tables").sum())
    assert there == 0 or found / there == pytest.approx(expected / there, abs=0.04)


def test_recall_of_tables_matches_theory():
    """100 rows at 0.399 rad and 2,000 far ones, 20 draws of planes."""
    random = np.random.default_rng(0)
    query = unit(random.standard_normal(64))
    near = at_angles(random, query, np.full(100, 0.399))
    vectors = np.concatenate([near, unit(random.standard_normal((2000, 64)))])
    found = [lsh(vectors, seed=seed).range_search(query, 0.4, plan="tables") for seed in range(20)]
    expected = LSHConfig().recall_at(0.399)
    assert np.mean([len(hits) / 100 for hits in found]) == pytest.approx(expected, abs=0.02)
    assert np.mean([hits.predicted_recall for hits in found]) == pytest.approx(expected, abs=1e-3)


@pytest.fixture(scope="module")
def large():
    """Enough rows that plan="auto" does not simply scan; 80 neighbours a query at 0.3 .. 1.25 rad."""
    data = centred_like(seed=7, n=20_000, n_queries=25, planted=80, dim=128)
    return data, lsh(data.vectors, n_tables=10)


@pytest.mark.parametrize("delta", [0.4, 0.8, 1.0])
def test_auto_keeps_its_promise_without_looking_at_everything(large, delta):
    tally, (data, index) = Tally(), large
    for q, query in enumerate(data.queries):
        hits = index.range_search(query, delta)
        tally.count(hits, len(data.within(q, delta)))
        assert hits.details.name != "exhaustive" and hits.n_candidates < 0.02 * hits.n_vectors
    assert tally.found / tally.there >= TARGET - 0.01


@pytest.mark.parametrize("target", [0.6, 0.9, 0.999])
@pytest.mark.parametrize("plan", ["multiprobe", "sketch"])
def test_another_target_is_kept_too(large, plan, target):
    tally, (data, index) = Tally(), large
    for q, query in enumerate(data.queries):
        tally.count(index.range_search(query, 0.9, plan=plan, recall_target=target), len(data.within(q, 0.9)))
    assert tally.found / tally.there >= target - 0.01
    assert tally.found / tally.there == pytest.approx(tally.promised / tally.there, abs=0.03)


def test_a_higher_target_gives_a_higher_promise(large):
    data, index = large
    low, high = (index.plan(1.0, "sketch", recall) for recall in (0.6, 0.999))
    assert low.predicted_recall < 0.75 < 0.998 < high.predicted_recall
    few, many = (
        index.range_search(data.queries[0], 1.0, plan="sketch", recall_target=recall) for recall in (0.6, 0.999)
    )
    assert len(few) <= len(many) and few.n_candidates < many.n_candidates
