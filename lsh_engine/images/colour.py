"""Any colour mode a decoder returns -> RGB, with transparency on white and deep grey kept in scale."""

from collections.abc import Iterator
from typing import cast

import numpy as np
from PIL import Image, ImageCms

_BAND_ROWS = 256  # deep pictures pass through NumPy in bands, to keep memory low


def to_rgb(image: Image.Image, grey_bits: int = 16, white_is_zero: bool = False) -> Image.Image:
    """A new RGB picture of the same size. image: loaded, any mode of Pillow.

    grey_bits: bits in use where the mode is I;16. white_is_zero: its dark and light are swapped.
    """
    if image.mode.startswith("I;16"):
        return _expand(_deep_grey(image, 0, 2**grey_bits - 1, white_is_zero))
    if image.mode in ("I", "F"):
        return _expand(_deep_grey(image, *_range(image), white_is_zero))
    if image.mode == "LAB":
        return _from_lab(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode not in ("LA", "PA", "RGBA", "RGBa") and "transparency" not in image.info:
        return image.convert("RGB")
    return _on_white(image)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    if image.format == "BMP" and image.getchannel("A").getextrema() == (0, 0):
        return image.convert("RGB")  # the fourth byte was left empty; it is no transparency
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _expand(grey: np.ndarray) -> Image.Image:
    """grey: (height, width) uint8."""
    return Image.fromarray(grey).convert("RGB")


def _bands(image: Image.Image) -> Iterator[tuple[int, int, np.ndarray]]:
    """(top, bottom, (bottom - top, width) array) of each band."""
    for top in range(0, image.height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, image.height)
        yield top, bottom, np.asarray(image.crop((0, top, image.width, bottom)))


def _range(image: Image.Image) -> tuple[float, float]:
    """(black, white) of a picture of whole or real numbers: 0..1, 0..255, 0..65535, else its own extremes."""
    lows, highs = [], []
    for _, _, band in _bands(image):
        finite = band[np.isfinite(band)]
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    for white in (1, 255, 65535) if image.mode == "F" else (255, 65535):
        if low >= 0 and high <= white:
            return 0, white
    return low, high


def _deep_grey(image: Image.Image, black: float, white: float, white_is_zero: bool) -> np.ndarray:
    """black..white -> 0..255, (height, width) uint8; the transparent value, where there is one, white."""
    grey = np.empty((image.height, image.width), np.uint8)
    transparent = image.info.get("transparency")
    scale = 255 / max(white - black, float(np.finfo(np.float32).tiny))
    for top, bottom, band in _bands(image):
        level = (np.nan_to_num(band, nan=black, posinf=white, neginf=black) - np.float64(black)) * scale
        level = np.clip(level, 0, 255)
        grey[top:bottom] = 255 - level if white_is_zero else level
        if transparent is not None:
            grey[top:bottom][band == transparent] = 255
    return grey


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return cast(Image.Image, ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB")))
