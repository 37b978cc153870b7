"""Paired timings: what the rows say, not how fast this machine is."""

import numpy as np
import pytest

from lsh_engine import EngineError, HyperplaneLSH
from lsh_engine.benchmark import benchmark_index, sample_queries


@pytest.fixture(scope="module")
def index():
    random = np.random.default_rng(0)
    centres = random.standard_normal((40, 64))
    vectors = np.repeat(centres, 50, axis=0) + 0.5 * random.standard_normal((2000, 64))
    index = HyperplaneLSH()
    index.add((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    return index


def test_rows_tell_recall_and_work_at_each_delta(index):
    calls = []
    queries = sample_queries(index, 12)
    rows = benchmark_index(index, queries, (0.6, 0.9), progress=lambda *call: calls.append(call))
    assert [row.delta for row in rows] == [0.6, 0.9]
    for row in rows:
        assert 0.9 <= row.recall <= 1 and 0.9 <= row.predicted_recall <= 1
        assert 0 < row.share <= 1 and row.lsh_ms > 0 and row.exhaustive_ms > 0 and row.speed_up > 0
    assert (
        rows[0].n_hits
        < rows[1].n_hits
        == pytest.approx(np.mean([len(index.exhaustive.range_search(query, 0.9)) for query in queries]))
    )
    assert calls[0][:2] == (0, 24) and calls[-1][:2] == (24, 24)


def test_the_exhaustive_plan_misses_nothing_and_looks_at_all(index):
    (row,) = benchmark_index(index, sample_queries(index, 3), (0.8,), plan="exhaustive")
    assert (row.recall, row.share) == (1.0, 1.0) and row.plan.startswith("exhaustive")


def test_queries_are_vectors_of_the_index(index):
    queries = sample_queries(index, 5, seed=3)
    assert queries.shape == (5, 64)
    assert all(index.exhaustive.search(query, 1).angles[0] < 1e-3 for query in queries)
    assert len(sample_queries(index, 10_000)) == 2000
    with pytest.raises(EngineError, match="number of queries"):
        sample_queries(index, 0)
