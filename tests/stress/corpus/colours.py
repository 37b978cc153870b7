"""Every colour mode of every format, and its picture in RGB as plain arithmetic gives it."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.picture_builders import plain_tiff, saved, scene

from .file import EXACT, LOSSY, PALETTE, OddFile, Truth, shows

WRITES = {
    "jpg": ("JPEG", "L RGB CMYK"),
    "png": ("PNG", "L 1 P RGB RGBA LA I16"),
    "webp": ("WEBP", "L RGB RGBA"),
    "bmp": ("BMP", "L 1 P RGB RGBA"),
    "gif": ("GIF", "L 1 P RGB RGBA"),
    "tif": ("TIFF", "L 1 P RGB RGBA LA I16 CMYK"),
}


def modes() -> dict[str, Image.Image]:
    """The scene in every mode; I16 is a ramp from black to white, RGBA and LA fade in from the top."""
    rgb = scene()
    alpha = rgb.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(rgb.size))
    deep = Image.fromarray(np.linspace(0, 65535, 2400).reshape(40, 60).astype(np.uint16))
    made = {"L": rgb.convert("L"), "1": rgb.convert("1"), "P": rgb.convert("P"), "RGB": rgb, "I16": deep}
    return made | {"RGBA": alpha, "LA": alpha.convert("LA"), "CMYK": rgb.convert("CMYK")}


def on_white(image: Image.Image) -> Image.Image:
    """Alpha times colour plus the rest white."""
    pixels = np.asarray(image.convert("RGBA")).astype(float)
    share = pixels[..., 3:] / 255
    return Image.fromarray(np.round(pixels[..., :3] * share + 255 * (1 - share)).astype(np.uint8))


def ramp() -> Image.Image:
    """Sixteen bits of grey as eight: its mean is 127."""
    levels = np.linspace(0, 255, 2400).reshape(40, 60).astype(np.uint8)
    return Image.fromarray(levels).convert("RGB")


def truth_of(mode: str) -> Image.Image:
    if mode == "I16":
        return ramp()
    image = modes()[mode]
    return on_white(image) if mode in ("RGBA", "LA") else image.convert("RGB")


def whole_pictures() -> Iterator[OddFile]:
    """One valid file of every format and mode we promise to open."""
    images = modes()
    for suffix, (kind, names) in WRITES.items():
        for mode in names.split():
            tolerance = {"jpg": LOSSY, "webp": LOSSY, "gif": PALETTE}.get(suffix, EXACT)
            truth = _truth(suffix, mode)
            yield shows(f"{mode}.{suffix}", saved(images[mode], kind), truth, tolerance)
    rgb = images["RGB"]
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        data = saved(rgb, "TIFF", compression=packing)
        yield shows(f"{packing}.tif", data, tolerance=LOSSY if packing == "jpeg" else EXACT)
    bits = images["1"]
    yield shows("group4.tif", saved(bits, "TIFF", compression="group4"), lambda: truth_of("1"))
    yield shows("big-endian.tif", plain_tiff(order=">"))
    yield shows("bigtiff.tif", plain_tiff(big=True))
    yield shows("no strip lengths.tif", plain_tiff({279: None}))
    yield shows("progressive.jpg", saved(rgb, "JPEG", progressive=True), tolerance=LOSSY)
    yield shows("stored as RGB.jpg", saved(rgb, "JPEG", keep_rgb=True, quality=95), tolerance=LOSSY)
    yield shows("full colour.jpg", saved(rgb, "JPEG", subsampling=0, quality=95), tolerance=4)
    yield shows("lossless.webp", saved(rgb, "WEBP", lossless=True))
    yield from _deep_and_rare(rgb)


def _truth(suffix: str, mode: str) -> Truth:
    if (suffix, mode) == ("gif", "RGBA"):  # one transparent colour, dithered: what it shows is GIF's own
        return lambda: on_white(Image.open(io.BytesIO(saved(modes()["RGBA"], "GIF"))))
    if (suffix, mode) == ("bmp", "RGBA"):  # written with a fourth byte that no mask calls alpha
        return scene
    return lambda: truth_of(mode)


def _deep_and_rare(rgb: Image.Image) -> Iterator[OddFile]:
    for name, low, high, kind in (
        ("65535", 0, 65535, np.int32),
        ("255", 0, 255, np.int32),
        ("below zero", -32768, 32767, np.int32),
        ("one", 0, 1, np.float32),
        ("255", 0, 255, np.float32),
        ("a billion", -5, 1e9, np.float32),
    ):
        deep = Image.fromarray(np.linspace(low, high, 2400).astype(kind).reshape(40, 60))
        yield shows(f"{deep.mode} to {name}.tif", saved(deep, "TIFF"), ramp, tolerance=1.5)
    lab = Image.new("LAB", (60, 40), (137, 209, 195))  # L 54, a 81, b 67: red
    yield shows("LAB.tif", saved(lab, "TIFF"), lambda: Image.new("RGB", (60, 40), (255, 0, 0)), 12)
    yield shows("YCbCr.tif", saved(rgb.convert("YCbCr"), "TIFF"), tolerance=4)
    cyan = Image.new("CMYK", (60, 40), (255, 0, 0, 0))
    for kind, suffix in (("JPEG", "jpg"), ("TIFF", "tif")):
        data = saved(cyan, kind)
        yield shows(f"cyan CMYK.{suffix}", data, lambda: Image.new("RGB", (60, 40), (0, 255, 255)), 4)
    profile = b"no profile at all" * 9
    for kind, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif")):
        data = saved(rgb, kind, icc_profile=profile)
        yield shows(f"odd profile.{suffix}", data, tolerance=LOSSY if suffix in ("jpg", "webp") else EXACT)
