"""What every index answers with, what it promises, and the checks it makes at its door."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..core.bounds import check_between, check_whole
from ..core.errors import EngineError
from .lsh.config import PLANS
from .lsh.plan import Strategy

UNIT_TOLERANCE = 2e-3  # fp16 storage leaves a unit row up to 1e-3 off


@dataclass(eq=False)  # not frozen: that costs ten microseconds when caches are cold
class Hits:
    """The answer to one range search or search, nearest first.

    ids: (h,) int64, unique. angles: (h,) float32 radians. Sorted by (angle, id).
    n_candidates: ids looked at exactly. n_vectors: size of the index.
    strategy: how it was found, with its numbers. seconds: stage -> seconds ("plan", "hash", "lookup" or "scan",
    "rerank"). n_proposed: ids that buckets proposed before the sketch filter; None where there were no buckets.
    along: (h,) float32, x.c of the hits, where hashing looks from a centre c.
    """

    ids: np.ndarray
    angles: np.ndarray
    n_candidates: int
    n_vectors: int
    strategy: Strategy
    seconds: dict[str, float] = field(default_factory=dict)
    n_proposed: int | None = None
    along: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def plan(self) -> str:
        """Strategy taken, with its reason."""
        return str(self.strategy)

    @cached_property
    def predicted_recall(self) -> float:
        """The formula's promise for this answer, 0..1. Computed when asked for: it is no part of the search."""
        return self.strategy.recall_of(self.angles, self.along)

    def found_probability(self, angles: np.ndarray) -> np.ndarray:
        """Chance that the strategy taken finds a vector at each of `angles` (radians): float64."""
        return self.strategy.found_probability(angles)

    def first(self, n: int) -> "Hits":
        """The same answer cut to its n nearest."""
        along = None if self.along is None else self.along[:n]
        return replace(self, ids=self.ids[:n], angles=self.angles[:n], along=along)


class VectorIndex(ABC):
    """Unit vectors under ids 0..n-1 in order of adding, and two questions about them."""

    _check_files: Callable[[], None] = staticmethod(lambda: None)  # of an index on disk: `files.check_once`

    @abstractmethod
    def add(self, vectors: np.ndarray) -> None:
        """Append vectors, (n, d) float32 rows of unit length.

        A writeable array is copied; a read-only one (a memory map) is kept as it is.
        """

    @abstractmethod
    def remove(self, ids: np.ndarray) -> None:
        """Take vectors out by id, (m,) whole numbers. The others keep their ids; new ones go on counting.

        Raises EngineError, and removes nothing, when an id is not there.
        """

    @abstractmethod
    def __len__(self) -> int:
        """Vectors that are there, removed ones left out."""

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
        """Width of the vectors, or EngineError while there are none. Every use of the index passes here first."""
        self._check_files()
        dim = self.dim
        if dim is None:
            raise EngineError("the index is empty: add vectors first")
        return dim

    def _check_search(self, query: np.ndarray, n_results: int) -> tuple[np.ndarray, int]:
        query = check_query(query, self._dim_of_full())
        check_whole("n_results", n_results, 1, 2**31 - 1)
        if not len(self):
            raise EngineError("the index is empty: all its vectors were removed")
        return query, min(int(n_results), len(self))


def check_plan(plan: str, recall: float | None) -> None:
    """EngineError unless there is such a plan and such a recall target; None is the index's own."""
    if not isinstance(plan, str) or plan not in PLANS:
        raise EngineError(f"plan must be one of {', '.join(PLANS)}, got {plan!r:.40}")
    if recall is not None:
        check_between("recall target", recall, 0.5, 0.9999)


def as_array(values) -> np.ndarray:
    """`values` as an array, or EngineError where its rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise EngineError("expected an array of numbers, got rows of different lengths") from error


def check_vectors(vectors: np.ndarray, dim: int | None = None) -> np.ndarray:
    """(n, d) float32 rows of unit length, or EngineError. `dim` is the width the index already has."""
    vectors = as_array(vectors)
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or vectors.shape[1] < 2:
        raise EngineError(f"expected vectors of shape (n, d) in float32, got {vectors.shape} {vectors.dtype}")
    if dim is not None and vectors.shape[1] != dim:
        raise EngineError(f"this index holds vectors of dimension {dim}, got {vectors.shape[1]}")
    vectors = np.ascontiguousarray(vectors, dtype=np.float32).view()
    norms = np.sqrt(np.vecdot(vectors, vectors))
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= UNIT_TOLERANCE))  # NaN is not within any tolerance
    if len(bad):
        row = int(bad[0])
        raise EngineError(f"rows must have unit length, row {row} has {norms[row]:.4g}: divide each row by its norm")
    return vectors


def frozen(array: np.ndarray) -> np.ndarray:
    """A read-only, C-contiguous plain ndarray: the one type that kernels see, and safe to share."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def check_query(query: np.ndarray, dim: int) -> np.ndarray:
    """(d,) float32 of unit length, frozen, or EngineError."""
    query = check_shape(query, dim)
    check_length(query, float(query @ query))
    return query


def check_shape(query: np.ndarray, dim: int) -> np.ndarray:
    """(d,) float32, frozen, its length not checked yet, or EngineError."""
    query = as_array(query)
    if query.ndim != 1:
        raise EngineError(f"expected one query of shape ({dim},), got {query.shape}")
    if query.dtype != np.float32 or len(query) != dim:
        query = check_vectors(query[None], dim)[0]
    return frozen(query)


def check_length(query: np.ndarray, square: float) -> None:
    """EngineError unless the squared length of (d,) `query` is 1."""
    if not abs(square - 1.0) <= 2 * UNIT_TOLERANCE:
        check_vectors(query[None])


def sort_hits(ids: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sorted by (angle, id): the one order of every index."""
    order = np.lexsort((ids, angles))
    return ids[order], angles[order]
