"""The vectors of an index: one or several arrays, seen as one, never joined."""

from collections.abc import Iterable

import numpy as np

from ..core.angles import SAME
from ..core.errors import EngineError
from .contract import as_array, frozen, sort_hits
from .lsh import kernels

SMALL_ROWS = 4096  # blocks of fewer rows are joined with their neighbour
MAX_ROWS = 2**31 - 1  # ids are int32 inside the index


class Rows:
    """Immutable list of (n_i, d) float32 or float16 blocks, in memory or memory-mapped; ids run through all.

    gone: (n,) bool, rows that were removed: they keep their place and are never found. None while there are none.
    """

    def __init__(self, blocks: Iterable[np.ndarray] = (), gone: np.ndarray | None = None):
        self.blocks = tuple(frozen(block) for block in blocks if len(block))
        self.raw = tuple(raw_bits(block) for block in self.blocks)  # what kernels read
        self.starts = np.cumsum([0, *(len(block) for block in self.blocks)])
        if len(self) > MAX_ROWS:
            raise EngineError(f"an index holds at most {MAX_ROWS:,} vectors, got {len(self):,}")
        self.gone = frozen(gone) if gone is not None and gone.any() else None
        self.n_live = len(self) - (0 if self.gone is None else int(self.gone.sum()))

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def dim(self) -> int | None:
        """Width of the vectors; None while there are none."""
        return self.blocks[0].shape[1] if self.blocks else None

    def appended(self, block: np.ndarray) -> "Rows":
        """These rows and then `block`.

        Small blocks join like the digits of a binary counter: n single rows leave about log n blocks.
        """
        blocks, n_added = list(self.blocks), len(block)
        while blocks and len(blocks[-1]) <= len(block) < SMALL_ROWS and blocks[-1].dtype == block.dtype:
            block = np.concatenate([blocks.pop(), block])
        gone = None if self.gone is None else np.append(self.gone, np.zeros(n_added, bool))
        return Rows([*blocks, block], gone)

    def without(self, ids: np.ndarray) -> "Rows":
        """These rows, those at `ids` (int64) removed. Raises EngineError when one is not there."""
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
        return Rows(self.blocks, gone)

    @property
    def removed(self) -> np.ndarray:
        """Ids that were removed: int64, ascending."""
        return np.flatnonzero(self.gone) if self.gone is not None else np.empty(0, np.int64)

    @property
    def dtype(self) -> np.dtype:
        """Precision in which vectors are stored, and so in which answers are exact; the coarsest of all blocks."""
        return min((block.dtype for block in self.blocks), key=lambda dtype: dtype.itemsize, default=np.dtype("f4"))

    def take(self, ids: np.ndarray) -> np.ndarray:
        """(m, d) float32 copies of the rows at ascending `ids`."""
        parts = [block[part - start] for block, start, part in self._split(ids, self.blocks)]
        return np.concatenate(parts).astype(np.float32, copy=False)

    def part(self, start: int, stop: int) -> np.ndarray:
        """Rows start .. stop - 1 as (m, d) float32, where they lie in one block without a copy."""
        pieces = [
            block[max(start - first, 0) : stop - first]
            for block, first in zip(self.blocks, self.starts, strict=False)
            if first < stop and start < first + len(block)
        ]
        pieces = [kernels.widened(raw_bits(piece)) if piece.dtype == np.float16 else piece for piece in pieces]
        return frozen(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))

    def within(self, ids: np.ndarray, query: np.ndarray, delta: float) -> tuple[np.ndarray, np.ndarray]:
        """The hits among `ids`: (h,) int64 and float32 angles, sorted by (angle, id).

        ids: (m,) int32, ascending and unique. query: (d,) float32, frozen. delta: radians.
        """
        delta = np.float32(max(delta, SAME))
        if len(self.raw) == 1 and self.gone is None:
            hits, angles = kernels.rerank(self.raw[0], ids, query, delta)
            return (hits, angles) if len(hits) <= kernels.FEW else sort_hits(hits, angles)
        found = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        for raw, start, part in self._split(ids, self.raw):
            hits, angles = kernels.rerank(raw, frozen(part - np.int32(start)), query, delta)
            found.append((hits + start, angles))
        hits, angles = (np.concatenate(parts) for parts in zip(*found, strict=True))
        if self.gone is not None:
            live = ~self.gone[hits]
            hits, angles = hits[live], angles[live]
        return sort_hits(hits, angles)

    def _split(self, ids: np.ndarray, blocks: tuple[np.ndarray, ...]):
        """(block, its first id, the ids that fall into it) for every block that has any."""
        cuts = np.searchsorted(ids, self.starts)
        for i, block in enumerate(blocks):
            if cuts[i] < cuts[i + 1]:
                yield block, self.starts[i], ids[cuts[i] : cuts[i + 1]]


def raw_bits(block: np.ndarray) -> np.ndarray:
    """A block as kernels read it: float32 as it is, float16 as its bits, uint16."""
    return frozen(block.view(np.uint16)) if block.dtype == np.float16 else block
