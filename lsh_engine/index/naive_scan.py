"""A scan as one writes it first: the angle of every vector in float64, its length each time. A baseline of speed."""

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from ..core.progress import Progress
from .checks import frozen
from .contract import Card, Index
from .hits import Exact, Hits
from .registry import register
from .store import VectorStore

ROUNDING = 1e-3  # radians: float32 and float64 may see an angle so differently where it is small; the store decides
AS_WRITTEN = Exact("naive", "computes every angle")


@dataclass(frozen=True)
class NaiveSnapshot:
    """A store and its vectors in float64."""

    store: VectorStore

    @cached_property
    def vectors(self) -> np.ndarray:
        return self.store.part(0, len(self.store)).astype(np.float64)

    def angles(self, query: np.ndarray) -> np.ndarray:
        """(n,) float64 radians from (d,) `query`."""
        lengths = np.linalg.norm(self.vectors, axis=1) * np.linalg.norm(query)
        return np.arccos(np.clip(self.vectors @ query.astype(np.float64) / lengths, -1.0, 1.0))


@register
class NaiveScan(Index):
    """Exact and slow."""

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

    def _range_search(self, snapshot: NaiveSnapshot, queries: np.ndarray, delta: float, params: Any) -> list[Hits]:
        hits, n = [], snapshot.store.n_live
        for query in map(frozen, queries):
            started = perf_counter()
            near = np.flatnonzero(snapshot.angles(query) <= delta + ROUNDING).astype(np.int32)
            found = snapshot.store.within(frozen(near), query, delta)
            hits.append(Hits(*found, True, n, n, {"scan": perf_counter() - started}, AS_WRITTEN))
        return hits

    def _search(self, snapshot: NaiveSnapshot, query: np.ndarray, n_results: int, params: Any) -> Hits:
        started, n = perf_counter(), snapshot.store.n_live
        everything = frozen(np.arange(len(snapshot.store), dtype=np.int32))
        ids, angles = snapshot.store.within(everything, frozen(query), np.pi)
        return Hits(ids[:n_results], angles[:n_results], True, n, n, {"scan": perf_counter() - started}, AS_WRITTEN)

    def _keep(self, snapshot: NaiveSnapshot) -> tuple[dict, dict[str, np.ndarray]]:
        return {}, {}

    def _restore(self, store: VectorStore, meta: dict, arrays: dict[str, np.ndarray]) -> NaiveSnapshot:
        return NaiveSnapshot(store)
