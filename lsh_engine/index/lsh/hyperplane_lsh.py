"""Random-hyperplane LSH (source A; Charikar, 2002) that serves every delta without a rebuild.

Sign bits in two forms: sorted tables, whose buckets of any key length are probed in the order of their promise, and
packed sketches for Hamming scans. `planner` picks the way; sketches settle most candidates, and every one that is left
is measured exactly, so an answer is always a subset of the exhaustive one. plan="tables" is source A as written: k bits
AND, L tables OR, re-rank.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from math import pi
from pathlib import Path
from time import perf_counter

import numpy as np

from ...core.bounds import check_whole
from ...core.errors import DatabaseError, EngineError
from .. import saving as files
from ..contract import Hits, VectorIndex, as_array, check_shape, check_vectors, frozen
from ..exhaustive import ExhaustiveIndex
from .answering import answer
from .config import PLANS, STORAGES, LSHConfig
from .plan import Plan
from .snapshot import Sealed, opened, resealed

KIND = "hyperplane index"


class HyperplaneLSH(VectorIndex):
    """The index of source A with a planner. `exhaustive` is its peer over the same vectors."""

    def __init__(self, config: LSHConfig | None = None):
        self.config = config or LSHConfig()
        if not isinstance(self.config, LSHConfig):
            raise EngineError(f"expected an LSHConfig, got {type(config).__name__}")
        self.exhaustive = ExhaustiveIndex()
        self._sealed: Sealed | None = None
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.exhaustive)

    @property
    def dim(self) -> int | None:
        return self.exhaustive.dim

    @property
    def centred(self) -> bool:
        """Whether hashing looks from the mean of the collection."""
        return len(self) > 0 and self.seal().frame.centre.square > 0

    # ---- changing

    def add(self, vectors: np.ndarray) -> None:
        """See `VectorIndex.add`. Vectors are kept in the precision of `LSHConfig.storage`."""
        with self._lock:
            vectors = as_array(vectors)
            checked = check_vectors(vectors, self.dim)
            if len(checked):
                mapped = vectors.dtype == self.config.storage and not vectors.flags.writeable
                stored = vectors if mapped else checked.astype(self.config.storage, copy=False)
                self.exhaustive.append_checked(stored)

    def remove(self, ids: np.ndarray) -> None:
        with self._lock:
            self._dim_of_full()
            self.exhaustive.remove(ids)

    def seal(self) -> Sealed:
        """Hash what was added into a new segment. Queries do it themselves; call it to choose the moment."""
        sealed = self._sealed
        if sealed is not None and sealed.rows is self.exhaustive.rows:
            return sealed
        with self._lock:
            if self._sealed is None or self._sealed.rows is not self.exhaustive.rows:
                self._sealed = resealed(self._sealed, self.exhaustive.rows, self.config)
            return self._sealed

    # ---- asking

    def plan(self, delta: float, plan: str = "auto", recall_target: float | None = None, n_queries: int = 1) -> Plan:
        """The strategy that a range search with these arguments takes, with its predictions for a typical query."""
        self._dim_of_full()
        recall = self.config.recall_target if recall_target is None else recall_target
        return self.seal().planner.plan(plan, delta, recall, n_queries)

    def found_probability(
        self,
        angles: np.ndarray,
        delta: float,
        plan: str = "auto",
        recall_target: float | None = None,
        n_queries: int = 1,
    ) -> np.ndarray:
        """Chance that such a search finds a vector at each of `angles` (radians): float64, same shape."""
        return self.plan(delta, plan, recall_target, n_queries).found_probability(angles)

    def range_search(
        self, query: np.ndarray, delta: float, plan: str = "auto", recall_target: float | None = None
    ) -> Hits:
        return self._answers([check_shape(query, self._dim_of_full())], delta, plan, recall_target)[0]

    def range_search_batch(
        self, queries: np.ndarray, delta: float, plan: str = "auto", recall_target: float | None = None
    ) -> list[Hits]:
        queries = list(frozen(check_vectors(queries, self._dim_of_full())))
        return self._answers(queries, delta, plan, recall_target)

    def _answers(self, queries: list[np.ndarray], delta: float, plan: str, recall: float | None) -> list[Hits]:
        sealed = self.seal()  # outside the clock: it is work of adding
        started, n = perf_counter(), max(1, len(queries))
        chosen = sealed.planner.plan(plan, delta, self.config.recall_target if recall is None else recall, n)
        planned = (perf_counter() - started) / n
        if chosen.name == "exhaustive":
            hits = self.exhaustive.range_search_batch(np.array(queries), chosen.delta) if queries else []
            return [replace(hit, seconds={"plan": planned} | hit.seconds) for hit in hits]
        return [answer(sealed.rows, sealed.segments, sealed.frame, query, chosen, planned) for query in queries]

    def candidates(self, query: np.ndarray, k: int) -> np.ndarray:
        """Ids that share their first k bits with `query` in some of source A's tables: (m,) int32, ascending.

        k: 0..n_hyperplanes.
        """
        query, _ = self._check_search(query, 1)
        check_whole("k", k, 0, self.config.n_hyperplanes)
        sealed = self.seal()
        codes = sealed.frame.planes.query_codes(frozen(query))
        found = [segment.bucketed(codes, k) + np.int32(segment.start) for segment in sealed.segments]
        ids = np.sort(np.concatenate(found))
        return ids if sealed.rows.gone is None else ids[~sealed.rows.gone[ids]]

    def search(self, query: np.ndarray, n_results: int = 10) -> Hits:
        """The n nearest: sketches give a radius that holds n vectors, a range search at that radius the rest.

        Whatever is nearer than the n-th lies within the radius, so each is found with the recall promised.
        """
        query, n_results = self._check_search(query, n_results)
        started = perf_counter()
        sealed, query = self.seal(), frozen(query)
        near = sealed.nearest(query, max(100, 10 * n_results))
        known, angles = sealed.rows.within(near, query, pi)
        if len(known) < n_results:  # many of them were removed
            return self.exhaustive.search(query, n_results)
        radius = float(angles[n_results - 1])
        seconds = {"scan for a radius": perf_counter() - started}
        hits = self.range_search(query, radius)
        candidates = np.union1d(hits.ids, known[:n_results]).astype(np.int32)
        candidates = candidates[: np.searchsorted(candidates, len(sealed.rows))]  # others were added meanwhile
        ids, angles = sealed.rows.within(frozen(candidates), query, radius)
        hits = replace(hits, ids=ids, angles=angles, along=None, seconds=seconds | hits.seconds)
        return replace(hits, n_candidates=min(len(self), hits.n_candidates + len(near))).first(n_results)

    # ---- keeping

    def meta(self) -> dict:
        """What `from_arrays` needs besides arrays, as JSON."""
        self._dim_of_full()
        return {"config": asdict(self.config)} | self.seal().meta()

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything but the vectors. An array that spans rows has them in its name, and never changes."""
        self._dim_of_full()
        return self.seal().arrays()

    @classmethod
    def from_arrays(
        cls, meta: dict, arrays: dict[str, np.ndarray], vectors, check: Callable[[], None] | None = None
    ) -> "HyperplaneLSH":
        """An index over `vectors`, one (n, d) float32 or float16 array or several; nothing is copied.

        check: called before their content is used; it raises where the files they are mapped from are damaged.
        """
        try:
            index = cls(LSHConfig(**meta["config"]))
        except (KeyError, TypeError, EngineError) as error:
            raise DatabaseError("the description of this index is damaged: build it again") from error
        index._sealed = opened(index.config, meta, arrays, vectors)
        index.exhaustive.rows = index._sealed.rows
        if check:
            index._check_files = index.exhaustive._check_files = check
        return index

    def save(self, path: str | Path) -> None:
        """Write the index, vectors and all, as a directory."""
        files.save(path, KIND, self.meta(), self.arrays(), self.seal().rows)

    @classmethod
    def load(cls, path: str | Path) -> "HyperplaneLSH":
        """Open a saved index; vectors, tables and sketches stay on disk, memory-mapped."""
        return cls.from_arrays(*files.load(path, KIND))


def warm_up() -> None:
    """Compile every loop: some seconds once, then a fraction of a second. For a background thread."""
    vectors = np.eye(8, dtype=np.float32)
    for storage in STORAGES:
        index = HyperplaneLSH(LSHConfig(n_tables=2, storage=storage))
        index.add(vectors)
        for plan in PLANS:
            index.range_search(vectors[0], 1.0, plan)
        index.range_search(vectors[0], 1.0, "prefix").predicted_recall  # noqa: B018  compiles what it takes
        index.range_search(vectors[0], 1.57, "tables")
        index.search(vectors[0], 1)
        index.candidates(vectors[0], 1)
        index.exhaustive.range_search_batch(vectors[:2], 1.0)
