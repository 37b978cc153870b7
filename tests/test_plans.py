"""What every plan of LSH owes, besides what `test_kinds` asks of every index: against brute force in float64."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit

from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH
from lsh_engine.index.lsh.config import PLANS, LSHConfig

CONFIGS = [LSHConfig(centred=False), LSHConfig(centred=True)]
DELTAS = [0.0, 0.4, 0.8, 1.0, 1.2, math.pi / 2, math.pi]
EDGE = 1e-6  # radians: nearer to delta than this, float32 may decide either way


@pytest.fixture(scope="session", params=["raw", "centred"])
def data(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session", params=CONFIGS, ids=["plain", "centred"])
def filled(request, data):
    index = HyperplaneLSH(request.param)
    index.add(data.vectors)
    return index


def all_hits(data, query: int, delta: float) -> tuple[set[int], set[int]]:
    """(ids that must be in an exact answer, ids that may be in any answer)."""
    return data.within(query, delta - EDGE), data.within(query, delta + EDGE)


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("plan", PLANS)
def test_hits_are_true_unique_sorted_and_a_subset_of_the_exhaustive(filled, data, plan, delta):
    reference = ExhaustiveIndex()
    reference.add(data.vectors)
    exact = reference.range_search_batch(data.queries, delta)
    for q, hits in enumerate(filled.range_search_batch(data.queries, delta, plan=plan)):
        must, may = all_hits(data, q, delta)
        assert must <= set(exact[q].ids.tolist()) <= may
        assert np.isin(hits.ids, exact[q].ids).all()
        assert hits.ids.dtype == np.int64 and hits.angles.dtype == np.float32
        assert np.array_equal(hits.ids, hits.ids[np.lexsort((hits.ids, hits.angles))])
        assert len(np.unique(hits.ids)) == len(hits) <= hits.n_candidates <= hits.n_vectors == len(data.vectors)
        assert hits.angles == pytest.approx(data.angles[q, hits.ids], abs=2e-6)
        assert 0 < hits.predicted_recall <= 1 and all(seconds >= 0 for seconds in hits.seconds.values())
        name = hits.plan.partition(":")[0]
        assert name == hits.details.name
        assert plan in ("auto", name)
        if name == "exhaustive" or (delta == math.pi and plan in ("multiprobe", "sketch")):
            assert np.array_equal(hits.ids, exact[q].ids) and np.array_equal(hits.angles, exact[q].angles)
            assert hits.predicted_recall == 1.0


@pytest.mark.parametrize("plan", ["auto", "sketch", "multiprobe"])
@pytest.mark.parametrize("delta", [0.4, 0.8, 1.0, 1.2])
def test_recall_is_what_was_promised(filled, data, plan, delta):
    truth = [data.within(q, delta) for q in range(len(data.queries))]
    found = [set(hits.ids.tolist()) for hits in filled.range_search_batch(data.queries, delta, plan=plan)]
    recall = sum(map(len, found)) / sum(map(len, truth))
    assert recall >= 0.97 - 0.02, "0.97 at the edge, more inside; 0.02 for the luck of one seed"


@pytest.mark.parametrize("plan", PLANS)
def test_more_delta_never_loses_exhaustive_hits_and_one_query_equals_a_batch(filled, data, plan):
    query, before = data.queries[0], set()
    for delta in np.linspace(0, 1.5, 7):
        hits = filled.range_search(query, delta, plan=plan)
        again = filled.range_search_batch(query[None], delta, plan=plan)[0]
        assert np.array_equal(hits.ids, again.ids) and np.array_equal(hits.angles, again.angles)
        assert hits.plan == again.plan
        if plan in ("tables", "exhaustive"):
            assert before <= set(hits.ids.tolist())
            before = set(hits.ids.tolist())


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("delta", [0.4, 1.0, 2.0])
def test_a_batch_is_its_queries_one_by_one(filled, data, plan, delta):
    """Where plan="auto" may choose otherwise for a batch, each still tells the truth."""
    together = filled.range_search_batch(data.queries, delta, plan=plan)
    for query, hits in zip(data.queries, together, strict=True):
        alone = filled.range_search(query, delta, plan=plan)
        if alone.plan == hits.plan:
            assert np.array_equal(alone.ids, hits.ids) and np.array_equal(alone.angles, hits.angles)
            assert alone.n_candidates == hits.n_candidates
        else:
            assert plan == "auto"


@pytest.mark.parametrize("plan", PLANS)
def test_many_equal_vectors_are_ordered_by_id(filled, data, plan):
    """More hits than are sorted while they are found, with ties among them."""
    index = HyperplaneLSH(filled.config)
    index.add(np.concatenate([data.vectors[:40]] * 4))
    hits = index.range_search(data.vectors[3], 2.5, plan=plan)
    assert np.array_equal(hits.ids, hits.ids[np.lexsort((hits.ids, hits.angles))])
    assert hits.ids[:4].tolist() == [3, 43, 83, 123] and hits.angles[:4].tolist() == [0] * 4
    assert plan in ("tables", "multiprobe") or len(hits) > 64


@pytest.mark.parametrize("plan", PLANS)
def test_delta_zero_finds_a_vector_and_its_duplicates(plan, raw):
    index = HyperplaneLSH()
    index.add(raw.vectors[:200])
    index.add(raw.vectors[40:41])
    hits = index.range_search(raw.vectors[40], 0.0, plan=plan)
    assert hits.ids.tolist() == [40, 200] and hits.angles.tolist() == [0, 0]
    rounded = unit(raw.vectors[40].astype(np.float64) * 3)
    assert index.range_search(rounded, 0.0, plan=plan).ids.tolist() == [40, 200]


def test_adding_in_parts_is_adding_at_once(centred):
    whole, parts = HyperplaneLSH(), HyperplaneLSH()
    whole.add(centred.vectors)
    vectors = centred.vectors
    for i in range(50):
        parts.add(vectors[i : i + 1])
    parts.range_search(centred.queries[0], 1.0)
    parts.add(vectors[50:5000])
    parts.add(vectors[5000:5000])
    parts.add(vectors[5000:])
    assert len(parts) == len(whole) == len(vectors)
    for plan in PLANS:
        for a, b in zip(
            whole.range_search_batch(centred.queries, 1.0, plan=plan),
            parts.range_search_batch(centred.queries, 1.0, plan=plan),
            strict=True,
        ):
            assert np.array_equal(a.ids, b.ids) and np.array_equal(a.angles, b.angles)


def test_save_and_load_give_the_same_answers(centred, tmp_path):
    index = HyperplaneLSH()
    index.add(centred.vectors[:3000])
    index.add(centred.vectors[3000:])
    index.save(tmp_path / "index")
    loaded = HyperplaneLSH.load(tmp_path / "index")
    assert len(loaded) == len(index)
    for plan in PLANS:
        for delta in (0.4, 1.0):
            a = index.range_search(centred.queries[1], delta, plan=plan)
            b = loaded.range_search(centred.queries[1], delta, plan=plan)
            assert a.plan == b.plan and a.n_candidates == b.n_candidates
            assert np.array_equal(a.ids, b.ids) and np.array_equal(a.angles, b.angles)
    loaded.add(centred.queries[:1])
    loaded.save(tmp_path / "index")
    assert HyperplaneLSH.load(tmp_path / "index").search(centred.queries[0], 1).ids.tolist() == [len(index)]


def test_one_vector_is_a_database():
    index = HyperplaneLSH()
    index.add(np.eye(1, 8, dtype=np.float32))
    for plan in PLANS:
        assert index.range_search(np.eye(8, dtype=np.float32)[0], 0.1, plan=plan).ids.tolist() == [0]
        assert len(index.range_search(np.eye(8, dtype=np.float32)[1], 0.1, plan=plan)) == 0
        assert index.range_search(-np.eye(8, dtype=np.float32)[0], math.pi, plan=plan).n_vectors == 1


@pytest.mark.parametrize("seed", range(5))
def test_small_random_databases(seed):
    random = np.random.default_rng(seed)
    n, dim, delta = random.integers(1, 40), random.integers(2, 70), random.uniform(0, math.pi)
    query = unit(random.standard_normal(dim))
    angles = random.uniform(0, math.pi, n)
    angles = angles[np.abs(angles - delta) > 1e-5]
    vectors = at_angles(random, query, np.append(angles, 0.0))
    index = HyperplaneLSH()
    index.add(vectors)
    expected = set(np.flatnonzero(np.append(angles, 0.0) <= delta).tolist())
    assert set(index.store.scan(query[None], delta)[0][0].tolist()) == expected
    for plan in PLANS:
        assert set(index.range_search(query, delta, plan=plan).ids.tolist()) <= expected
