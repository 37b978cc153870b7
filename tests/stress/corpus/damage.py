"""One whole file of each kind, cut at ten places and with bits flipped."""

import random
from collections.abc import Iterator

from .animations import animations
from .colours import whole_pictures
from .file import EITHER, REFUSED, OddFile

CUTS, FLIPS = 10, 20
STILL = (
    "RGB.jpg",
    "progressive.jpg",
    "CMYK.jpg",
    "RGBA.png",
    "I16.png",
    "RGB.webp",
    "lossless.webp",
    "RGB.bmp",
    "P.gif",
    "tiff_lzw.tif",
    "RGB.tif",
    "bigtiff.tif",
)
MOVING = ("animated.gif", "animated.webp", "animated.png", "animated.tif", "animated.mpo")


def damaged_files(seed: int = 0) -> Iterator[OddFile]:
    flips = random.Random(seed)
    whole = {file.name: file.data for file in (*whole_pictures(), *animations())}
    for name in STILL + MOVING:
        data = whole[name]
        for tenth in range(CUTS):
            end = len(data) * tenth // CUTS
            expected = REFUSED if name in STILL or end < 20 else EITHER  # the first of several may be whole
            yield OddFile(f"{name} cut at {end}", data[:end], expected)
        for turn in range(FLIPS):
            flipped = bytearray(data)
            for _ in range(1 + turn % 3):
                at = flips.randrange(min(len(data), 200 if turn < FLIPS // 2 else len(data)))
                flipped[at] ^= 1 << flips.randrange(8)
            yield OddFile(f"{name} flipped {turn}", bytes(flipped), EITHER)
