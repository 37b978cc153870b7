"""Paired timings: what the rows say, not how fast this machine is."""

from dataclasses import replace

import numpy as np
import pytest

from lsh_engine import EngineError, ExhaustiveIndex, HyperplaneLSH
from lsh_engine.evaluation import machine as machine_module
from lsh_engine.evaluation.harness import (
    RECALL_TARGET,
    Method,
    ask_in_turn,
    measure,
    missing_peers,
    peer_names,
    peers_named,
)
from lsh_engine.evaluation.machine import CacheFlush, check_memory, last_level_cache, machine
from lsh_engine.evaluation.rows import fitted_exponent, growth_of, growth_sizes
from lsh_engine.evaluation.sources import Dataset, SyntheticSource, part_of
from lsh_engine.evaluation.truth import ExactAnswers, recall
from lsh_engine.index import Hits, Index, VectorStore, kinds

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


def queries_of(index: Index, n: int) -> np.ndarray:
    return index.store.take(np.random.default_rng(0).choice(len(index), n, replace=False))


def data_of(index: HyperplaneLSH, n_queries: int) -> Dataset:
    queries = queries_of(index, n_queries)
    return Dataset("", index.store, queries, queries[:0], index)


def test_rows_tell_recall_and_work_at_each_delta(index):
    calls = []
    data = data_of(index, 12)
    rows = measure(data, (0.6, 0.9), warm=True, extras=False, progress=lambda *call: calls.append(call))
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
    expected = np.mean([len(ids) for ids, _ in index.store.scan(data.queries, 0.9)])
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


def test_nothing_to_ask_is_refused(index):
    with pytest.raises(EngineError, match="at least one query"):
        measure(data_of(index, 0), (0.4,))


# ---- truth


def test_the_exact_answer_is_known_without_any_index():
    angles = np.array([0.1, 0.34, 0.36, 0.399, 0.401, 1.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    truth = ExactAnswers(VectorStore([vectors]), np.array([[1, 0]], np.float32), 0.5)
    assert truth.within(0, 0.4).tolist() == [0, 1, 2, 3] and truth.edge(0, 0.4).tolist() == [2, 3]
    assert truth.within(0, 0.5).tolist() == [0, 1, 2, 3, 4]
    truth.check("honest", np.array([3, 0]), 0, 0.4)
    assert recall([np.array([3, 0])], [truth.within(0, 0.4)]) == 0.5


def test_a_row_on_the_border_counts_neither_way():
    vectors = np.array([[np.cos(0.4), np.sin(0.4)], [1, 0]], np.float32)
    truth = ExactAnswers(VectorStore([vectors]), vectors[1:], 0.4)
    assert truth.within(0, 0.4).tolist() == [1]
    truth.check("either", np.array([0, 1]), 0, 0.4)


class Liar(ExhaustiveIndex):
    """Gives the true answer, and one id too many. Not registered."""

    def __init__(self, index: Index, extra: int | None):
        super().__init__()
        self.store, self.extra = index.store, extra

    def _range_search(self, snapshot, queries, delta, params) -> list[Hits]:
        hits = super()._range_search(snapshot, queries, delta, params)
        for hit in hits:
            hit.ids = np.append(hit.ids, hit.ids[0] if self.extra is None else self.extra)
        return hits


@pytest.mark.parametrize(
    ("extra", "said"),
    [(None, "liar gave id .* twice"), (-1, "liar gave an id outside"), (2000, "liar gave an id outside")],
)
def test_a_lying_index_is_refused(index, extra, said):
    truth = ExactAnswers(index.store, queries_of(index, 2), 0.6)
    methods = [Method("exhaustive", ExhaustiveIndex.build(index.store)), Method("liar", Liar(index, extra))]
    with pytest.raises(EngineError, match=said):
        ask_in_turn(methods, truth, 0.6, WARM, lambda *call: None)


def test_a_hit_outside_delta_is_refused(index):
    vectors = index.store.blocks[0]
    truth = ExactAnswers(index.store, vectors[:1], 0.6)
    far = int(np.argmin(vectors @ vectors[0]))
    with pytest.raises(EngineError, match=rf"liar gave id {far} at \d\.\d+ rad for delta 0\.6"):
        ask_in_turn([Method("liar", Liar(index, far))], truth, 0.6, WARM, lambda *call: None)


def test_rows_that_were_removed_are_in_no_answer(dataset):
    everything = ExactAnswers(dataset.store, dataset.queries, 0.6).within(0, 0.6)
    gone, store = everything[:3], dataset.store.without(everything[:3])
    truth = ExactAnswers(store, dataset.queries, 0.6)
    assert truth.within(0, 0.6).tolist() == everything[3:].tolist() and truth.n_vectors == 2997
    with pytest.raises(EngineError, match="any gave an id that was removed"):
        truth.check("any", gone, 0, 0.6)
    less = Dataset("", store, dataset.queries, dataset.tuning)
    rest = part_of(less, 2996)
    assert (len(less), len(rest)) == (2997, 2996)
    assert len(ExactAnswers(rest.store, rest.queries, 0.6).within(0, 0.6)) in (126, 127)


def test_every_method_is_asked_every_query_and_the_order_moves_on(index):
    asked = []

    class Noted(Method):
        def ask(self, query, delta):
            asked.append(self.name)
            return super().ask(query, delta)

    methods = [Noted(name, ExhaustiveIndex.build(index.store)) for name in "abc"]
    truth = ExactAnswers(index.store, queries_of(index, 4), 0.6)
    timed = ask_in_turn(methods, truth, 0.6, WARM, lambda *call: None)
    assert "".join(asked) == "abc" + "abc" + "bca" + "cab" + "abc"  # the first round warms up
    assert all(len(own.seconds) == len(own.answers) == 4 for own in timed)


# ---- other libraries


@pytest.mark.parametrize("name", [name for name, kind in kinds().items() if not kind.card.exact])
def test_a_kind_reaches_the_recall_it_is_tuned_to(name, dataset):
    """Tuned on other queries, as the first settings in rising cost that are good enough."""
    if not kinds()[name].card.installed:
        pytest.skip(f"{name} is not installed")
    method = Method(name, kinds()[name].build(dataset.store), tuned=True)
    tuning = ExactAnswers(dataset.store, dataset.tuning, 0.6)
    for delta in (0.4, 0.6):
        method.tune(tuning, delta)
        found = [method.ask(query, delta).ids for query in dataset.tuning]
        assert recall(found, [tuning.within(i, delta) for i in range(len(tuning))]) >= RECALL_TARGET
        assert method.note == ""
    method.tune(None, 0.4)
    assert method.note == ", tuning had nothing to find"
    assert type(method.params) is type(method.index.settings(0.4)[-1])


def test_peers_get_rows_and_the_naive_scan_is_exact(dataset):
    pytest.importorskip("faiss")
    rows = measure(dataset, (0.4,), peers=("faiss", "naive"), warm=True, extras=False)
    names = [row.index for row in rows]
    assert names[:2] == ["exhaustive", "LSH auto"] and names[-1] == "naive float64" and len(names) == 7
    assert (rows[-1].recall, rows[-1].n_candidates) == (1, 3000)
    assert all(row.recall > 0.8 and row.predicted_recall is None for row in rows[2:-1])


def test_a_peer_that_is_not_installed_is_named(monkeypatch):
    assert peers_named(["faiss", "ivf_flat"]) == ["ivf_flat", "ivf_sq8", "faiss_lsh", "binary_flat"]
    assert {"faiss", "hnsw", "hnswlib", "annoy", "naive"} <= set(peer_names())
    annoy = kinds()["annoy"]
    monkeypatch.setattr(annoy, "card", replace(annoy.card, package="no_such_package_here"))
    assert missing_peers(["naive", "annoy"]) == {"annoy": "pip install annoy"}
    with pytest.raises(EngineError, match="peers must be some of faiss, .*, got 'scann'"):
        peers_named(["faiss", "scann"])


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


def test_what_memory_cannot_hold_is_refused(monkeypatch):
    monkeypatch.setattr(machine_module, "free_memory", lambda: 4_000_000_000)
    check_memory(1_000_000, 256, 50)
    with pytest.raises(EngineError, match=r"10,000,000 vectors of 512 numbers need about 29\.0 GB .* 4\.0 GB are free"):
        check_memory(10_000_000, 512, 50)
    monkeypatch.setattr(machine_module, "free_memory", lambda: None)
    check_memory(10**9, 512, 50)
