"""A store: the unit vectors of a collection, in one array or several that are read as one, and measured exactly."""

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..core.angles import SAME
from ..core.errors import DatabaseError, EngineError
from ..core.threads import one_blas_thread
from . import exact_loops
from .checks import UNIT_TOLERANCE, as_array, frozen

SMALL_ROWS = 4096  # blocks of fewer rows are joined with their neighbour
MAX_ROWS = 2**31 - 1  # ids are int32 inside an index
BLOCK_FLOATS = 2**22  # cosines held at once: 16 MiB, whatever the number of vectors and of queries
FEW_QUERIES = 12  # up to here float16 is read once a query; beyond, it is widened for BLAS
WIDENED_ROWS = 4096  # at a time: they stay in the processor's cache
# BLAS proposes, the exact loop decides: room for rounding, and for rows and queries a little off unit length
SLACK = 2 * UNIT_TOLERANCE + 1e-3


class VectorStore:
    """Vectors under ids 0..n-1: an immutable list of (n_i, d) float32 or float16 blocks, in memory or memory-mapped.

    Adding and removing give another store over the same memory, so that a query keeps the vectors it began with.
    gone: (n,) bool, rows that were removed: they keep their place and are never found. None while there are none.
    check: called before values are used; it raises DatabaseError where the files they are mapped from are damaged.
    """

    def __init__(
        self,
        blocks: Iterable[np.ndarray] = (),
        gone: np.ndarray | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self.blocks = tuple(frozen(block) for block in blocks if len(block))
        self.raw = tuple(raw_bits(block) for block in self.blocks)  # what compiled loops read
        self.starts = np.cumsum([0, *(len(block) for block in self.blocks)])
        if len(self) > MAX_ROWS:
            raise EngineError(f"an index holds at most {MAX_ROWS:,} vectors, got {len(self):,}")
        self.gone = frozen(gone) if gone is not None and gone.any() else None
        self.n_live = len(self) - (0 if self.gone is None else int(self.gone.sum()))
        self.check = check

    @classmethod
    def opened(
        cls,
        blocks: Iterable[np.ndarray],
        dim: int,
        removed: np.ndarray | None = None,
        check: Callable[[], None] | None = None,
    ) -> "VectorStore":
        """A store over arrays read from disk: shapes are checked, values trusted, so that opening reads nothing.

        Raises DatabaseError where an array is no (n, dim) float32 or float16, or `removed` names rows not there.
        """
        blocks = list(blocks)
        for block in blocks:
            if block.ndim != 2 or block.dtype not in (np.float32, np.float16) or block.shape[1] != dim:
                got = f"{block.shape} {block.dtype}"
                raise DatabaseError(f"expected vectors of shape (n, {dim}) in float32 or float16, got {got}")
        store = cls(blocks, check=check)
        try:
            return store if removed is None else store.without(removed)
        except EngineError as error:
            raise DatabaseError("the list of removed vectors is damaged: build the index again") from error

    def __len__(self) -> int:
        """Rows, those that were removed among them."""
        return int(self.starts[-1])

    @property
    def dim(self) -> int:
        """Width of the vectors; 0 while there are none."""
        return self.blocks[0].shape[1] if self.blocks else 0

    @property
    def dtype(self) -> np.dtype:
        """Precision in which vectors are stored, and so in which answers are exact; the coarsest of all blocks."""
        return min((block.dtype for block in self.blocks), key=lambda dtype: dtype.itemsize, default=np.dtype("f4"))

    @property
    def removed(self) -> np.ndarray:
        """Ids that were removed: int64, ascending."""
        return np.flatnonzero(self.gone) if self.gone is not None else np.empty(0, np.int64)

    @property
    def live(self) -> np.ndarray:
        """Ids that are there: int64, ascending."""
        return np.arange(len(self)) if self.gone is None else np.flatnonzero(~self.gone)

    # ---- other stores

    def appended(self, block: np.ndarray) -> "VectorStore":
        """A store of these rows and then those of `block`.

        Small blocks join like the digits of a binary counter: n single rows leave about log n blocks.
        """
        blocks, n_added = list(self.blocks), len(block)
        while blocks and len(blocks[-1]) <= len(block) < SMALL_ROWS and blocks[-1].dtype == block.dtype:
            block = np.concatenate([blocks.pop(), block])
        gone = None if self.gone is None else np.append(self.gone, np.zeros(n_added, bool))
        return VectorStore([*blocks, block], gone, self.check)

    def without(self, ids: np.ndarray) -> "VectorStore":
        """A store of these rows without those at `ids` (int64). Raises EngineError when one is not there."""
        ids = as_array(ids)
        if not ids.size:
            return self
        if ids.ndim != 1 or ids.dtype.kind not in "iu":
            raise EngineError(f"expected ids as a list of whole numbers, got {ids.shape} {ids.dtype}")
        gone = np.zeros(len(self), bool) if self.gone is None else self.gone.copy()
        bad = ids[(ids < 0) | (ids >= len(self))]
        bad = bad if len(bad) else ids[gone[ids]]
        if len(bad):
            raise EngineError(f"there is no vector with id {bad[0]}: nothing was removed")
        gone[ids] = True
        return VectorStore(self.blocks, gone, self.check)

    # ---- reading

    def take(self, ids: np.ndarray) -> np.ndarray:
        """(m, d) float32 copies of the rows at `ids`, (m,) in any order."""
        ids = np.asarray(ids)
        order = None if (ids[1:] >= ids[:-1]).all() else np.argsort(ids, kind="stable")
        ascending = ids if order is None else ids[order]
        parts = [block[part - start] for block, start, part in self._split(ascending, self.blocks)]
        rows = np.concatenate([np.empty((0, self.dim), np.float32), *parts]).astype(np.float32, copy=False)
        if order is None:
            return rows
        taken = np.empty_like(rows)
        taken[order] = rows
        return taken

    def part(self, start: int, stop: int) -> np.ndarray:
        """Rows start .. stop - 1 as (m, d) float32, where they lie in one block without a copy."""
        pieces = [
            block[max(start - first, 0) : stop - first]
            for block, first in zip(self.blocks, self.starts, strict=False)
            if first < stop and start < first + len(block)
        ]
        pieces = [exact_loops.widened(raw_bits(piece)) if piece.dtype == np.float16 else piece for piece in pieces]
        return frozen(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))

    # ---- measuring

    def within(self, ids: np.ndarray, query: np.ndarray, delta: float) -> tuple[np.ndarray, np.ndarray]:
        """The hits among `ids`: (h,) int64 and float32 angles, sorted by (angle, id). Exact.

        ids: (m,) int32, ascending and unique, frozen. query: (d,) float32, frozen. delta: radians.
        """
        radius = np.float32(max(delta, SAME))
        if len(self.raw) == 1 and self.gone is None:
            hits, angles = exact_loops.rerank(self.raw[0], ids, query, radius)
            return (hits, angles) if len(hits) <= exact_loops.FEW else sort_hits(hits, angles)
        found = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        for raw, start, part in self._split(ids, self.raw):
            hits, angles = exact_loops.rerank(raw, frozen(part - np.int32(start)), query, radius)
            found.append((hits + start, angles))
        hits, angles = (np.concatenate(parts) for parts in zip(*found, strict=True))
        if self.gone is not None:
            live = ~self.gone[hits]
            hits, angles = hits[live], angles[live]
        return sort_hits(hits, angles)

    def near(self, queries: np.ndarray, delta: float) -> list[np.ndarray]:
        """For each of (m, d) queries, ids that may lie within `delta` radians and all that do: int32, ascending.

        It compares the cosines of one matrix product, so the vectors are read once for all queries. `within` decides.
        """
        proposed: list[list[np.ndarray]] = [[] for _ in queries]
        floor = np.float32(math.cos(max(delta, SAME)) - SLACK)
        with one_blas_thread():  # other queries can have the other cores
            for start, cosines in self._cosines(queries):
                for found, row in zip(proposed, cosines, strict=True):
                    found.append((np.flatnonzero(row >= floor) + start).astype(np.int32))
        return [frozen(np.concatenate(found)) for found in proposed]

    def scan(self, queries: np.ndarray, delta: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """All vectors within `delta` radians of each of (m, d) unit queries, as `within` gives them."""
        proposed = self.near(queries, delta)
        return [self.within(ids, frozen(query), delta) for ids, query in zip(proposed, queries, strict=True)]

    def nearest(self, query: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        """The n nearest of the vectors that are there, n <= n_live, as `within` gives them. query: (d,), frozen."""
        with one_blas_thread():
            cosines = np.concatenate([part[0] for _, part in self._cosines(query[None])])
        if self.gone is not None:
            cosines[self.gone] = -2.0
        nth = np.partition(cosines, len(cosines) - n)[len(cosines) - n]
        proposed = np.flatnonzero(cosines >= nth - SLACK).astype(np.int32)
        ids, angles = self.within(frozen(proposed), query, math.pi)
        return ids[:n], angles[:n]

    def join(self, delta: float, rows_at_once: int = 256) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Every pair of vectors within `delta` radians, in parts: (ids i, ids j, angles), i < j. It looks at all."""
        live = self.live
        for start in range(0, len(live), rows_at_once):
            rows = live[start : start + rows_at_once]
            for first, (ids, angles) in zip(rows, self.scan(self.take(rows), delta), strict=True):
                later = ids > first
                yield np.full(int(later.sum()), first), ids[later], angles[later]

    def _cosines(self, queries: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """(first row, (m, b) float32 cosines) part by part."""
        most = WIDENED_ROWS if self.dtype == np.float16 else MAX_ROWS
        step = max(1, min(BLOCK_FLOATS // max(1, len(queries)), most))
        for block, first in zip(self.blocks, self.starts, strict=False):
            for start in range(0, len(block), step):
                yield first + start, _products(block[start : start + step], queries)

    def _split(
        self, ids: np.ndarray, blocks: tuple[np.ndarray, ...]
    ) -> Iterator[tuple[np.ndarray, np.int64, np.ndarray]]:
        """(block, its first id, the ids that fall into it) for every block that has any. ids: ascending."""
        cuts = np.searchsorted(ids, self.starts)
        for i, block in enumerate(blocks):
            if cuts[i] < cuts[i + 1]:
                yield block, self.starts[i], ids[cuts[i] : cuts[i + 1]]


def raw_bits(block: np.ndarray) -> np.ndarray:
    """A block as compiled loops read it: float32 as it is, float16 as its bits, uint16."""
    return frozen(block.view(np.uint16)) if block.dtype == np.float16 else block


def sort_hits(ids: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sorted by (angle, id): the one order of every index."""
    order = np.lexsort((ids, angles))
    return ids[order], angles[order]


def _products(block: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """(m, b) float32 cosines of (m, d) queries and (b, d) stored vectors."""
    if block.dtype == np.float16 and len(queries) <= FEW_QUERIES:
        return np.array([exact_loops.products(raw_bits(block), frozen(query)) for query in queries])
    wide = exact_loops.widened(raw_bits(block)) if block.dtype == np.float16 else block
    return (wide @ queries[0])[None] if len(queries) == 1 else queries @ wide.T
