"""What makes a near duplicate: edits of a photo, each with a name and a strength (SPEC section 7, item 10).

Every edit is a function of the photo, a background and a random generator, so that a seed repeats it to the pixel.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from ..images.loading import load_image


@dataclass(frozen=True)
class Transformation:
    """One edit at one strength."""

    name: str
    strength: float
    function: Callable[..., Image.Image]

    def edit(self, photo: Image.Image, background: Image.Image, rng: np.random.Generator) -> Image.Image:
        """The edited photo, RGB; most edits look at the photo alone."""
        return self.function(photo, self.strength, background, rng)

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


# name, strengths, what to do with (photo, strength, background, rng)
EDITS: tuple[tuple[str, tuple[float, ...], Callable[..., Image.Image]], ...] = (
    ("crop", (0.9, 0.75, 0.5), lambda photo, side, *_: crop(photo, side)),
    ("resize", (0.5, 0.75, 1.5, 2.0), lambda photo, factor, *_: resize(photo, factor, factor)),
    ("JPEG quality", (90, 50, 20, 10), lambda photo, quality, *_: recompress(photo, quality)),
    ("rotate", (-15, -5, 5, 15, 25), lambda photo, degrees, *_: rotate(photo, degrees)),
    ("mirror", (1,), lambda photo, *_: ImageOps.mirror(photo)),
    ("brightness", (0.7, 1.3), lambda photo, factor, *_: ImageEnhance.Brightness(photo).enhance(factor)),
    ("contrast", (0.7, 1.3), lambda photo, factor, *_: ImageEnhance.Contrast(photo).enhance(factor)),
    ("gamma", (0.7, 1.5), lambda photo, exponent, *_: gamma(photo, exponent)),
    ("blur", (1, 2), lambda photo, sigma, *_: photo.filter(ImageFilter.GaussianBlur(sigma))),
    ("noise", (5, 15), lambda photo, sigma, background, rng: add_noise(photo, rng, sigma)),
    ("grey", (1,), lambda photo, *_: photo.convert("L").convert("RGB")),
    ("text", (0.15,), lambda photo, share, *_: write_on(photo, share)),
    ("logo", (0.25,), lambda photo, share, *_: put_logo(photo, share)),
    ("aspect", (0.75, 1.33), lambda photo, factor, *_: resize(photo, factor, 1.0)),
    ("paste, cover", (1.0, 0.75, 0.5, 0.25, 0.1), lambda photo, cover, on, rng: paste(photo, on, cover, rng)),
)
TRANSFORMATIONS = tuple(
    Transformation(name, strength, function) for name, strengths, function in EDITS for strength in strengths
)
