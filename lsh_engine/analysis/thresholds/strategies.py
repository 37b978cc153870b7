"""The planner's strategies over a range of deltas: what each is predicted to cost and to find, and what it did."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...index import ExhaustiveIndex, Hits, HyperplaneLSH, Index
from ...index.lsh.config import PLANS
from ...index.lsh.plan import Plan

RUNS = 3  # the quickest counts: the first also compiles and reads from disk


@dataclass(frozen=True)
class StrategyPoint:
    """One strategy at one delta. Seconds and shares are per query vector, recalls of the vectors within delta.

    taken: what "auto" comes to; else the strategy itself. predicted_seconds: on the machine the planner was tuned on.
    edge_recall: the chance to find a vector right at delta. expected_recall: the formula's for this answer. Recalls
    are None where nothing lies within delta.
    """

    delta: float
    strategy: str
    taken: str
    reason: str
    predicted_seconds: float
    predicted_share: float
    edge_recall: float
    expected_recall: float | None
    seconds: float
    share: float
    recall: float | None
    n_within: int


def strategy_points(
    index: HyperplaneLSH, queries: np.ndarray, deltas: list[float], recall: float | None
) -> list[StrategyPoint]:
    """Every strategy at every delta, asked with (s, d) query vectors as one batch."""
    points = []
    for delta in deltas:
        exact, exact_seconds = _asked(ExhaustiveIndex.build(index.store), queries, delta)
        for name in PLANS:
            plan = index.plan(delta, name, recall, len(queries))
            scans = plan.name == "exhaustive"
            hits, seconds = (
                (exact, exact_seconds) if scans else _asked(index, queries, delta, plan=name, recall_target=recall)
            )
            points.append(_point(delta, name, plan, hits, exact, seconds / len(queries)))
    return points


def _asked(index: Index, queries: np.ndarray, delta: float, **params: Any) -> tuple[list[Hits], float]:
    """(hits, seconds of the batch), the quickest of some runs."""
    runs = [index.range_search_batch(queries, delta, **params) for _ in range(RUNS)]
    taken = [sum(sum(hit.seconds.values()) for hit in hits) for hits in runs]
    return runs[0], min(taken)


def _point(delta: float, name: str, plan: Plan, hits: list[Hits], exact: list[Hits], seconds: float) -> StrategyPoint:
    n_within = sum(map(len, exact))
    laws = (hit.details.found_probability(true.angles) for hit, true in zip(hits, exact, strict=True))
    chances = [law for law in laws if law is not None]
    return StrategyPoint(
        delta=delta,
        strategy=name,
        taken=plan.name,
        reason=plan.reason,
        predicted_seconds=plan.predicted_seconds,
        predicted_share=plan.predicted_share,
        edge_recall=plan.predicted_recall,
        expected_recall=float(np.concatenate(chances).mean()) if n_within else None,
        seconds=seconds,
        share=sum(hit.n_candidates for hit in hits) / sum(hit.n_vectors for hit in hits),
        recall=sum(map(len, hits)) / n_within if n_within else None,
        n_within=n_within,
    )
