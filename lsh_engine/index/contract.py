"""The contract of every kind of index: what it is asked, what it answers with, and how it is kept.

An index is one kind built over a `VectorStore`. It owns only its own arrays; exact angles come from the store. What
queries read is a snapshot that never changes: adding and removing make the next one, so that threads need no locks.
"""

import importlib.util
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from ..core.bounds import check_delta, check_whole
from ..core.errors import DatabaseError, EngineError
from ..core.progress import Progress, silent
from . import saving
from .checks import as_array, check_query, check_vectors
from .hits import Hits, Law
from .store import VectorStore


class HasStore(Protocol):
    """A snapshot, which queries read: whatever a kind made over a store. It never changes."""

    @property
    def store(self) -> VectorStore: ...


@dataclass(frozen=True)
class Card:
    """What a kind is, for people who choose one.

    source: where it comes from (a paper, a library). exact: whether it finds everything within delta. takes: what the
    structure itself can be asked for, "delta" (a range) or "n" (the nearest); the contract offers both for every kind.
    memory: what it keeps besides the vectors. package, install: what must be importable, and the name pip knows.
    """

    title: str
    what: str
    source: str
    exact: bool = False
    takes: tuple[str, ...] = ("delta", "n")
    memory: str = ""
    package: str = ""
    install: str = ""

    @property
    def installed(self) -> bool:
        return not self.package or importlib.util.find_spec(self.package) is not None


@dataclass(frozen=True)
class NoParams:
    """The parameters of a search that has none."""


@dataclass(frozen=True)
class NoConfig:
    """The configuration of a kind that has nothing to configure."""


class Index(ABC):
    """Unit vectors under ids 0..n-1, in the order they were added: searched by range, or for the nearest.

    name: in the registry. card: what it is. Config: frozen dataclass of what it is built with. Params: frozen dataclass
    of what one search may choose; its fields are also the named arguments of every search. saved_as: kind of the folder
    that `save` writes.
    """

    name: ClassVar[str]
    card: ClassVar[Card]
    Config: ClassVar[type[Any]] = NoConfig
    Params: ClassVar[type[Any]] = NoParams
    saved_as: ClassVar[str] = ""

    def __init__(self, config: Any = None) -> None:
        self.config = self.Config() if config is None else config
        if not isinstance(self.config, self.Config):
            raise EngineError(f"expected {self.Config.__name__}, got {type(config).__name__}")
        self.store = VectorStore()
        self.check: Callable[[], None] | None = None  # of an opened index: raises where its files are damaged
        self._snapshot: Any = None
        self._lock = threading.RLock()

    # ---- what a kind implements

    @abstractmethod
    def _make(self, store: VectorStore, former: Any, progress: Progress) -> HasStore:
        """The snapshot of `store`. former: the last snapshot, or None; it may be extended."""

    @abstractmethod
    def _range_search(self, snapshot: Any, queries: np.ndarray, delta: float, params: Any) -> list[Hits]:
        """One answer for each of (m, d) queries. delta: radians, at most pi."""

    @abstractmethod
    def _search(self, snapshot: Any, query: np.ndarray, n_results: int, params: Any) -> Hits:
        """The n_results nearest; at least as many vectors are there."""

    @abstractmethod
    def _keep(self, snapshot: Any) -> tuple[dict, dict[str, np.ndarray]]:
        """(facts as JSON, arrays) from which `_restore` makes the snapshot again."""

    @abstractmethod
    def _restore(self, store: VectorStore, meta: dict, arrays: dict[str, np.ndarray]) -> HasStore:
        """The snapshot that `_keep` took apart, over the same store; no large array is copied. Raises DatabaseError."""

    def law(self, delta: float, params: Any = None, n_queries: int = 1) -> "Law | None":
        """The chances of such a search; None for a kind that has no law of them."""
        return None

    def settings(self, delta: float) -> Sequence[Any]:
        """Params to try at this delta, from the cheapest to the most careful, for a harness that tunes."""
        return [self.Params()]

    # ---- changing

    @property
    def stored_as(self) -> str:
        """Precision in which added vectors are kept."""
        return "float32"

    def add(self, vectors: np.ndarray) -> None:
        """Append vectors, (n, d) float32 rows of unit length.

        A writeable array is copied; a read-only one (a memory map) is kept as it is.
        """
        with self._lock:
            vectors = as_array(vectors)
            checked = check_vectors(vectors, self.dim)
            if not len(checked):
                return
            mapped = vectors.dtype == self.stored_as and not vectors.flags.writeable
            stored = vectors if mapped else checked.astype(self.stored_as, copy=checked.flags.writeable)
            self.store = self.store.appended(stored)

    def remove(self, ids: np.ndarray) -> None:
        """Remove vectors by id, (m,) whole numbers. The others keep their ids, and new ids go on counting.

        Raises EngineError, and removes nothing, when an id is not there.
        """
        with self._lock:
            self._dim_of_full()
            self.store = self.store.without(ids)

    def snapshot(self, progress: Progress = silent) -> Any:
        """What queries read: the last snapshot, or a new one where vectors were added or removed since."""
        made = self._snapshot
        if made is not None and made.store is self.store:
            return made
        with self._lock:
            if self._snapshot is None or self._snapshot.store is not self.store:
                self._snapshot = self._make(self.store, self._snapshot, progress)
            return self._snapshot

    # ---- asking

    def __len__(self) -> int:
        """Vectors that are there, removed ones left out."""
        return self.store.n_live

    @property
    def dim(self) -> int | None:
        """Width of the vectors; None while the index is empty."""
        return self.store.dim or None

    @property
    def memory_bytes(self) -> int:
        """Bytes of the index without the vectors."""
        return sum(array.nbytes for array in self.arrays().values())

    def range_search(self, query: np.ndarray, delta: float, params: Any = None, **named: Any) -> Hits:
        """All vectors within the angle `delta` (radians) of `query`, (d,) float32 of unit length."""
        query = check_query(query, self._dim_of_full())
        return self.range_search_batch(query[None], delta, params, **named)[0]

    def range_search_batch(self, queries: np.ndarray, delta: float, params: Any = None, **named: Any) -> list[Hits]:
        """One `Hits` for each row of `queries`, (m, d) float32 of unit length."""
        queries = check_vectors(queries, self._dim_of_full())
        delta, params = min(check_delta(delta), np.pi), self.params_of(params, named)
        return self._range_search(self.snapshot(), queries, delta, params) if len(queries) else []

    def search(self, query: np.ndarray, n_results: int = 10, params: Any = None, **named: Any) -> Hits:
        """The `n_results` nearest vectors."""
        query = check_query(query, self._dim_of_full())
        check_whole("n_results", n_results, 1, 2**31 - 1)
        if not len(self):
            raise EngineError("the index is empty: all its vectors were removed")
        params = self.params_of(params, named)
        return self._search(self.snapshot(), query, min(int(n_results), len(self)), params)

    def params_of(self, params: Any, named: dict[str, Any]) -> Any:
        """The parameters of one search, given whole or by the names of their fields; EngineError for others."""
        if params is None:
            try:
                return self.Params(**named)
            except TypeError as error:
                known = ", ".join(self.Params.__dataclass_fields__) or "no parameters"
                raise EngineError(f"a search of {self.name} takes {known}, got {', '.join(named)}") from error
        if named or not isinstance(params, self.Params):
            raise EngineError(f"expected {self.Params.__name__} for a search of {self.name}, got {params!r:.60}")
        return params

    def _dim_of_full(self) -> int:
        """Width of the vectors, or EngineError while there are none. Every use of the index passes here first."""
        if self.check is not None:
            self.check()
        if self.store.check is not None:
            self.store.check()
        dim = self.store.dim
        if not dim:
            raise EngineError("the index is empty: add vectors first")
        return dim

    # ---- keeping

    @classmethod
    def build(cls, store: VectorStore, config: Any = None, progress: Progress = silent) -> Self:
        """An index over the vectors of a collection, ready to be asked."""
        index = cls(config)
        index.store = store
        index._dim_of_full()
        index.snapshot(progress)
        return index

    @classmethod
    def opened(
        cls,
        store: VectorStore,
        meta: dict,
        arrays: dict[str, np.ndarray],
        check: Callable[[], None] | None = None,
    ) -> Self:
        """The index that gave `meta` and `arrays`, over the same vectors. Raises DatabaseError; reads nothing large.

        check: called before arrays are used; it raises where the files they are mapped from are damaged.
        """
        try:
            n, dim, config = meta["n_vectors"], meta["dim"], cls.Config(**meta.get("config", {}))
        except (KeyError, TypeError, EngineError) as error:
            raise DatabaseError("the description of this index is damaged: build it again") from error
        if (len(store), store.dim) != (n, dim):
            raise DatabaseError(f"the index counts {n:,} vectors, got {len(store):,}: build it again")
        index = cls(config)
        index.store, index.check = store, check
        index._snapshot = index._restore(store, meta, arrays)
        return index

    def meta(self) -> dict:
        """What `opened` needs besides arrays, as JSON."""
        self._dim_of_full()
        facts = {"config": asdict(self.config), "n_vectors": len(self.store), "dim": self.dim}
        return facts | self._keep(self.snapshot())[0]

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays but for the vectors, by name. One that spans rows has them in its name, and never changes."""
        self._dim_of_full()
        return self._keep(self.snapshot())[1]

    def save(self, path: str | Path) -> None:
        """Write the index, vectors and all, as a folder."""
        saving.save(path, self.saved_as or f"{self.name} index", self.meta(), self.arrays(), self.snapshot().store)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Open a saved index; its vectors and arrays stay on disk, memory-mapped."""
        return cls.opened(*saving.load(path, cls.saved_as or f"{cls.name} index"))
