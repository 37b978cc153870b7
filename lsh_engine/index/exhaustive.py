"""Exact scan: a peer of every index and the reference of every test."""

import math
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from ..core.angles import SAME
from ..core.bounds import check_delta
from ..core.errors import DatabaseError
from ..core.threads import one_blas_thread
from . import saving as files
from .contract import UNIT_TOLERANCE, Hits, VectorIndex, check_plan, check_vectors, frozen
from .lsh import kernels
from .lsh.plan import EXHAUSTIVE, Strategy
from .store import MAX_ROWS, Rows, raw_bits

BLOCK_FLOATS = 2**22  # cosines held at once: 16 MiB, whatever the size of the index and of the batch
FEW_QUERIES = 12  # up to here float16 is read once a query; beyond, it is widened for BLAS
WIDENED_ROWS = 4096  # at a time: they stay in the processor's cache
# BLAS proposes, `rerank` decides: room for rounding, and for rows and queries a little off unit length
SLACK = 2 * UNIT_TOLERANCE + 1e-3
EXACT = Strategy(EXHAUSTIVE)


class ExhaustiveIndex(VectorIndex):
    """One matrix product for all queries, compared as cosines; angles only for the hits."""

    def __init__(self):
        self.rows = Rows()  # replaced, never changed: a query keeps the rows it began with
        self._adding = threading.Lock()

    def __len__(self) -> int:
        return self.rows.n_live

    @property
    def dim(self) -> int | None:
        return self.rows.dim

    def add(self, vectors: np.ndarray) -> None:
        self.append_checked(check_vectors(vectors, self.dim))

    def append_checked(self, vectors: np.ndarray) -> None:
        """`add` without the checks, for an index that made them."""
        with self._adding:
            self.rows = self.rows.appended(vectors.copy() if vectors.flags.writeable else vectors)

    def remove(self, ids: np.ndarray) -> None:
        with self._adding:
            self.rows = self.rows.without(ids)

    def range_search_batch(
        self, queries: np.ndarray, delta: float, plan: str = "auto", recall_target: float | None = None
    ) -> list[Hits]:
        """`plan` and `recall_target` belong to the contract; the answer is exact whatever they say."""
        queries, delta = check_vectors(queries, self._dim_of_full()), min(check_delta(delta), math.pi)
        check_plan(plan, recall_target)
        started = perf_counter()
        rows = self.rows
        proposed = [[] for _ in queries]
        floor = np.float32(math.cos(max(delta, SAME)) - SLACK)
        with one_blas_thread():  # other queries can have the other cores
            for start, cosines in self._cosines(rows, queries):
                for found, row in zip(proposed, cosines, strict=True):
                    found.append((np.flatnonzero(row >= floor) + start).astype(np.int32))
        scanned = (perf_counter() - started) / len(queries) if len(queries) else 0.0
        return [self._judge(rows, query, found, delta, scanned) for query, found in zip(queries, proposed, strict=True)]

    def search(self, query: np.ndarray, n_results: int = 10) -> Hits:
        query, n_results = self._check_search(query, n_results)
        started = perf_counter()
        rows = self.rows
        with one_blas_thread():
            cosines = np.concatenate([part[0] for _, part in self._cosines(rows, query[None])])
        if rows.gone is not None:
            cosines[rows.gone] = -2.0
        nth = np.partition(cosines, len(cosines) - n_results)[len(cosines) - n_results]
        proposed = np.flatnonzero(cosines >= nth - SLACK).astype(np.int32)
        hits = self._judge(rows, query, [proposed], math.pi, perf_counter() - started)
        return hits.first(n_results)

    @staticmethod
    def _cosines(rows: Rows, queries: np.ndarray):
        """(first row, (m, b) float32 cosines) block by block: the vectors are read once for all queries."""
        step = max(1, min(BLOCK_FLOATS // max(1, len(queries)), WIDENED_ROWS if rows.dtype == np.float16 else MAX_ROWS))
        for block, first in zip(rows.blocks, rows.starts, strict=False):
            for start in range(0, len(block), step):
                yield first + start, _products(block[start : start + step], queries)

    @staticmethod
    def _judge(rows: Rows, query: np.ndarray, proposed: list[np.ndarray], delta: float, scanned: float) -> Hits:
        started = perf_counter()
        ids, angles = rows.within(frozen(np.concatenate(proposed)), frozen(query), delta)
        seconds = {"scan": scanned, "rerank": perf_counter() - started}
        return Hits(ids, angles, rows.n_live, rows.n_live, EXACT, seconds)

    def save(self, path: str | Path) -> None:
        """Write the index as a directory."""
        self._check_files()
        meta = {"n_vectors": len(self.rows), "dim": self.dim}
        files.save(path, "exhaustive index", meta, {"removed": self.rows.removed}, self.rows)

    @classmethod
    def load(cls, path: str | Path) -> "ExhaustiveIndex":
        """Open a saved index; its vectors stay on disk, memory-mapped."""
        return cls.from_arrays(*files.load(path, "exhaustive index"))

    @classmethod
    def from_arrays(
        cls, meta: dict, arrays: dict, vectors, check: Callable[[], None] | None = None
    ) -> "ExhaustiveIndex":
        """An index over stored vectors: one (n, d) array or several, never copied. check: see `HyperplaneLSH`."""
        index = cls()
        index.rows = files.rows_of(vectors, meta.get("dim"), arrays.get("removed"))
        if len(index.rows) != meta.get("n_vectors", len(index.rows)):
            raise DatabaseError(f"the index counts {meta['n_vectors']:,} vectors, got {len(index):,}: build it again")
        if check:
            index._check_files = check
        return index


def _products(block: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """(m, b) float32 cosines of (m, d) queries and (b, d) stored vectors."""
    if block.dtype == np.float16 and len(queries) <= FEW_QUERIES:
        return np.array([kernels.products(raw_bits(block), frozen(query)) for query in queries])
    wide = kernels.widened(raw_bits(block)) if block.dtype == np.float16 else block
    return (wide @ queries[0])[None] if len(queries) == 1 else queries @ wide.T
