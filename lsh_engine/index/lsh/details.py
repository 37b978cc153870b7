"""What the hyperplane index tells of one answer: the plan with the numbers of this query, and the recall to expect."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from ..hits import Details
from .plan import Plan, probed_curve, rounded_up


class LSHDetails(Details):
    """A plan as one query took it.

    radius: delta as hashing sees it from here. query_dot: q.c; by default that of a typical vector. choose: () ->
    codes, distances, tables and keys of the query's probes, see `kernels.probes_of`. n_proposed: ids that buckets
    proposed before the sketch filter; None where there were no buckets. dots: (h,) float32, x.c of the hits; None where
    hashing looks from the origin.
    """

    def __init__(
        self,
        plan: Plan,
        radius: float = 0.0,
        query_dot: float | None = None,
        choose: Callable[[], tuple] | None = None,
        n_proposed: int | None = None,
        dots: np.ndarray | None = None,
    ) -> None:
        self.name = plan.name
        self.plan, self.radius, self.choose = plan, radius, choose
        self.query_dot = plan.centre.middle if query_dot is None else query_dot
        self.n_proposed, self.dots = n_proposed, dots

    def __str__(self) -> str:
        return str(self.fitted)

    @cached_property
    def fitted(self) -> Plan:
        """The plan with this query's own thresholds and probes."""
        plan = self.plan
        if plan.bits:
            radius = rounded_up(self.radius)
            coarse, threshold = plan.thresholds_at(radius)
            plan = replace(plan, radius=radius, coarse=coarse, threshold=threshold)
        if plan.name == "multiprobe" and self.choose:
            codes, distances, tables, keys = self.choose()
            norm = plan.centre.distance(self.query_dot)
            curve = probed_curve(codes, distances, plan.n_tables, plan.k, tables, keys, norm)
            plan = replace(plan, n_probes=len(tables), curve=tuple(curve.tolist()))
        return plan

    def found_probability(self, angles: np.ndarray, dots: np.ndarray | None = None) -> np.ndarray:
        """Chance that it finds a vector at each angle (radians): float64. dots: x.c of those vectors."""
        return self.fitted.found_probability(angles, self.query_dot, dots)

    def recall_of(self, angles: np.ndarray, dots: np.ndarray | None = None) -> float:
        """Recall expected of an answer with hits at `angles`.

        A hit found with chance f stands for 1 / f vectors that are there (Horvitz and Thompson, 1952), so the
        recall is n / sum(1 / f). With no hit: the promise at the edge.
        """
        if not len(angles):
            return self.plan.predicted_recall
        chances = np.maximum(self.found_probability(angles, dots), 1e-12)
        return float(len(angles) / np.sum(1.0 / chances))

    def recall_of_hits(self, angles: np.ndarray) -> float:
        return self.recall_of(angles, None if self.dots is None else self.dots[: len(angles)])
