"""The base of kinds whose structure proposes ids. The store measures them, so that answers are always exact.

Structures are other libraries'. One that can grow is copied before it grows: queries keep the one they began with.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any

import numpy as np

from ..core.bounds import check_delta
from ..core.errors import DatabaseError
from ..core.progress import Progress, silent
from .checks import check_query, frozen
from .contract import Index
from .hits import Details, Hits
from .saving import expect
from .store import VectorStore

AT_ONCE = 8192  # rows handed to a library at a time
GROWTH_OF_K = 4  # an index of nearest neighbours is asked for so many times more while all lie within delta
SEED = 1


@dataclass(frozen=True)
class Prepared:
    """A snapshot: a store, and what gives the structure over it, which an opened index unpacks at its first query."""

    store: VectorStore
    unpacked: Callable[[], Any]

    @property
    def structure(self) -> Any:
        return self.unpacked()


class ParamsDetails(Details):
    """The details of a search of which there is nothing to tell but its parameters."""

    def __init__(self, name: str, params: Any) -> None:
        super().__init__(name)
        self.params = params

    def __str__(self) -> str:
        text = ", ".join(f"{name}={value}" for name, value in vars(self.params).items())
        return f"{self.name}: {text}"


class ProposingIndex(Index):
    """A kind that proposes ids by a structure over all rows of the store; rows that were removed are never hits."""

    @abstractmethod
    def _built(self, store: VectorStore, progress: Progress) -> Any:
        """The structure over every row, under its place in the store."""

    def _grown(self, structure: Any, store: VectorStore, start: int) -> Any:
        """A structure that has the rows from `start` on, too; the old one stays as it is. By default built again."""
        return self._built(store, silent)

    @abstractmethod
    def _size(self, structure: Any) -> int:
        """Rows in the structure."""

    @abstractmethod
    def _packed(self, structure: Any) -> np.ndarray:
        """The structure as bytes: (b,) uint8."""

    @abstractmethod
    def _unpacked(self, data: np.ndarray, store: VectorStore) -> Any:
        """What `_packed` gave; raises whatever its library raises for other bytes."""

    @abstractmethod
    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: Any) -> tuple[np.ndarray, float]:
        """(about k different ids near (d,) `query`, nearest first, -1 for none; the cosine of the last)."""

    def _propose(self, snapshot: Prepared, query: np.ndarray, delta: float, params: Any) -> np.ndarray:
        """Ids that may lie within `delta`. By default the nearest, more and more until the farthest is outside."""
        most = min(len(snapshot.store), self._most(params))
        k, floor = min(params.first, most), math.cos(delta)
        while True:
            ids, farthest = self._nearest(snapshot.structure, query, k, params)
            if k == most or len(ids) < k or ids[-1] < 0 or farthest < floor:
                return ids
            k = min(GROWTH_OF_K * k, most)

    def _most(self, params: Any) -> int:
        """The largest k that a search with `params` can be asked for."""
        return len(self.store)

    # ---- the contract

    def _make(self, store: VectorStore, former: Prepared | None, progress: Progress) -> Prepared:
        if former is not None and len(former.store) == len(store):  # some were removed, or came back in other blocks
            return Prepared(store, former.unpacked)
        if former is None or not len(former.store):
            structure = self._built(store, progress)
        else:
            structure = self._grown(former.structure, store, len(former.store))
        return Prepared(store, lambda: structure)

    def range_search(self, query: np.ndarray, delta: float, params: Any = None, **named: Any) -> Hits:
        """As in the contract, with the query checked once: that saves microseconds."""
        query = check_query(query, self._dim_of_full())
        delta, params = min(check_delta(delta), math.pi), self.params_of(params, named)
        return self._answer(self.snapshot(), query, delta, params)

    def _range_search(self, snapshot: Prepared, queries: np.ndarray, delta: float, params: Any) -> list[Hits]:
        return [self._answer(snapshot, query, delta, params) for query in map(frozen, queries)]

    def _answer(self, snapshot: Prepared, query: np.ndarray, delta: float, params: Any) -> Hits:
        started = perf_counter()
        ids = _ascending(self._propose(snapshot, query, delta, params))
        return self._measured(snapshot, ids, query, delta, params, started)

    def _search(self, snapshot: Prepared, query: np.ndarray, n_results: int, params: Any) -> Hits:
        """The nearest of those proposed; where they are too few, more are taken from a scan of the store."""
        started, store, query = perf_counter(), snapshot.store, frozen(query)
        n_gone = len(store) - store.n_live
        ids = _ascending(self._nearest(snapshot.structure, query, min(len(store), n_results + n_gone), params)[0])
        hits = self._measured(snapshot, ids, query, math.pi, params, started)
        if len(hits) < n_results:
            found = store.nearest(query, n_results)
            hits = Hits(*found, True, store.n_live, store.n_live, {"scan": perf_counter() - started}, hits.details)
        return hits.first(n_results)

    def _measured(
        self, snapshot: Prepared, ids: np.ndarray, query: np.ndarray, delta: float, params: Any, started: float
    ) -> Hits:
        proposed = perf_counter()
        found = snapshot.store.within(ids, query, delta)
        seconds = {"lookup": proposed - started, "rerank": perf_counter() - proposed}
        return Hits(*found, True, len(ids), snapshot.store.n_live, seconds, ParamsDetails(self.name, params))

    def _keep(self, snapshot: Prepared) -> tuple[dict, dict[str, np.ndarray]]:
        return {}, {f"structure0-{len(snapshot.store)}": self._packed(snapshot.structure)}

    def _restore(self, store: VectorStore, meta: dict, arrays: dict[str, np.ndarray]) -> Prepared:
        data = expect("structure", next(iter(arrays.values()), None), (None,), np.uint8)

        @cache
        def unpacked() -> Any:
            try:
                structure = self._unpacked(data, store)
                if self._size(structure) != len(store):
                    raise RuntimeError("another number of vectors")
                return structure
            except (RuntimeError, OSError, AttributeError) as error:
                raise DatabaseError(f"the index {self.name} cannot be read: build it again") from error

        return Prepared(store, unpacked)


def rows_of(store: VectorStore, start: int = 0) -> Sequence[tuple[int, int]]:
    """(first, end) of parts of the rows from `start` on, which are no more than AT_ONCE."""
    return [(first, min(first + AT_ONCE, len(store))) for first in range(start, len(store), AT_ONCE)]


def powers_of_two(low: int, high: int) -> list[int]:
    """low, 2 low, 4 low ... and high itself: every value once, low <= high."""
    values = [low]
    while 2 * values[-1] < high:
        values.append(2 * values[-1])
    return values if values[-1] >= high else [*values, high]


def _ascending(ids: np.ndarray) -> np.ndarray:
    ids = np.sort(ids.astype(np.int32, copy=False))
    return frozen(ids[np.searchsorted(ids, 0) :] if len(ids) and ids[0] < 0 else ids)
