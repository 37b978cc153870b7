"""One odd file and what a loader owes it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.picture_builders import scene

PICTURE, REFUSED, EITHER = "picture", "refused", "either"

EXACT, LOSSY, PALETTE = 1.0, 14.0, 25.0  # mean difference of levels that a format may cost a picture
Truth = Callable[[], Image.Image]


@dataclass(frozen=True)
class OddFile:
    """expected: PICTURE (it must become `truth`), REFUSED, or EITHER: any picture within the limits, or a refusal."""

    name: str  # as a stranger might call it
    data: bytes
    expected: str
    truth: Truth | None = None  # the upright RGB picture
    tolerance: float = EXACT  # mean difference of levels, 0 to 255

    def is_shown_by(self, image: Image.Image) -> bool:
        """Whether `image` is the picture in the file."""
        if self.truth is None:
            return True
        true = self.truth()
        if image.size != true.size:
            return False
        rows = range(0, true.height, 512)  # in bands: some are of 49 megapixels
        difference = sum(_difference(image, true, top, min(top + 512, true.height)) for top in rows)
        return difference / (3 * true.width * true.height) <= self.tolerance


def _difference(image: Image.Image, true: Image.Image, top: int, bottom: int) -> int:
    box = (0, top, true.width, bottom)
    pair = (np.asarray(picture.crop(box)).astype(np.int16) for picture in (image, true))
    return int(np.abs(np.subtract(*pair)).sum())


def shows(name: str, data: bytes, truth: Truth = scene, tolerance: float = EXACT) -> OddFile:
    return OddFile(name, data, PICTURE, truth, tolerance)


def refused(name: str, data: bytes) -> OddFile:
    return OddFile(name, data, REFUSED)


def either(name: str, data: bytes) -> OddFile:
    return OddFile(name, data, EITHER)
