"""Paired timings: what the rows say, not how fast this machine is."""

import numpy as np
import pytest

from lsh_engine import EngineError, ExhaustiveIndex, HyperplaneLSH
from lsh_engine.evaluation.growth import fitted_exponent, growth_of, growth_sizes
from lsh_engine.evaluation.harness import ask_in_turn, benchmark_index, measure
from lsh_engine.evaluation.machine import CacheFlush, last_level_cache, machine
from lsh_engine.evaluation.methods import Answer, ExhaustiveMethod, Method
from lsh_engine.evaluation.sources import SyntheticSource, sample_queries
from lsh_engine.evaluation.truth import ExactAnswers, recall

WARM = CacheFlush(warm=True)


@pytest.fixture(scope="module")
def index():
    random = np.random.default_rng(0)
    centres = random.standard_normal((40, 64))
    vectors = np.repeat(centres, 50, axis=0) + 0.5 * random.standard_normal((2000, 64))
    index = HyperplaneLSH()
    index.add((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    return index


@pytest.fixture(scope="module")
def dataset():
    return SyntheticSource("gem", 3000, 64, 6).dataset(3000)


# ---- rows


def test_rows_tell_recall_and_work_at_each_delta(index):
    calls = []
    queries = sample_queries(index, 12)
    rows = benchmark_index(index, queries, (0.6, 0.9), progress=lambda *call: calls.append(call), warm=True)
    assert [(row.index, row.delta) for row in rows] == [
        ("exhaustive", 0.6),
        ("LSH auto", 0.6),
        ("exhaustive", 0.9),
        ("LSH auto", 0.9),
    ]
    for slow, fast in (rows[:2], rows[2:]):
        assert (slow.recall, slow.edge_recall, slow.speed_up, slow.n_candidates) == (1, 1, 1, 2000)
        assert 0.9 <= fast.recall <= 1 and 0.9 <= fast.predicted_recall <= 1 and fast.plan
        assert 0 < fast.n_candidates <= 2000 and 0 < fast.median_ms <= fast.p95_ms and fast.speed_up > 0
    expected = np.mean([len(ExhaustiveIndex.build(index.store).range_search(query, 0.9)) for query in queries])
    assert rows[0].n_hits < rows[2].n_hits == pytest.approx(expected)
    assert (0, 12, "query at 0.6 rad") in calls and calls[-1] == (12, 12, "query at 0.9 rad")


def test_what_is_measured_once_a_method_stands_in_its_rows(dataset):
    exhaustive, auto, tables = measure(dataset, (0.4,), ("auto", "tables"), warm=True)
    assert (exhaustive.memory_mb, exhaustive.open_seconds) == (0, None) and exhaustive.batch_ms > 0
    for row in (auto, tables):
        assert row.memory_mb > 0 and row.build_seconds > 0 and row.open_seconds > 0 and row.batch_ms > 0
    assert tables.plan.startswith("tables") and tables.predicted_recall > 0.9
    assert exhaustive.n_hits == pytest.approx(20, abs=1)


def test_without_a_neighbour_there_is_no_recall(dataset):
    rows = measure(dataset, (0.01,), warm=True, extras=False)
    assert [(row.recall, row.edge_recall, row.n_hits, row.batch_ms) for row in rows] == [(None, None, 0, None)] * 2


def test_queries_are_vectors_of_the_index(index):
    queries = sample_queries(index, 5, seed=3)
    assert queries.shape == (5, 64)
    assert all(ExhaustiveIndex.build(index.store).search(query, 1).angles[0] < 1e-3 for query in queries)
    assert len(sample_queries(index, 10_000)) == 2000
    with pytest.raises(EngineError, match="number of queries"):
        sample_queries(index, 0)


def test_nothing_to_ask_is_refused(index):
    with pytest.raises(EngineError, match="at least one query"):
        benchmark_index(index, np.empty((0, 64), np.float32), (0.4,))
    with pytest.raises(EngineError, match="the index is empty"):
        benchmark_index(HyperplaneLSH(), np.eye(2, dtype=np.float32), (0.4,))


# ---- truth


def test_the_exact_answer_is_known_without_any_index():
    angles = np.array([0.1, 0.34, 0.36, 0.399, 0.401, 1.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    truth = ExactAnswers(vectors, np.array([[1, 0]], np.float32), 0.5)
    assert truth.within(0, 0.4).tolist() == [0, 1, 2, 3] and truth.edge(0, 0.4).tolist() == [2, 3]
    assert truth.within(0, 0.5).tolist() == [0, 1, 2, 3, 4]
    truth.check("honest", np.array([3, 0]), 0, 0.4)
    assert recall([np.array([3, 0])], [truth.within(0, 0.4)]) == 0.5


def test_a_row_on_the_border_counts_neither_way():
    vectors = np.array([[np.cos(0.4), np.sin(0.4)], [1, 0]], np.float32)
    truth = ExactAnswers(vectors, vectors[1:], 0.4)
    assert truth.within(0, 0.4).tolist() == [1]
    truth.check("either", np.array([0, 1]), 0, 0.4)


class Liar(Method):
    """Gives the true answer, and one id too many."""

    name = "liar"

    def __init__(self, index, extra):
        self.index, self.extra = index, extra

    def range_search(self, query, delta):
        ids = ExhaustiveIndex.build(self.index.store).range_search(query, delta).ids
        return np.append(ids, ids[0] if self.extra is None else self.extra)

    def answer(self, found):
        return Answer(found, len(found))


@pytest.mark.parametrize(
    ("extra", "said"),
    [(None, "liar gave id .* twice"), (-1, "liar gave an id outside"), (2000, "liar gave an id outside")],
)
def test_a_lying_index_is_refused(index, extra, said):
    truth = ExactAnswers(index.store.blocks[0], sample_queries(index, 2), 0.6)
    with pytest.raises(EngineError, match=said):
        ask_in_turn([ExhaustiveMethod(index), Liar(index, extra)], truth, 0.6, WARM, lambda *call: None)


def test_a_hit_outside_delta_is_refused(index):
    vectors = index.store.blocks[0]
    truth = ExactAnswers(vectors, vectors[:1], 0.6)
    far = int(np.argmin(vectors @ vectors[0]))
    with pytest.raises(EngineError, match=rf"liar gave id {far} at \d\.\d+ rad for delta 0\.6"):
        ask_in_turn([Liar(index, far)], truth, 0.6, WARM, lambda *call: None)


def test_every_method_is_asked_every_query_and_the_order_moves_on(index):
    asked = []

    class Noted(ExhaustiveMethod):
        def range_search(self, query, delta):
            asked.append(self.name)
            return super().range_search(query, delta)

    methods = [Noted(index) for _ in range(3)]
    for method, name in zip(methods, "abc", strict=True):
        method.name = name
    truth = ExactAnswers(index.store.blocks[0], sample_queries(index, 4), 0.6)
    timed = ask_in_turn(methods, truth, 0.6, WARM, lambda *call: None)
    assert "".join(asked) == "abc" + "abc" + "bca" + "cab" + "abc"  # the first round warms up
    assert all(len(own.seconds) == len(own.answers) == 4 for own in timed)


# ---- growth and machine


def test_growth_fits_the_power():
    assert growth_sizes(800_000) == [50_000, 100_000, 200_000, 400_000, 800_000]
    assert growth_sizes(16_000) == [1000, 2000, 4000, 8000, 16_000] and growth_sizes(1) == [1]
    sizes = [1000, 2000, 4000]
    assert fitted_exponent(sizes, [3 * size**0.5 for size in sizes]) == pytest.approx(0.5)


def test_growth_joins_the_rows_of_one_method_and_delta():
    source = SyntheticSource("centred", 1000, 32, 2)
    rows = [row for n in (1000, 500) for row in measure(source.dataset(n), (1.0,), warm=True, extras=False)]
    found = growth_of(rows)
    assert [(entry.index, entry.delta, entry.sizes) for entry in found] == [
        ("exhaustive", 1.0, (500, 1000)),
        ("LSH auto", 1.0, (500, 1000)),
    ]
    assert growth_of(rows[:2]) == []


def test_the_machine_is_told_and_its_caches_are_outgrown(monkeypatch, tmp_path):
    facts = machine()
    assert facts["cpu"] and facts["cores"] >= 1 and facts["cache_mib"] > 0
    flush = CacheFlush()
    flush()
    assert flush._buffer.nbytes > last_level_cache() and flush._buffer.all()
    monkeypatch.setattr("lsh_engine.evaluation.machine.CACHES", tmp_path)
    assert last_level_cache() == 64 * 2**20
