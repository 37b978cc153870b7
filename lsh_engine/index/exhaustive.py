"""Exact scan: a kind like all others, and the reference of every comparison."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from ..core.progress import Progress
from .checks import frozen
from .contract import Card, Index
from .hits import Hits
from .registry import register
from .store import VectorStore


@dataclass(frozen=True)
class Scanned:
    """A snapshot that is nothing but the store."""

    store: VectorStore


@register
class ExhaustiveIndex(Index):
    """Compares every vector: cosines by one matrix product for all queries, exact angles for what may be a hit."""

    name = "exhaustive"
    card = Card(
        title="Exhaustive",
        what="compares the query with every vector",
        source="the definition of the answer",
        exact=True,
        memory="nothing",
    )

    def _make(self, store: VectorStore, former: Any, progress: Progress) -> Scanned:
        return Scanned(store)

    def _range_search(self, snapshot: Scanned, queries: np.ndarray, delta: float, params: Any) -> list[Hits]:
        started, store = perf_counter(), snapshot.store
        proposed = store.near(queries, delta)
        scanned = (perf_counter() - started) / len(queries)
        hits = []
        for ids, query in zip(proposed, queries, strict=True):
            started = perf_counter()
            found = store.within(ids, frozen(query), delta)
            seconds = {"scan": scanned, "rerank": perf_counter() - started}
            hits.append(Hits(*found, True, store.n_live, store.n_live, seconds))
        return hits

    def _search(self, snapshot: Scanned, query: np.ndarray, n_results: int, params: Any) -> Hits:
        started, store = perf_counter(), snapshot.store
        found = store.nearest(query, n_results)
        return Hits(*found, True, store.n_live, store.n_live, {"scan": perf_counter() - started})

    def _keep(self, snapshot: Scanned) -> tuple[dict, dict[str, np.ndarray]]:
        return {}, {}

    def _restore(self, store: VectorStore, meta: dict, arrays: dict[str, np.ndarray]) -> Scanned:
        return Scanned(store)
