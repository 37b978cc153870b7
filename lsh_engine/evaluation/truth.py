"""The exact answers, computed here and by no index, and the judge of what others answer."""

import math

import numpy as np

from ..core.errors import EngineError
from ..index import VectorStore

EDGE = 0.05  # radians: the last part of the ball, where an approximate index loses most
ROUNDING = 2e-6  # what float32 may err in a cosine
BLOCK = 8192  # rows multiplied at once


class ExactAnswers:
    """All vectors within `delta` of each query, and every narrower ball inside it.

    A row whose cosine lies within the rounding of cos(delta) may be in an answer or not: it counts neither way.
    """

    def __init__(self, store: VectorStore, queries: np.ndarray, delta: float) -> None:
        """queries: (m, d) float32 of unit length. delta: radians, the widest to be asked. Removed rows belong to no
        answer.
        """
        self.store, self.queries = store, queries
        self._live = np.ones(len(store), bool)
        self._live[store.removed] = False
        found: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in queries]
        off_unit = 0.0
        floor = math.cos(min(delta, math.pi)) - ROUNDING
        for start in range(0, len(store), BLOCK):
            block = store.part(start, min(start + BLOCK, len(store)))
            off_unit = max(off_unit, float(np.abs(1 - np.vecdot(block, block)).max()))
            for near, cosines in zip(found, queries @ block.T, strict=True):
                rows = np.flatnonzero((cosines >= floor) & self._live[start : start + BLOCK])
                near.append((rows + start, cosines[rows]))
        # Rows kept as float16 are a little longer or shorter than 1: formulas of the angle then differ by so much
        self.slack = ROUNDING + off_unit / 2
        self._answers = [tuple(map(np.concatenate, zip(*near, strict=True))) for near in found]

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def n_vectors(self) -> int:
        return self.store.n_live

    def within(self, query: int, delta: float) -> np.ndarray:
        """Ids surely within `delta` (radians) of this query, ascending."""
        ids, cosines = self._answers[query]
        return ids[cosines > math.cos(min(delta, math.pi)) + self.slack]

    def edge(self, query: int, delta: float) -> np.ndarray:
        """Those of `within` in the last EDGE radians."""
        return np.setdiff1d(self.within(query, delta), self.within(query, max(0.0, delta - EDGE)), assume_unique=True)

    def check(self, name: str, ids: np.ndarray, query: int, delta: float) -> None:
        """EngineError where an answer holds an id twice, one that does not exist, or a row outside `delta`."""
        ids = np.asarray(ids)
        values, counts = np.unique(ids, return_counts=True)
        if len(values) < len(ids):
            raise EngineError(f"{name} gave id {values[counts > 1][0]} twice in one answer: its figures cannot be used")
        if len(values) and not 0 <= values[0] <= values[-1] < len(self.store):
            raise EngineError(f"{name} gave an id outside 0..{len(self.store) - 1}: its figures cannot be used")
        if not self._live[values].all():
            raise EngineError(f"{name} gave an id that was removed: its figures cannot be used")
        floor = math.cos(min(delta, math.pi)) - self.slack
        exact = self.queries[query].astype(np.float64)
        for start in range(0, len(values), BLOCK):
            part = values[start : start + BLOCK]
            cosines = self.store.take(part).astype(np.float64) @ exact
            worst = int(np.argmin(cosines))
            if cosines[worst] < floor:
                angle = math.acos(max(-1.0, cosines[worst]))
                raise EngineError(
                    f"{name} gave id {part[worst]} at {angle:.4f} rad for delta {delta:g}: its figures cannot be used"
                )


def n_common(ids: np.ndarray, true_ids: np.ndarray) -> int:
    """How many of `true_ids` are in `ids`."""
    return int(np.isin(true_ids, ids).sum())


def recall(answers: list[np.ndarray], truths: list[np.ndarray]) -> float | None:
    """Share of all true ids that were found, queries pooled; None where nothing was there to find."""
    total = sum(map(len, truths))
    return sum(map(n_common, answers, truths)) / total if total else None
