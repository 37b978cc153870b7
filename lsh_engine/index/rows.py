"""The vectors of an index: one or several arrays, seen as one, never joined."""

from collections.abc import Iterable

import numpy as np

from ..errors import EngineError
from . import kernels
from .base import sort_hits

SMALL_ROWS = 4096  # blocks of fewer rows are joined with their neighbour
SAME = 1e-6  # radians: the rounding of float32; vectors closer than this are equal, so delta 0 finds duplicates
MAX_ROWS = 2**31 - 1  # ids are int32 inside the index


def frozen(array: np.ndarray) -> np.ndarray:
    """A read-only, C-contiguous plain ndarray: the one type that kernels see, and safe to share."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


class Rows:
    """Immutable list of (n_i, d) float32 blocks, in memory or memory-mapped; ids run through all."""

    def __init__(self, blocks: Iterable[np.ndarray] = ()):
        self.blocks = tuple(frozen(block) for block in blocks if len(block))
        self.starts = np.cumsum([0, *(len(block) for block in self.blocks)])
        if len(self) > MAX_ROWS:
            raise EngineError(f"an index holds at most {MAX_ROWS:,} vectors, got {len(self):,}")

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
        blocks = list(self.blocks)
        while blocks and len(blocks[-1]) <= len(block) < SMALL_ROWS:
            block = np.concatenate([blocks.pop(), block])
        return Rows([*blocks, block])

    def take(self, ids: np.ndarray) -> np.ndarray:
        """(m, d) float32 copies of the rows at ascending `ids`."""
        parts = [block[part - start] for block, start, part in self._split(ids)]
        return np.concatenate(parts)

    def within(self, ids: np.ndarray, query: np.ndarray, delta: float) -> tuple[np.ndarray, np.ndarray]:
        """The hits among `ids`: (h,) int64 and float32 angles, sorted by (angle, id).

        ids: (m,) int32, ascending and unique. query: (d,) float32. delta: radians.
        """
        found = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        for block, start, part in self._split(ids):
            local = frozen((part - start).astype(np.int32, copy=False))
            kept, angles = kernels.rerank(block, local, frozen(query), np.float32(max(delta, SAME)))
            found.append((part[kept], angles))
        return sort_hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def _split(self, ids: np.ndarray):
        """(block, its first id, the ids that fall into it) for every block that has any."""
        cuts = np.searchsorted(ids, self.starts)
        for i, block in enumerate(self.blocks):
            if cuts[i] < cuts[i + 1]:
                yield block, self.starts[i], ids[cuts[i] : cuts[i + 1]]
