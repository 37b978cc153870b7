"""Windows of several sizes on a feature map, and their boxes in pixels of the upright original."""

import functools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PatchGrid:
    """sizes[i] is a window's share of each side; it stands on positions[i] x positions[i] places,
    evenly spread so that the first and the last touch the borders."""

    sizes: tuple[float, ...]
    positions: tuple[int, ...]

    def __len__(self) -> int:
        return sum(n * n for n in self.positions)


@functools.lru_cache(maxsize=256)
def windows(grid: PatchGrid, height: int, width: int) -> np.ndarray:
    """(m, 4) int32 windows (left, top, right, bottom) in cells of a height x width map, right and bottom exclusive."""
    found = []
    for size, n in zip(grid.sizes, grid.positions, strict=True):
        tops, rows = _starts(size, n, height)
        lefts, columns = _starts(size, n, width)
        found += [(left, top, left + columns, top + rows) for top in tops for left in lefts]
    return np.array(found, np.int32)


def _starts(size: float, n: int, cells: int) -> tuple[list[int], int]:
    side = min(cells, max(1, round(size * cells)))
    return [round(i * (cells - side) / max(1, n - 1)) for i in range(n)], side


@functools.lru_cache(maxsize=256)
def window_masks(grid: PatchGrid, height: int, width: int, coarseness: int = 1) -> np.ndarray:
    """(m, h * w) float32 rows that average a map over each window of the grid.

    height, width: cells of the finest map, where the windows live. coarseness: see `region_mask`.
    """
    return _overlap_masks(windows(grid, height, width), height, width, coarseness)


def region_mask(region: tuple[float, ...], height: int, width: int, coarseness: int = 1) -> np.ndarray:
    """(1, h * w) float32 row that averages a map over one region (left, top, right, bottom) in finest cells.

    coarseness: how many finest cells one cell of this map covers along a side. A cell counts by the share of it that
    lies inside the region.
    """
    return _overlap_masks(np.array([region]), height, width, coarseness)


def _overlap_masks(regions: np.ndarray, height: int, width: int, coarseness: int) -> np.ndarray:
    rows, columns = -(-height // coarseness), -(-width // coarseness)
    left, top, right, bottom = regions.T[:, :, None]
    x, y = np.arange(columns) * coarseness, np.arange(rows) * coarseness
    inside_x = np.clip(np.minimum(right, x + coarseness) - np.maximum(left, x), 0, None)
    inside_y = np.clip(np.minimum(bottom, y + coarseness) - np.maximum(top, y), 0, None)
    masks = (inside_y[:, :, None] * inside_x[:, None, :]).reshape(len(regions), -1)
    return (masks / masks.sum(axis=1, keepdims=True)).astype(np.float32)


def boxes_in_pixels(grid: PatchGrid, map_size: tuple[int, int], image_size: tuple[int, int]) -> np.ndarray:
    """(m, 4) float32 boxes (left, top, right, bottom) in pixels of the upright original.

    map_size: (height, width) in cells. image_size: (width, height) in pixels. The network sees the whole picture
    stretched to whole cells, so a cell covers exactly image / map pixels and the last window ends at the border.
    """
    height, width = map_size
    per_cell = np.array([image_size[0] / width, image_size[1] / height] * 2)
    return (windows(grid, height, width) * per_cell).astype(np.float32)
