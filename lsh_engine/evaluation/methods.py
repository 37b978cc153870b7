"""Who is asked: this product's indexes and the naive scan, behind one shape. Other libraries: `peers`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ..index import ExhaustiveIndex, Hits, HyperplaneLSH, Index
from .truth import ExactAnswers


@dataclass(frozen=True)
class Answer:
    """What one range search gave. n_candidates: rows looked at exactly, None where that is not told."""

    ids: np.ndarray
    n_candidates: int | None
    plan: str = ""
    predicted_recall: float | None = None


class Method(ABC):
    """One way to answer range searches, with what it cost to make.

    name: as printed. build_seconds, open_seconds: s. memory_mb: MB of the index without the vectors.
    None: not measured, or there is no such thing.
    """

    name: str
    build_seconds: float | None = None
    open_seconds: float | None = None
    memory_mb: float | None = None
    removed: np.ndarray | None = None  # ids that a library holds though they were removed from the data

    def without_removed(self, found: np.ndarray) -> np.ndarray:
        return found if self.removed is None else found[~np.isin(found, self.removed)]

    def prepare(self, tuning: ExactAnswers | None, delta: float) -> None:  # noqa: B027 - most have nothing to do
        """Choose parameters for this delta with the tuning queries."""

    @abstractmethod
    def range_search(self, query: np.ndarray, delta: float):
        """All within `delta` (radians) of `query`, (d,) float32. This call is what the clock sees."""

    @abstractmethod
    def answer(self, found) -> Answer:
        """What `range_search` just returned, in the common shape; not on the clock."""

    def range_search_batch(self, queries: np.ndarray, delta: float) -> bool:
        """Answer several queries, (m, d), at once. False where the method has no such call."""
        return False


class IndexMethod(Method):
    """An index of this product."""

    def __init__(self, name: str, index: Index, **params: str):
        self.name, self.index, self.params = name, index, params

    def range_search(self, query: np.ndarray, delta: float) -> Hits:
        return self.index.range_search(query, delta, **self.params)

    def answer(self, found: Hits) -> Answer:
        return Answer(found.ids, found.n_candidates, found.plan, found.predicted_recall)

    def range_search_batch(self, queries: np.ndarray, delta: float) -> bool:
        self.index.range_search_batch(queries, delta, **self.params)
        return True


class ExhaustiveMethod(IndexMethod):
    """The exact scan: every ratio is to this one."""

    def __init__(self, index: HyperplaneLSH):
        super().__init__("exhaustive", ExhaustiveIndex.build(index.store))
        self.memory_mb = 0.0

    def answer(self, found: Hits) -> Answer:
        return Answer(found.ids, found.n_candidates)


class LSHMethod(IndexMethod):
    """The LSH index with one plan. Needs `arrays()` for its memory."""

    def __init__(self, index: HyperplaneLSH, plan: str):
        super().__init__(f"LSH {plan}", index, plan=plan)
        self.memory_mb = sum(array.nbytes for array in index.arrays().values()) / 1e6


class NaiveMethod(Method):
    """What one writes first: float64, norms and arccos of every row for every query."""

    name = "naive float64"

    def __init__(self, vectors: np.ndarray):
        self.vectors = vectors.astype(np.float64)
        self.memory_mb = self.vectors.nbytes / 1e6

    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        lengths = np.linalg.norm(self.vectors, axis=1) * np.linalg.norm(query)
        angles = np.arccos(np.clip(self.vectors @ query.astype(np.float64) / lengths, -1.0, 1.0))
        return np.flatnonzero(angles <= delta)

    def answer(self, found: np.ndarray) -> Answer:
        return Answer(self.without_removed(found), len(self.vectors))
