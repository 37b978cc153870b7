"""What every other library has in common here: one knob, tuned on queries of its own, and an exact last look."""

import importlib.util
import math
from abc import abstractmethod
from collections.abc import Sequence
from time import perf_counter

import numpy as np

from .methods import Answer, Method
from .truth import ExactAnswers, recall

RECALL_TARGET = 0.97  # in the ball: what the plans of this product's index aim at, too
GROWTH_OF_K = 4  # a k-NN index is asked for so many times more while all lie within delta


class Peer(Method):
    """An index of another library, built with its own defaults and one thread.

    package: what to import, and install: the name pip knows. knob: name of the one parameter that trades time for
    recall; `value` is what it stands at.
    """

    package: str
    install: str
    knob: str

    def __init__(self, vectors: np.ndarray):
        """vectors: (n, d) float32 of unit length, kept to look exactly at candidates."""
        self.vectors = vectors
        self.n, self.dim = vectors.shape
        self.value: float = 0
        self.n_candidates: int | None = None
        self._note = ""
        started = perf_counter()
        self.build(vectors)
        self.build_seconds = perf_counter() - started

    @classmethod
    def installed(cls) -> bool:
        return importlib.util.find_spec(cls.package) is not None

    @abstractmethod
    def build(self, vectors: np.ndarray) -> None:
        """Make the index, and set `memory_mb` where it is known."""

    @abstractmethod
    def knob_values(self, delta: float) -> Sequence[float]:
        """Values to try, in rising cost."""

    @abstractmethod
    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        """Ids within `delta`, (h,) integers."""

    def prepare(self, tuning: ExactAnswers | None, delta: float) -> None:
        """The cheapest value that keeps RECALL_TARGET on the tuning queries; without one, the best, and it says so."""
        best, best_recall = None, -1.0
        for value in self.knob_values(delta):
            self.value = value
            reached = self._recall(tuning, delta)
            if reached is None:
                best = value  # nothing to tune on: the dearest value, which is the last
            elif reached > best_recall:
                best, best_recall = value, reached
            if best_recall >= RECALL_TARGET:
                break
        self.value = best
        self._note = ""
        if best_recall < RECALL_TARGET:
            known = "had nothing to find" if best_recall < 0 else f"reached only {best_recall:.3f}"
            self._note = f", tuning {known}"

    def _recall(self, tuning: ExactAnswers | None, delta: float) -> float | None:
        """On the tuning queries; None where they have no neighbour within delta."""
        within = [tuning.within(i, delta) for i in range(len(tuning))] if tuning else []
        if not any(map(len, within)):
            return None
        answers = [np.asarray(self.range_search(query, delta)) for query in tuning.queries]
        return recall(answers, within)

    def answer(self, found: np.ndarray) -> Answer:
        return Answer(self.without_removed(found), self.n_candidates, f"{self.knob}={self.value:g}{self._note}")

    def look_exactly(self, ids: np.ndarray, query: np.ndarray, delta: float) -> np.ndarray:
        """Those of `ids` within `delta`, by the stored vectors."""
        self.n_candidates = len(ids)
        return ids[self.vectors[ids] @ query >= np.float32(math.cos(delta))]


class NearestPeer(Peer):
    """A k-NN index: asked for growing k until the farthest is outside delta, or the knob allows no more.

    Each further k repeats the work, so the first is one more than any tuning query has neighbours.
    """

    first_k = 64

    @abstractmethod
    def nearest(self, query: np.ndarray, k: int) -> tuple[np.ndarray, float]:
        """(ids of the k nearest, cosine of the farthest of them)."""

    def prepare(self, tuning: ExactAnswers | None, delta: float) -> None:
        if tuning:
            self.first_k = 1 + max(len(tuning.within(i, delta)) for i in range(len(tuning)))
        super().prepare(tuning, delta)

    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        floor, largest = math.cos(delta), min(self.n, int(self.value))
        k = min(self.first_k, largest)
        while True:
            ids, farthest = self.nearest(query, k)
            if k == largest or farthest < floor:
                return self.look_exactly(ids, query, delta)
            k = min(GROWTH_OF_K * k, largest)


def powers_of_two(low: int, high: int) -> list[int]:
    """low, 2 low, 4 low ... and high itself: every value once, low <= high."""
    values = [low]
    while 2 * values[-1] < high:
        values.append(2 * values[-1])
    return values if values[-1] >= high else [*values, high]
