"""One line of a benchmark: what a method cost and found at one delta."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from .methods import Answer, Method
from .truth import ExactAnswers, recall


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
    n_candidates: float | None
    n_hits: float
    build_seconds: float | None = None
    memory_mb: float | None = None
    batch_ms: float | None = None
    open_seconds: float | None = None


@dataclass(frozen=True)
class Timed:
    """What one method did: an answer and its seconds for each query, in the order of the queries."""

    answers: list[Answer]
    seconds: list[float]


def row_of(
    method: Method, delta: float, timed: Timed, exhaustive: Timed, truth: ExactAnswers, batch_ms: float | None
) -> BenchmarkRow:
    """The figures of one method. timed, exhaustive: of the same queries, in the same rounds."""
    ids = [answer.ids for answer in timed.answers]
    within = [truth.within(i, delta) for i in range(len(truth))]
    edge = [truth.edge(i, delta) for i in range(len(truth))]
    return BenchmarkRow(
        index=method.name,
        delta=float(delta),
        plan=most_common([answer.plan for answer in timed.answers]),
        n_vectors=truth.n_vectors,
        n_queries=len(truth),
        median_ms=1000 * median(timed.seconds),
        p95_ms=1000 * float(np.percentile(timed.seconds, 95)),
        speed_up=median(slow / own for slow, own in zip(exhaustive.seconds, timed.seconds, strict=True)),
        recall=recall(ids, within),
        edge_recall=recall(ids, edge),
        predicted_recall=mean_or_none([answer.predicted_recall for answer in timed.answers]),
        n_candidates=mean_or_none([answer.n_candidates for answer in timed.answers]),
        n_hits=fmean(map(len, within)),
        build_seconds=method.build_seconds,
        memory_mb=method.memory_mb,
        batch_ms=batch_ms,
        open_seconds=method.open_seconds,
    )


def mean_or_none(values: Sequence[float | None]) -> float | None:
    """The mean of the values that are there."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def most_common(texts: list[str]) -> str:
    """The text that comes most often: a plan may differ from query to query."""
    return max(set(texts), key=texts.count)
