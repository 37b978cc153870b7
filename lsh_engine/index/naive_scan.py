"""A scan as one writes it first: the angle of every vector in float64, its length each time. A baseline of speed."""

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from ..core.progress import Progress
from .checks import frozen
from .contract import Card
from .exhaustive import ExhaustiveIndex, Scanned
from .hits import Exact, Hits
from .registry import register
from .store import VectorStore

ROUNDING = 1e-3  # radians: float32 and float64 may see an angle so differently where it is small; the store decides
AS_WRITTEN = Exact("naive", "computes every angle")


@dataclass(frozen=True)
class NaiveSnapshot(Scanned):
    """A store and its vectors in float64."""

    @cached_property
    def vectors(self) -> np.ndarray:
        return self.store.part(0, len(self.store)).astype(np.float64)

    def angles(self, query: np.ndarray) -> np.ndarray:
        """(n,) float64 radians from (d,) `query`."""
        lengths = np.linalg.norm(self.vectors, axis=1) * np.linalg.norm(query)
        return np.arccos(np.clip(self.vectors @ query.astype(np.float64) / lengths, -1.0, 1.0))


@register
class NaiveScan(ExhaustiveIndex):
    """Exact and slow; the nearest are searched as by the exhaustive scan."""

    name = "naive"
    card = Card(
        title="naive float64",
        what="computes the angle to every vector in float64, as one writes it first",
        source="the definition of the angle",
        exact=True,
        memory="the vectors in float64",
    )

    @property
    def memory_bytes(self) -> int:
        return 8 * len(self.store) * (self.dim or 0)

    def _make(self, store: VectorStore, former: Any, progress: Progress) -> NaiveSnapshot:
        made = NaiveSnapshot(store)
        _ = made.vectors
        return made

    def _range_search(self, snapshot: Any, queries: np.ndarray, delta: float, params: Any) -> list[Hits]:
        store: VectorStore = snapshot.store
        hits, n = [], store.n_live
        for query in map(frozen, queries):
            started = perf_counter()
            near = np.flatnonzero(snapshot.angles(query) <= delta + ROUNDING).astype(np.int32)
            found = store.within(frozen(near), query, delta)
            hits.append(Hits(*found, True, n, n, {"scan": perf_counter() - started}, AS_WRITTEN))
        return hits

    def _restore(self, store: VectorStore, meta: dict, arrays: dict[str, np.ndarray]) -> NaiveSnapshot:
        return NaiveSnapshot(store)
