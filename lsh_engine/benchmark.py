"""Paired timings of an index against the exhaustive scan of the same vectors, in one process on one thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from time import perf_counter

import numpy as np

from .config import check_whole
from .index import Hits, HyperplaneLSH


@dataclass(frozen=True)
class BenchmarkRow:
    """Medians over queries. recall: share of the exhaustive hits found, all queries pooled; None where there are none.

    share: of the vectors looked at exactly. speed_up: median of the ratios of the same query's two times.
    """

    delta: float
    plan: str
    lsh_ms: float
    exhaustive_ms: float
    speed_up: float
    recall: float | None
    predicted_recall: float
    share: float
    n_hits: float


def sample_queries(index: HyperplaneLSH, n_queries: int, seed: int = 0) -> np.ndarray:
    """Some of the index's own vectors, (n, d) float32: what a database is asked is like what it holds."""
    check_whole("number of queries", n_queries, 1, 100_000)
    random = np.random.default_rng(seed)
    ids = np.sort(random.choice(len(index), min(n_queries, len(index)), replace=False))
    return index.exhaustive.rows.take(ids)


def benchmark_index(
    index: HyperplaneLSH,
    queries: np.ndarray,
    deltas: Sequence[float],
    plan: str = "auto",
    progress: Callable[[int, int, str], None] = lambda done, total, stage: None,
) -> list[BenchmarkRow]:
    """One row a delta (radians). Each query is asked of both, one after the other, after a warm-up."""
    rows = []
    total = len(deltas) * len(queries)
    for delta in deltas:
        index.range_search(queries[0], delta, plan)  # plans, and compiles where it must
        index.exhaustive.range_search(queries[0], delta)
        pairs = []
        for query in queries:
            progress(len(rows) * len(queries) + len(pairs), total, "query")
            exact, slow = _timed(lambda q=query, d=delta: index.exhaustive.range_search(q, d))
            hits, fast = _timed(lambda q=query, d=delta: index.range_search(q, d, plan))
            pairs.append((hits, fast, exact, slow))
        rows.append(_row(delta, pairs))
    progress(total, total, "query")
    return rows


def _timed(ask: Callable[[], Hits]) -> tuple[Hits, float]:
    started = perf_counter()
    return ask(), perf_counter() - started


def _row(delta: float, pairs: list[tuple[Hits, float, Hits, float]]) -> BenchmarkRow:
    n_exact = sum(len(exact) for _, _, exact, _ in pairs)
    return BenchmarkRow(
        delta=float(delta),
        plan=pairs[0][0].plan,
        lsh_ms=1000 * median(fast for _, fast, _, _ in pairs),
        exhaustive_ms=1000 * median(slow for _, _, _, slow in pairs),
        speed_up=median(slow / fast for _, fast, _, slow in pairs),
        recall=sum(len(hits) for hits, _, _, _ in pairs) / n_exact if n_exact else None,
        predicted_recall=fmean(hits.predicted_recall for hits, _, _, _ in pairs),
        share=fmean(hits.n_candidates / hits.n_vectors for hits, _, _, _ in pairs),
        n_hits=n_exact / len(pairs),
    )
