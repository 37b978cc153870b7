"""How the angle grows when a thing is shown at another size, and when it fills less of the photo (source A).

The crop is pasted, at several sizes, on photos that do not show it; each is described as a photo of the database is,
and compared with the crop. A pasted crop has hard edges and keeps its pixels: a real photo of the thing lies farther.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...core.threads import map_parallel, one_blas_thread
from ...describe.describer import Describer, check_box
from ...describe.transform import Transform
from ...search.report import Box
from ...search.settings import MAX_SCALE, MIN_SCALE

COVERS = (1.0, 0.75, 0.5, 0.25, 0.15, 0.1, 0.05, 0.025)  # share of the photo that the target covers
BACKGROUNDS = 3
LEAST_SIDE = 12  # pixels of a pasted crop: a smaller one shows nothing


@dataclass(frozen=True)
class PastedCrop:
    """One crop on one background; angles in radians.

    cover: target area / photo area. scale_ratio: size of the target in the photo / its size in the query at scale 1.
    as_is: nearest patch to the query at scale 1 alone. scaled: to the nearest of the query scales. matched: to the
    query at the target's own size. whole: the whole photo as one vector, to the query at the target's own size.
    without: nearest patch of the background alone, to the nearest of the query scales.
    """

    background: str
    cover: float
    scale_ratio: float
    as_is: float
    scaled: float
    matched: float
    whole: float
    without: float


def pasted_crops(
    describer: Describer,
    transform: Transform | None,
    image: Image.Image,
    box: Box | None,
    scales: Sequence[float],
    backgrounds: Sequence[tuple[str, Image.Image]],
    progress: Callable[[int, int], None],
) -> list[PastedCrop]:
    """Every background with the crop at every cover rate. backgrounds: (name, upright RGB photo).

    progress(done, total) is called before each photo that is described. EngineError for a box that is too small.
    """
    box = check_box(box, image.size)
    corners = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    crop = image.crop(corners)
    side = max(image.size)  # so that a pixel of the canvas is a pixel of the query photo to the network
    sizes = [(cover, _size(crop.size, cover, side)) for cover in COVERS]
    sizes = [(cover, size) for cover, size in sizes if min(size) >= LEAST_SIDE]
    ratios = [size[0] / crop.width for _, size in sizes]
    total = len(backgrounds) * (len(sizes) + 1)

    asked = [_query(describer, transform, image, box, scale) for scale in (1.0, *scales, *ratios)]
    plain, chosen, matched = asked[0], np.array(asked[1 : 1 + len(scales)]), asked[1 + len(scales) :]
    found, done = [], 0
    for number, (name, photo) in enumerate(backgrounds):
        canvas = _canvas(photo, crop.size, side)
        random = np.random.default_rng(number)
        pictures = [canvas, *(_pasted(canvas, crop, size, random) for _, size in sizes)]
        described = []
        for start in range(0, len(pictures), 2):  # in pairs, so that progress can be told
            progress(done, total)
            part = pictures[start : start + 2]
            described += map_parallel(lambda picture: describer.describe_image(picture, transform)[0], part)
            done += len(part)
        without = least_angle(chosen, described[0])
        for (cover, _), ratio, own, rows in zip(sizes, ratios, matched, described[1:], strict=True):
            as_is, scaled = least_angle(plain[None], rows), least_angle(chosen, rows)
            own_size, whole = least_angle(own[None], rows), least_angle(own[None], rows[:1])
            found.append(PastedCrop(name, cover, ratio, as_is, scaled, own_size, whole, without))
    return found


def least_angle(queries: np.ndarray, rows: np.ndarray) -> float:
    """The least angle between (s, d) and (m, d) unit rows, radians."""
    with one_blas_thread():
        return math.acos(min(1.0, max(-1.0, float((queries @ rows.T).max()))))


def _query(describer: Describer, transform: Transform | None, image: Image.Image, box: Box, scale: float) -> np.ndarray:
    scale = min(max(scale, MIN_SCALE), MAX_SCALE)
    return describer.describe_query(image, box, (scale,), transform).vectors[0]


def _size(crop: tuple[int, int], cover: float, side: int) -> tuple[int, int]:
    """Size of a crop that covers this share of a canvas of its own shape."""
    factor = side / max(crop) * math.sqrt(cover)
    return max(1, round(crop[0] * factor)), max(1, round(crop[1] * factor))


def _canvas(photo: Image.Image, crop: tuple[int, int], side: int) -> Image.Image:
    """The middle of a photo in the shape of the crop, its longest side `side` pixels."""
    width, height = _size(crop, 1.0, side)
    factor = min(photo.width / width, photo.height / height)
    left, top = (photo.width - width * factor) / 2, (photo.height - height * factor) / 2
    region = (left, top, left + width * factor, top + height * factor)
    return photo.resize((width, height), Image.Resampling.BICUBIC, box=region, reducing_gap=3.0)


def _pasted(canvas: Image.Image, crop: Image.Image, size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    left, top = (int(random.integers(0, whole - part + 1)) for whole, part in zip(canvas.size, size, strict=True))
    picture = canvas.copy()
    picture.paste(crop.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0), (left, top))
    return picture
