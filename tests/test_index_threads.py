"""Many threads at one index: the answers of one thread, also while vectors come and go."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import Planted, raw_like
from index_help import chosen, ids_of, lsh

from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH
from lsh_engine.index.lsh import snapshot as snapshots
from lsh_engine.index.lsh.config import PLANS, LSHConfig
from lsh_engine.index.store import VectorStore

N_THREADS = 8
DELTAS = (0.3, 0.6, 1.0)


@pytest.fixture(scope="module")
def data() -> Planted:
    return raw_like(seed=8, n=2500, n_queries=6, planted=40, dim=64)


@pytest.fixture
def settle_soon(monkeypatch):
    monkeypatch.setattr(snapshots, "SETTLED", 500)


MAKERS = {
    "exhaustive": ExhaustiveIndex,
    "plain": lambda: HyperplaneLSH(LSHConfig(n_tables=10, n_hyperplanes=12, centred=False)),
    "centred half": lambda: HyperplaneLSH(LSHConfig(n_tables=10, n_hyperplanes=12, centred=True, storage="float16")),
}


def is_half(index) -> bool:
    return isinstance(index, HyperplaneLSH) and index.config.storage == "float16"


def at_once(ask, tasks: list) -> list:
    """Answers from threads that begin together."""
    gate = threading.Barrier(N_THREADS)

    def work(part):
        gate.wait()
        return [ask(task) for task in part]

    parts = [tasks[i::N_THREADS] for i in range(N_THREADS)]
    with ThreadPoolExecutor(N_THREADS) as pool:
        done = list(pool.map(work, parts))
    return [done[i % N_THREADS][i // N_THREADS] for i in range(len(tasks))]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_eight_threads_get_the_answers_of_one(settle_soon, data, make):
    index = make()
    for part in np.split(data.vectors, [1000, 1100, 1700]):
        index.add(part)
        index.range_search(data.queries[0], 0.3)
    index.remove(np.arange(0, 2500, 7))
    index.add(data.queries[:1])  # not hashed yet: that is part of the race
    tasks = [(q, delta, plan) for q in range(6) for delta in DELTAS for plan in PLANS]
    tasks += [(q, n, "search") for q in range(6) for n in (1, 30)]

    def ask(task):
        q, number, plan = task
        query = data.queries[q]
        hits = (
            index.search(query, number)
            if plan == "search"
            else index.range_search(query, number, **chosen(index, plan))
        )
        return hits.n_candidates, hits.ids.tolist(), hits.angles.tolist(), hits.predicted_recall

    tasks = [tasks[i] for i in np.random.default_rng(0).permutation(4 * len(tasks)) % len(tasks)]
    together = at_once(ask, tasks)
    assert together == [ask(task) for task in tasks]
    assert sum(len(answer[1]) for answer in together) > 10_000


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_answers_stay_true_while_vectors_are_added(settle_soon, data, make):
    """Each answer is right for some moment: all it says is true, and an exact one has all there was at its start."""
    index, first, done = make(), 600, threading.Event()
    index.add(data.vectors[:first])
    index.range_search(data.queries[0], 0.3)
    slack = 1e-3 if is_half(index) else 1e-5

    def grow():
        try:
            for part in np.array_split(data.vectors[first:], 40):
                index.add(part)
        finally:
            done.set()

    def watch(seed: int) -> int:
        random, n = np.random.default_rng(seed), 0
        while n < 20 or (not done.is_set() and n < 500):
            n += 1
            q, delta, plan = random.integers(6), random.choice(DELTAS), PLANS[random.integers(len(PLANS))]
            before = len(index)
            if n % 5 == 0:
                hits = index.search(data.queries[q], 20)
                assert len(hits) == 20
            else:
                hits = index.range_search(data.queries[q], delta, **chosen(index, plan))
                if hits.details.name == "exhaustive":
                    assert {i for i in data.within(q, delta - slack) if i < before} <= ids_of(hits)
            assert hits.angles == pytest.approx(data.angles[q, hits.ids], abs=2 * slack)
            assert np.array_equal(np.lexsort((hits.ids, hits.angles)), np.arange(len(hits)))
        return n

    with ThreadPoolExecutor(N_THREADS) as pool:
        counts = [pool.submit(watch, seed) for seed in range(N_THREADS - 1)]
        pool.submit(grow).result()
        assert sum(count.result() for count in counts) >= 20 * (N_THREADS - 1)
    assert len(index) == len(data.vectors)


def test_a_search_that_is_overtaken_by_an_addition(monkeypatch, data):
    """Vectors arrive between the two steps of a search: both are of the snapshot that it began with."""
    index, late = lsh(data.vectors[:1000], n_tables=4), iter([data.vectors[1000:]])
    judge = VectorStore.within

    def overtaken(store, ids, query, delta):
        assert len(store) == 1000 and ids.max(initial=-1) < 1000
        for part in late:
            index.add(part)
        return judge(store, ids, query, delta)

    monkeypatch.setattr(VectorStore, "within", overtaken)
    hits = index.search(data.queries[0], 15)
    assert len(hits) == 15 and len(index) == len(data.vectors)
    assert hits.angles == pytest.approx(data.angles[0, hits.ids], abs=1e-5)


def test_adding_from_many_threads_loses_nothing(data):
    index = HyperplaneLSH(LSHConfig(n_tables=2))
    at_once(lambda part: index.add(part), np.split(data.vectors[:2400], 80))
    assert len(index) == 2400
    ids = np.concatenate([hits.ids for hits in index.range_search_batch(data.vectors[:2400], 0.0, plan="exhaustive")])
    assert np.array_equal(np.unique(ids), np.arange(2400)), "each vector is there once, in some order"
