"""Pictures to descriptors: one forward pass for all patches of a photo, one per scale for a query crop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from ..core.bounds import shown
from ..core.errors import EngineError
from ..core.threads import map_parallel, one_blas_thread
from . import backbones
from .patch_config import PatchConfig
from .pooling import gem_windows, l2_normalise, split_signs
from .transform import Transform, finish
from .windows import Box, boxes_in_pixels, region_mask, regions_mask, window_masks

# Times the side that the network sees: what a photo may be reduced to while it is decoded. The resizing that follows
# averages as many pixels anyway: descriptors move by .02 rad, at most .07 (benchmarks/draft_effect.py).
ENOUGH = 3
MIN_CROP = 8  # pixels: smaller crops show nothing to search for
CELLS_AT_ONCE = 128  # of a map that are described together: bounds memory where every cell has bins of its own
SAME_SCALE = 0.02  # part by which a scale may be missed before it is called another


@dataclass(frozen=True)
class QueryDescriptors:
    """A crop, described once for every query scale that the network can tell apart.

    vectors: (s, dim) float32 unit rows, smallest scale first.
    scales: the asked scale of each row. Of several asked scales that lead to one size it is the nearest to that size.
    collapsed: asked scale -> scale at which the crop was really described, for the scales that the limits of the
        network's input replaced: a small crop is enlarged to `PatchConfig.min_crop_side`, a large one shrunk to
        `max_crop_side`. Two scales with one value share a row.
    seconds: time that describing took.
    """

    vectors: np.ndarray
    scales: tuple[float, ...]
    seconds: float = 0.0
    collapsed: dict[float, float] = field(default_factory=dict)

    @property
    def scale_note(self) -> str:
        """A sentence for each size that stands in for other scales than its own; empty where all are as asked."""
        instead: dict[float, list[float]] = {}
        for asked, used in sorted(self.collapsed.items()):
            instead.setdefault(used, []).append(asked)
        return " ".join(
            f"The crop is too {'small' if asked[0] < used else 'large'} to be asked at "
            f"{', '.join(f'×{scale:.3g}' for scale in asked)}: it was asked at ×{used:.3g} instead."
            for used, asked in instead.items()
        )


class Describer:
    """A backbone with its windows. It holds no state of a database; threads share it."""

    def __init__(
        self,
        backbone: str = backbones.DEFAULT,
        patches: PatchConfig | None = None,
        precision: str = "fp32",
        library: str = "",
    ) -> None:
        """precision: that of the descriptors to compare with. library: "openvino", "torch" or "" for the default."""
        self.card = backbones.card(backbone)
        self.precision, self.library = precision, library
        self.patches = patches or PatchConfig()

    @property
    def runtime(self) -> backbones.Runtime:
        """The library and precision that run the network in this process, as far as known before it is loaded."""
        return backbones.runtime_of(self.card.name, self.precision, self.library)

    @property
    def enough_side(self) -> int:
        """Pixels of a photo's longer side that describing it needs."""
        return ENOUGH * self.card.longest_side

    def map_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(height, width) in cells of the finest map of a photo of (width, height) pixels."""
        width, height = self._photo_input(image_size)
        finest = self.card.layers[0]
        return finest.cells(height), finest.cells(width)

    def boxes(self, image_size: tuple[int, int]) -> np.ndarray:
        """(m, 4) float32 boxes of a photo's patches, in pixels of the upright original."""
        return boxes_in_pixels(self.patches, self.map_size(image_size), image_size)

    def pool_patches(self, image: Image.Image, size: tuple[int, int] | None = None) -> np.ndarray:
        """Photo -> (m, joined_dim) float32: every patch pooled on every layer, each layer's part of unit length.

        size: (width, height) of the original in pixels, where `image` is a reduced copy of it.
        """
        maps = self._feature_maps(image, (0, 0, *image.size), self._photo_input(size or image.size))
        height, width = maps[0].shape[1:]
        return self._pool(maps, lambda coarseness, bins: window_masks(self.patches, height, width, coarseness, bins))

    def describe_image(
        self, image: Image.Image, transform: Transform | None, size: tuple[int, int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Photo -> descriptors (m, dim) float32 of unit length and boxes (m, 4) in pixels of the original.

        size: as in `pool_patches`.
        """
        return finish(self.pool_patches(image, size), self.card, transform), self.boxes(size or image.size)

    def describe_query(
        self, image: Image.Image, box: Box | None, scales: tuple[float, ...], transform: Transform | None
    ) -> QueryDescriptors:
        """Crop of a picture -> one descriptor per scale; `box` None is the whole picture.

        Scale 1 is the size at which the picture would be described as a database photo, so that a thing keeps its
        size in pixels. A crop below `min_crop_side` or above `max_crop_side` at some scale is brought to that limit;
        scales that end up equal are described once. The network sees a margin of `context` pixels around the crop
        where the picture has it and pools inside the crop alone: database patches have such surroundings too
        (mAP .85 -> .91 on container crops).
        """
        box = check_box(box, image.size)
        at_one, low, high = self._query_factors(image.size, box)
        asked_at = {scale: round(min(max(at_one * scale, low), high), 6) for scale in sorted(scales)}
        labels: dict[float, float] = {}  # factor -> the asked scale nearest to it
        for scale, factor in asked_at.items():
            if factor not in labels or abs(scale * at_one - factor) < abs(labels[factor] * at_one - factor):
                labels[factor] = scale
        moved = {scale: factor for scale, factor in asked_at.items() if abs(factor / (at_one * scale) - 1) > SAME_SCALE}
        collapsed = {scale: factor / at_one for scale, factor in moved.items()}
        with one_blas_thread():  # the scales share the cores already
            pooled = np.concatenate(map_parallel(lambda factor: self._pool_crop(image, box, factor), labels))
            vectors = finish(pooled, self.card, transform)
        return QueryDescriptors(vectors, tuple(labels.values()), collapsed=collapsed)

    def describe_cells(
        self,
        image: Image.Image,
        box: Box | None,
        transform: Transform | None,
        scale: float = 1.0,
        grid: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Crop of a picture at one scale -> the descriptor of every cell of it: (h, w, dim) float32.

        The box is cut evenly in as many cells as the map has there, or as `grid` = (h, w) says: a grid of one cell is
        the crop's own descriptor. The whole picture is cut at the very cells of the map.
        """
        box = check_box(box, image.size)
        at_one, low, high = self._query_factors(image.size, box)
        maps, crop = self._crop_maps(image, box, min(max(at_one * scale, low), high))
        height, width = maps[0].shape[1:]
        rows, columns = grid or (max(1, round(crop[3] - crop[1])), max(1, round(crop[2] - crop[0])))
        x, y = np.linspace(crop[0], crop[2], columns + 1), np.linspace(crop[1], crop[3], rows + 1)
        corners = np.array([(x[j], y[i], x[j + 1], y[i + 1]) for i in range(rows) for j in range(columns)])
        found = []
        for part in np.array_split(corners, -(-len(corners) // CELLS_AT_ONCE)):
            pooled = self._pool(maps, partial(regions_mask, part, height, width))
            found.append(finish(pooled, self.card, transform))
        return np.concatenate(found).reshape(rows, columns, -1)

    def _query_factors(self, image_size: tuple[int, int], box: Box) -> tuple[float, float, float]:
        """Network pixels per picture pixel: at query scale 1, and the least and most that the crop allows."""
        at_one = self.card.longest_side / max(image_size)
        sides = box[2] - box[0], box[3] - box[1]
        low, high = self.patches.min_crop_side / min(sides), self.patches.max_crop_side / max(sides)
        if sides == image_size:  # as a database photo is described, however narrow it is
            low, high = min(low, at_one), max(high, at_one)
        return at_one, low, high

    def _pool_crop(self, image: Image.Image, box: Box, factor: float) -> np.ndarray:
        maps, crop = self._crop_maps(image, box, factor)
        height, width = maps[0].shape[1:]
        return self._pool(maps, lambda coarseness, bins: region_mask(crop, height, width, coarseness, bins))

    def _crop_maps(self, image: Image.Image, box: Box, factor: float) -> tuple[list[np.ndarray], Box]:
        """The maps of a crop and its surroundings, and where on the finest of them the crop lies, in cells."""
        margin = self.patches.context / factor
        left, top = max(0.0, box[0] - margin), max(0.0, box[1] - margin)
        right, bottom = min(float(image.width), box[2] + margin), min(float(image.height), box[3] + margin)
        maps = self._feature_maps(
            image, (left, top, right, bottom), self._input_size((right - left, bottom - top), factor)
        )
        height, width = maps[0].shape[1:]
        across, down = width / (right - left), height / (bottom - top)
        crop = (
            (box[0] - left) * across,
            (box[1] - top) * down,
            (box[2] - left) * across,
            (box[3] - top) * down,
        )
        return maps, crop

    def _pool(self, maps: list[np.ndarray], masks_at: Callable[[int, int], np.ndarray]) -> np.ndarray:
        """masks_at(coarseness, bins) -> masks of a layer. Returns (m, joined_dim), each part a unit row."""
        pooled = []
        for layer, feature_map in zip(self.card.layers, maps, strict=True):
            masks = masks_at(layer.stride // self.card.stride, layer.bins)
            rows = gem_windows(feature_map, masks) if layer.bins == 1 else self._head(feature_map, masks, layer.bins)
            pooled.append(l2_normalise(rows))
        return np.concatenate(pooled, axis=1)

    def _head(self, feature_map: np.ndarray, masks: np.ndarray, bins: int) -> np.ndarray:
        """(c, h, w), masks (m * bins * bins, h * w) -> (m, channels) float32: the network's fully connected layers on
        every window's bins.
        """
        import torch

        channels = len(feature_map)
        means = (masks @ feature_map.reshape(channels, -1).T).reshape(-1, bins, bins, channels)
        with torch.inference_mode():
            network: Any = backbones.load(self.card.name)
            return network.head(torch.from_numpy(means).permute(0, 3, 1, 2)).numpy()

    def _feature_maps(self, image: Image.Image, region: Box, size: tuple[int, int]) -> list[np.ndarray]:
        """(channels, h, w) float32 maps of a region of the picture, resized to (width, height) pixels."""
        resized = image.resize(size, Image.Resampling.BILINEAR, box=region, reducing_gap=3.0)
        pixels = (np.asarray(resized, np.float32) - np.array(self.card.mean, np.float32)) / np.array(
            self.card.std, np.float32
        )
        found = backbones.maps_of(self.card.name, self.precision, self.library)(pixels)
        return [split_signs(m) if layer.signed else m for layer, m in zip(self.card.layers, found, strict=True)]

    def _photo_input(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) in pixels at which the network sees a photo."""
        return self._input_size(image_size, self.card.longest_side / max(image_size))

    def _input_size(self, size: tuple[float, float], factor: float) -> tuple[int, int]:
        """(width, height) of a region times `factor`, in sides that the network takes."""
        width, height = (self._input_side(side * factor) for side in size)
        return width, height

    def _input_side(self, pixels: float) -> int:
        """The nearest side that the network takes."""
        return max(self.card.least_side, round(pixels / self.card.multiple) * self.card.multiple)


def check_box(box: Box | None, image_size: tuple[int, int]) -> Box:
    """The box inside the picture, or EngineError; None is the whole picture."""
    width, height = image_size
    if box is None:
        return 0.0, 0.0, float(width), float(height)
    try:
        left, top, right, bottom = (float(value) for value in box if not isinstance(value, str))
    except (TypeError, ValueError, OverflowError):
        raise EngineError(f"box must be four numbers left, top, right, bottom in pixels, got {shown(box)}") from None
    left, top, right, bottom = (
        max(left, 0.0),
        max(top, 0.0),
        min(right, float(width)),
        min(bottom, float(height)),
    )
    if not (right - left >= min(MIN_CROP, width) and bottom - top >= min(MIN_CROP, height)):  # NaN fails too
        edges = ", ".join(f"{float(value):g}" for value in box)
        raise EngineError(
            f"box ({edges}) covers less than {MIN_CROP} x {MIN_CROP} pixels of the {width} x {height} picture: "
            "draw it larger (left, top, right, bottom)"
        )
    return left, top, right, bottom
