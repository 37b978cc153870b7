"""Windows of several sizes on a feature map, and their boxes in pixels of the upright original."""

import functools

import numpy as np

from .patch_config import PatchConfig

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels of the upright original


@functools.lru_cache(maxsize=256)
def windows(patches: PatchConfig, height: int, width: int) -> np.ndarray:
    """(m, 4) int32 windows (left, top, right, bottom) in cells of a height x width map, right and bottom exclusive."""
    found = []
    for size, n in zip(patches.sizes, patches.positions, strict=True):
        tops, rows = _starts(size, n, height)
        lefts, columns = _starts(size, n, width)
        found += [(left, top, left + columns, top + rows) for top in tops for left in lefts]
    return np.array(found, np.int32)


def _starts(size: float, n: int, cells: int) -> tuple[list[int], int]:
    """First cells of n windows of this share of a side, and the cells that each covers."""
    side = min(cells, max(1, round(size * cells)))
    return [round(i * (cells - side) / max(1, n - 1)) for i in range(n)], side


@functools.lru_cache(maxsize=256)
def window_masks(patches: PatchConfig, height: int, width: int, coarseness: int = 1, bins: int = 1) -> np.ndarray:
    """(m * bins * bins, h * w) float32 rows that average a map over each window, or each bin of it.

    height, width: cells of the finest map, where the windows live. coarseness, bins: see `region_mask`.
    """
    return _overlap_masks(_split(windows(patches, height, width), bins), height, width, coarseness)


def region_mask(region: tuple[float, ...], height: int, width: int, coarseness: int = 1, bins: int = 1) -> np.ndarray:
    """(bins * bins, h * w) float32 rows that average a map over a region (left, top, right, bottom) in finest cells.

    coarseness: how many finest cells one cell of this map covers along a side. A cell counts by the share of it that
    lies inside the region. bins: the region is cut in bins x bins, row by row, each with a row of its own.
    """
    return regions_mask(np.array([region]), height, width, coarseness, bins)


def regions_mask(regions: np.ndarray, height: int, width: int, coarseness: int = 1, bins: int = 1) -> np.ndarray:
    """The masks of (m, 4) regions, each as `region_mask` makes them: (m * bins * bins, h * w) float32."""
    return _overlap_masks(_split(regions, bins), height, width, coarseness)


def _split(regions: np.ndarray, bins: int) -> np.ndarray:
    """(m, 4) regions -> (m * bins * bins, 4), each cut as torch's adaptive pooling cuts: bins end at whole cells and
    overlap where the sides do not divide.
    """
    if bins == 1:
        return regions
    left, top, right, bottom = regions.T[:, :, None]
    steps = np.arange(bins)

    def cut(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        starts = np.floor(low + (high - low) * steps / bins)
        ends = np.ceil(low + (high - low) * (steps + 1) / bins)
        return np.maximum(starts, low), np.minimum(ends, high)

    (lefts, rights), (tops, bottoms) = cut(left, right), cut(top, bottom)
    edges = lefts[:, None, :], tops[:, :, None], rights[:, None, :], bottoms[:, :, None]
    return np.stack(np.broadcast_arrays(*edges), axis=-1).reshape(-1, 4)


def _overlap_masks(regions: np.ndarray, height: int, width: int, coarseness: int) -> np.ndarray:
    """(m, 4) regions in finest cells -> (m, h * w) float32: the share of each region that lies in each cell."""
    rows, columns = -(-height // coarseness), -(-width // coarseness)
    left, top, right, bottom = regions.T[:, :, None]
    x, y = np.arange(columns) * coarseness, np.arange(rows) * coarseness
    inside_x = np.clip(np.minimum(right, x + coarseness) - np.maximum(left, x), 0, None)
    inside_y = np.clip(np.minimum(bottom, y + coarseness) - np.maximum(top, y), 0, None)
    masks = (inside_y[:, :, None] * inside_x[:, None, :]).reshape(len(regions), -1)
    return (masks / masks.sum(axis=1, keepdims=True)).astype(np.float32)


def boxes_in_pixels(patches: PatchConfig, map_size: tuple[int, int], image_size: tuple[int, int]) -> np.ndarray:
    """(m, 4) float32 boxes (left, top, right, bottom) in pixels of the upright original.

    map_size: (height, width) in cells. image_size: (width, height) in pixels. The network sees the whole picture
    stretched to whole cells, so a cell covers exactly image / map pixels and the last window ends at the border.
    """
    height, width = map_size
    per_cell = np.array([image_size[0] / width, image_size[1] / height] * 2)
    return (windows(patches, height, width) * per_cell).astype(np.float32)
