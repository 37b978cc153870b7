"""What every index answers with, what it promises, and the checks it makes at its door."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

import numpy as np

from ..config import PLANS, check_delta, check_whole
from ..errors import EngineError
from ..planner import EXHAUSTIVE, Plan

UNIT_TOLERANCE = 2e-3  # fp16 storage leaves a unit row up to 1e-3 off


@dataclass(frozen=True)
class Hits:
    """The answer to one range search or search, nearest first.

    ids: (h,) int64, unique. angles: (h,) float32 radians. Sorted by (angle, id).
    n_candidates: ids looked at exactly. n_vectors: size of the index.
    plan: strategy taken, with its reason. predicted_recall: the formula's promise for this answer, 0..1.
    seconds: stage -> seconds ("plan", "hash", "lookup" or "scan", "rerank").
    strategy: the plan with its numbers.
    """

    ids: np.ndarray
    angles: np.ndarray
    n_candidates: int
    n_vectors: int
    plan: str
    predicted_recall: float
    seconds: dict[str, float] = field(default_factory=dict)
    strategy: Plan = EXHAUSTIVE

    def __len__(self) -> int:
        return len(self.ids)

    def found_probability(self, angles: np.ndarray) -> np.ndarray:
        """Chance that the strategy taken finds a vector at each of `angles` (radians): float64."""
        return self.strategy.found_probability(angles)

    def first(self, n: int) -> "Hits":
        """The same answer cut to its n nearest."""
        return replace(self, ids=self.ids[:n], angles=self.angles[:n])


class VectorIndex(ABC):
    """Unit vectors under ids 0..n-1 in order of adding, and two questions about them."""

    @abstractmethod
    def add(self, vectors: np.ndarray) -> None:
        """Append vectors, (n, d) float32 rows of unit length.

        A writeable array is copied; a read-only one (a memory map) is kept as it is.
        """

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def dim(self) -> int | None:
        """Width of the vectors; None while the index is empty."""

    @abstractmethod
    def range_search_batch(
        self, queries: np.ndarray, delta: float, plan: str = "auto", recall_target: float | None = None
    ) -> list[Hits]:
        """One `Hits` for each row of `queries`, (m, d) float32 of unit length."""

    def range_search(
        self, query: np.ndarray, delta: float, plan: str = "auto", recall_target: float | None = None
    ) -> Hits:
        """All vectors within the angle `delta` (radians) of `query`, (d,) float32 of unit length."""
        query = check_query(query, self._dim_of_full())
        return self.range_search_batch(query[None], delta, plan, recall_target)[0]

    @abstractmethod
    def search(self, query: np.ndarray, n_results: int = 10) -> Hits:
        """The `n_results` nearest vectors."""

    def _dim_of_full(self) -> int:
        """Width of the vectors, or EngineError while there are none."""
        if self.dim is None:
            raise EngineError("the index is empty: add vectors first")
        return self.dim

    def _check_range(self, queries: np.ndarray, delta: float, plan: str) -> tuple[np.ndarray, float]:
        if plan not in PLANS:
            raise EngineError(f"plan must be one of {', '.join(PLANS)}, got {plan!r:.40}")
        return check_vectors(queries, self._dim_of_full()), min(check_delta(delta), math.pi)

    def _check_search(self, query: np.ndarray, n_results: int) -> tuple[np.ndarray, int]:
        query = check_query(query, self._dim_of_full())
        check_whole("n_results", n_results, 1, 2**31 - 1)
        return query, min(int(n_results), len(self))


def check_vectors(vectors: np.ndarray, dim: int | None = None) -> np.ndarray:
    """(n, d) float32 rows of unit length, or EngineError. `dim` is the width the index already has."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or vectors.shape[1] < 2:
        raise EngineError(f"expected vectors of shape (n, d) in float32, got {vectors.shape} {vectors.dtype}")
    if dim is not None and vectors.shape[1] != dim:
        raise EngineError(f"this index holds vectors of dimension {dim}, got {vectors.shape[1]}")
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    norms = np.sqrt(np.vecdot(vectors, vectors))
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= UNIT_TOLERANCE))  # NaN is not within any tolerance
    if len(bad):
        row = int(bad[0])
        raise EngineError(f"rows must have unit length, row {row} has {norms[row]:.4g}: divide each row by its norm")
    return vectors


def check_query(query: np.ndarray, dim: int) -> np.ndarray:
    """(d,) float32 of unit length, or EngineError."""
    query = np.asarray(query)
    if query.ndim != 1:
        raise EngineError(f"expected one query of shape ({dim},), got {query.shape}")
    return check_vectors(query[None], dim)[0]


def angles_from_cosines(cosines: np.ndarray) -> np.ndarray:
    """Cosines -> float32 angles in radians, in [0, pi]."""
    return np.arccos(np.clip(cosines, -1.0, 1.0)).astype(np.float32)


def sort_hits(ids: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sorted by (angle, id): the one order of every index."""
    order = np.lexsort((ids, angles))
    return ids[order].astype(np.int64), angles[order].astype(np.float32)
