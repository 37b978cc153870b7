"""One line of a benchmark: what a method cost and found at one delta, and how its time grows with the vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from ..index import Hits
from .truth import ExactAnswers, recall

START = 50_000  # vectors; below, fixed costs hide the growth


@dataclass(frozen=True)
class BenchmarkRow:
    """One method at one delta (radians), over all queries. None: there is no such figure.

    median_ms, p95_ms: one query. speed_up: median over queries of exhaustive time / this time, same query, same round.
    recall: share of the true hits found, queries pooled; edge_recall: of those in the last 0.05 rad of the ball.
    n_candidates: rows looked at exactly, mean. n_hits: true hits, mean. memory_mb: the index without the vectors.
    batch_ms: one query of a batch of 64, caches warm. open_seconds: a saved index, by memory map.
    """

    index: str
    delta: float
    plan: str
    n_vectors: int
    n_queries: int
    median_ms: float
    p95_ms: float
    speed_up: float
    recall: float | None
    edge_recall: float | None
    predicted_recall: float | None
    n_candidates: float
    n_hits: float
    build_seconds: float | None = None
    memory_mb: float | None = None
    batch_ms: float | None = None
    open_seconds: float | None = None


@dataclass(frozen=True)
class Timed:
    """What one method did: an answer and its seconds for each query, in the order of the queries."""

    answers: list[Hits]
    seconds: list[float]


@dataclass(frozen=True)
class Growth:
    """One method at one delta (radians). median_ms: at each size, ascending. exponent: of the fit over sizes."""

    index: str
    delta: float
    sizes: tuple[int, ...]
    median_ms: tuple[float, ...]
    exponent: float


def row_of(name: str, delta: float, timed: Timed, exhaustive: Timed, truth: ExactAnswers) -> BenchmarkRow:
    """The figures of one method. timed, exhaustive: of the same queries, in the same rounds."""
    ids = [hits.ids for hits in timed.answers]
    within = [truth.within(i, delta) for i in range(len(truth))]
    edge = [truth.edge(i, delta) for i in range(len(truth))]
    predicted = [hits.predicted_recall for hits in timed.answers]
    plans = [hits.plan for hits in timed.answers]
    return BenchmarkRow(
        index=name,
        delta=float(delta),
        plan=max(set(plans), key=plans.count),  # a plan may differ from query to query
        n_vectors=truth.n_vectors,
        n_queries=len(truth),
        median_ms=1000 * median(timed.seconds),
        p95_ms=1000 * float(np.percentile(timed.seconds, 95)),
        speed_up=median(slow / own for slow, own in zip(exhaustive.seconds, timed.seconds, strict=True)),
        recall=recall(ids, within),
        edge_recall=recall(ids, edge),
        predicted_recall=None if None in predicted else fmean(value for value in predicted if value is not None),
        n_candidates=fmean(hits.n_candidates for hits in timed.answers),
        n_hits=fmean(map(len, within)),
    )


def growth_sizes(n: int) -> list[int]:
    """n and its halves, ascending, from START; at most four halvings for a smaller n."""
    start = max(1, min(START, n // 16))
    sizes = [n]
    while sizes[-1] // 2 >= start and sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return sizes[::-1]


def growth_of(rows: Sequence[BenchmarkRow]) -> list[Growth]:
    """One entry for each method and delta that was measured at two sizes or more."""
    measured: dict[tuple[str, float], dict[int, float]] = {}
    for row in rows:
        measured.setdefault((row.index, row.delta), {})[row.n_vectors] = row.median_ms
    found = []
    for (index, delta), times in measured.items():
        if len(times) > 1:
            sizes = tuple(sorted(times))
            median_ms = tuple(times[size] for size in sizes)
            found.append(Growth(index, delta, sizes, median_ms, fitted_exponent(sizes, median_ms)))
    return found


def fitted_exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """b of times = a sizes^b, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
