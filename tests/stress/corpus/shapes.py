"""Extreme but lawful shapes, which must open, and the next larger ones, which must not."""

import io
from collections.abc import Iterator

from PIL import Image

from tests.picture_builders import saved, scene

from .file import EXACT, LOSSY, PALETTE, OddFile, refused, shows

KINDS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "gif": "GIF", "tif": "TIFF"}
COSTS = {"jpg": LOSSY, "webp": LOSSY, "gif": PALETTE}
SMALL = ((1, 1), (1, 2), (2, 1), (3, 3), (50, 1), (1, 50), (7, 9))
LARGE = ((16_384, 328), (328, 16_384))


def large(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """The scene's four colours, enlarged: made without holding more than the picture itself."""
    return scene(8, 8).resize((width, height), Image.Resampling.NEAREST).convert(mode)


def shapes() -> Iterator[OddFile]:
    for suffix, kind in KINDS.items():
        for width, height in SMALL:
            picture = scene().resize((width, height))
            if suffix in ("jpg", "webp"):  # neighbours share their colours there
                picture = picture.convert("L").convert("RGB")
            truth = lambda picture=picture: picture  # noqa: E731
            yield shows(f"{width} x {height}.{suffix}", saved(picture, kind), truth, COSTS.get(suffix, EXACT))
        yield refused(f"51 x 1.{suffix}", saved(scene().resize((51, 1)), kind))


def _quick(image: Image.Image, kind: str) -> bytes:
    options = {"TIFF": {"compression": "tiff_lzw"}, "WEBP": {"method": 0}, "PNG": {"compress_level": 1}}.get(kind, {})
    if kind == "GIF":
        image = image.quantize(8)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def megapixels() -> Iterator[OddFile]:
    """As long, and as large, as the limits let pass."""
    for suffix, kind in KINDS.items():
        for width, height in LARGE:
            if kind == "WEBP" and max(width, height) > 16_383:  # the format's own limit
                width, height = min(width, 16_383), min(height, 16_383)
            yield shows(
                f"{width} x {height}.{suffix}",
                _quick(large(width, height), kind),
                lambda size=(width, height): large(*size),
                COSTS.get(suffix, EXACT),
            )
    most = {"jpg": ("JPEG", 7_000), "png": ("PNG", 7_000), "webp": ("WEBP", 5_600), "tif": ("TIFF", 6_900)}
    for suffix, (kind, side) in most.items():
        truth = lambda side=side: large(side, side)  # noqa: E731
        yield shows(
            f"{side**2 / 1e6:.0f} MP.{suffix}", _quick(large(side, side), kind), truth, COSTS.get(suffix, EXACT)
        )
    grey = large(7_000, 7_000, "L")
    for suffix in ("gif", "jpg"):
        out = io.BytesIO()
        grey.save(out, KINDS[suffix])
        yield shows(f"grey of 49 MP.{suffix}", out.getvalue(), lambda: large(7_000, 7_000, "L").convert("RGB"), LOSSY)
    progressive = io.BytesIO()
    large(6_500, 6_400).save(progressive, "JPEG", progressive=True)
    truth = lambda: large(6_500, 6_400)  # noqa: E731
    yield shows("progressive of 42 MP.jpg", progressive.getvalue(), truth, LOSSY)
    yield refused("51 MP.jpg", _quick(large(7_200, 7_100, "L"), "JPEG"))
    yield refused("51 MP.png", _quick(large(7_200, 7_100, "L"), "PNG"))
