"""What makes a near duplicate: edits of a photo, each with a name and a strength (SPEC section 7, item 10).

Every edit is a function of the photo, a background and a random generator, so that a seed repeats it to the pixel.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from ..images.loading import load_image

Edit = Callable[[Image.Image, Image.Image, np.random.Generator], Image.Image]


@dataclass(frozen=True)
class Transformation:
    """One edit at one strength. edit(photo, background, rng) -> RGB photo; most look at the photo alone."""

    name: str
    strength: float
    edit: Edit

    @property
    def label(self) -> str:
        return f"{self.name} {self.strength:g}"


def crop(photo: Image.Image, side: float) -> Image.Image:
    """The middle, `side` of each side."""
    width, height = (max(1, round(side * whole)) for whole in photo.size)
    left, top = (photo.width - width) // 2, (photo.height - height) // 2
    return photo.crop((left, top, left + width, top + height))


def resize(photo: Image.Image, across: float, down: float) -> Image.Image:
    size = max(1, round(across * photo.width)), max(1, round(down * photo.height))
    return photo.resize(size, Image.Resampling.BICUBIC)


def recompress(photo: Image.Image, quality: float) -> Image.Image:
    stream = io.BytesIO()
    photo.save(stream, "JPEG", quality=int(quality))
    return load_image(stream.getvalue())


def rotate(photo: Image.Image, degrees: float) -> Image.Image:
    """Counter-clockwise, inside the same frame; the corners that open are grey."""
    return photo.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128))


def gamma(photo: Image.Image, exponent: float) -> Image.Image:
    return photo.point([round(255 * (value / 255) ** exponent) for value in range(256)] * 3)


def add_noise(photo: Image.Image, rng: np.random.Generator, sigma: float) -> Image.Image:
    """Gaussian, `sigma` grey levels in every channel."""
    pixels = np.asarray(photo, np.float32) + rng.normal(0, sigma, (photo.height, photo.width, 3))
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def write_on(photo: Image.Image, share: float) -> Image.Image:
    """White letters with a black rim along the bottom, `share` of the height tall."""
    written = photo.copy()
    tall = max(6, round(share * photo.height))
    place = (photo.width // 2, photo.height - tall // 2)
    ImageDraw.Draw(written).text(
        place, "for sale", "white", font_size=tall, anchor="ms", stroke_width=max(1, tall // 20), stroke_fill="black"
    )
    return written


def put_logo(photo: Image.Image, share: float) -> Image.Image:
    """A two-coloured disc in the upper right corner, `share` of the shorter side wide."""
    marked = photo.copy()
    side = max(4, round(share * min(photo.size)))
    right, top = photo.width - side // 4, side // 4
    draw = ImageDraw.Draw(marked)
    draw.ellipse((right - side, top, right, top + side), "gold")
    inner = side // 4
    draw.ellipse((right - side + inner, top + inner, right - inner, top + side - inner), "navy")
    return marked


def paste(image: Image.Image, background: Image.Image, cover: float, rng: np.random.Generator) -> Image.Image:
    """`image` at its own size somewhere on `background`, of which it covers the share `cover` (0..1) of the area.

    The background is cut to the image's shape and resized around it.
    """
    size = tuple(max(side, round(side / cover**0.5)) for side in image.size)
    scene = ImageOps.fit(background.convert("RGB"), size, Image.Resampling.BILINEAR)
    left, top = (int(rng.integers(0, room - side + 1)) for room, side in zip(size, image.size, strict=True))
    scene.paste(image, (left, top))
    return scene


def _alone(edit: Callable[..., Image.Image], *strength: float) -> Edit:
    """An edit that looks at the photo alone."""
    return lambda photo, background, rng: edit(photo, *strength)


def _enhanced(kind: Callable[[Image.Image], Any], factor: float) -> Edit:
    return lambda photo, background, rng: kind(photo).enhance(factor)


def _all() -> tuple[Transformation, ...]:
    one = Transformation
    return (
        *(one("crop", side, _alone(crop, side)) for side in (0.9, 0.75, 0.5)),
        *(one("resize", factor, _alone(resize, factor, factor)) for factor in (0.5, 0.75, 1.5, 2.0)),
        *(one("JPEG quality", quality, _alone(recompress, quality)) for quality in (90, 50, 20, 10)),
        *(one("rotate", degrees, _alone(rotate, degrees)) for degrees in (-15, -5, 5, 15, 25)),
        one("mirror", 1, _alone(ImageOps.mirror)),
        *(one("brightness", factor, _enhanced(ImageEnhance.Brightness, factor)) for factor in (0.7, 1.3)),
        *(one("contrast", factor, _enhanced(ImageEnhance.Contrast, factor)) for factor in (0.7, 1.3)),
        *(one("gamma", exponent, _alone(gamma, exponent)) for exponent in (0.7, 1.5)),
        *(one("blur", sigma, _alone(_blur, sigma)) for sigma in (1, 2)),
        *(one("noise", sigma, partial(_noise, sigma=sigma)) for sigma in (5, 15)),
        one("grey", 1, _alone(_grey)),
        one("text", 0.15, _alone(write_on, 0.15)),
        one("logo", 0.25, _alone(put_logo, 0.25)),
        *(one("aspect", factor, _alone(resize, factor, 1.0)) for factor in (0.75, 1.33)),
        *(one("paste, cover", cover, partial(_paste, cover=cover)) for cover in (1.0, 0.75, 0.5, 0.25, 0.1)),
    )


def _blur(photo: Image.Image, sigma: float) -> Image.Image:
    return photo.filter(ImageFilter.GaussianBlur(sigma))


def _grey(photo: Image.Image) -> Image.Image:
    return photo.convert("L").convert("RGB")


def _noise(photo: Image.Image, background: Image.Image, rng: np.random.Generator, sigma: float) -> Image.Image:
    return add_noise(photo, rng, sigma)


def _paste(photo: Image.Image, background: Image.Image, rng: np.random.Generator, cover: float) -> Image.Image:
    return paste(photo, background, cover, rng)


TRANSFORMATIONS = _all()
