"""Headers that claim another size than the file has, and other numbers that are not true."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.picture_builders import bmp, jpeg_claiming, plain_tiff, png, saved, scene, tiff, webp_claiming

from .file import OddFile, either, refused

OVER = {  # beyond a limit of 16,384 pixels a side, 1:50, 50 megapixels
    "no width": (0, 40),
    "no height": (60, 0),
    "51 to 1": (5_151, 101),
    "side of 16385": (16_385, 1_000),
    "14000 x 12000": (14_000, 12_000),
    "7072 x 7072": (7_072, 7_072),
    "65535 x 65535": (65_535, 65_535),
}
WITHIN = {"6000 x 5000": (6_000, 5_000), "61 x 41": (61, 41), "8 x 8": (8, 8)}


def claims(width: int, height: int) -> Iterator[tuple[str, bytes]]:
    """A small file of every kind whose header claims this size."""
    yield "jpg", jpeg_claiming(width, height)
    yield "progressive.jpg", jpeg_claiming(width, height, progressive=True)
    yield "CMYK.jpg", jpeg_claiming(width, height, "CMYK")
    yield "png", png(width, height, bytes(61 * 40), colour=0)
    yield "bmp", bmp(width, height, 24, 0, scene().tobytes())
    yield "from the top.bmp", bmp(width, -height, 24, 0, scene().tobytes())
    yield "gif", _gif_claiming(width, height)
    yield "tif", plain_tiff({256: ("I", (width,)), 257: ("I", (height,)), 278: ("I", (max(1, height),))})
    yield "bigtiff.tif", plain_tiff({256: ("I", (width,)), 257: ("I", (height,))}, big=True)
    if width and height:
        yield "webp", webp_claiming(width, height)


def _gif_claiming(width: int, height: int) -> bytes:
    data = bytearray(saved(scene().convert("P"), "GIF"))
    frame = data.index(b",", 13 + 768)
    data[frame + 5 : frame + 9] = data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def lies() -> Iterator[OddFile]:
    for title, size in OVER.items():
        for suffix, data in claims(*size):
            yield refused(f"claims {title}.{suffix}", data)
    for title, size in WITHIN.items():
        for suffix, data in claims(*size):
            yield either(f"claims {title}.{suffix}", data)
    yield from _other_formats()
    yield from _tiff_numbers()


def _other_formats() -> Iterator[OddFile]:
    plain = saved(scene(), "JPEG")
    yield refused("claims 4 billion.png", png(2**32 - 1, 2**32 - 1, b""))
    yield refused("two frames.jpg", plain[:2] + plain[plain.index(b"\xff\xc0") :][:19] + plain[2:])
    yield refused("arithmetic.jpg", plain.replace(b"\xff\xc0", b"\xff\xc9", 1))
    yield refused("lossless.jpg", plain.replace(b"\xff\xc0", b"\xff\xc3", 1))
    twelve = bytearray(plain)
    twelve[plain.index(b"\xff\xc0") + 4] = 12
    yield refused("twelve bits.jpg", bytes(twelve))
    yield refused("progressive of 49 MP.jpg", jpeg_claiming(7000, 7000, "CMYK", progressive=True))
    yield refused("claims 6000 x 6000.webp", webp_claiming(6_000, 6_000))
    yield refused("truly 6000 x 6000.webp", saved(Image.new("RGB", (6_000, 6_000)), "WEBP", method=0))
    yield refused("unknown mode.png", png(60, 40, bytes(61 * 40), colour=5))
    yield refused("seventeen bits.png", png(60, 40, bytes(61 * 40), bits=17, colour=0))
    yield refused("narrow.png", png(400, 2, bytes(401 * 2), colour=0))
    yield either("too few rows.png", png(60, 40, bytes(61 * 3), colour=0))  # a whole stream, only shorter
    yield refused("frame of 65535.gif", b"GIF89a" + struct.pack("<HHB", 9, 9, 0) + b"\0\0," + b"\xff" * 8 + bytes(9))
    yield refused("no picture.gif", saved(scene(), "GIF")[:13] + bytes(768) + b";")
    whole = bytearray(saved(scene(), "BMP"))
    for name, at, number in (("huge", 18, 30_000), ("negative width", 18, -60), ("odd bits", 28, 7)):
        changed = whole.copy()
        changed[at : at + 4] = struct.pack("<i", number)
        yield refused(f"{name}.bmp", bytes(changed))


def _tiff_numbers() -> Iterator[OddFile]:
    deep = {258: ("H", (16,) * 4), 277: ("H", (4,)), 259: ("H", (8,))}
    many = {256: ("H", (300,)), 257: ("H", (300,)), 273: None, 279: None}
    changes = {
        "huge": {256: ("I", (2**31,))},
        "without width": {256: None},
        "width of two kinds": {256: ("Q", (2**63,))},
        "rows of none": {278: ("I", (0,))},
        "strips beyond the end": {273: ("I", (10**9,))},
        "overlapping strips": {278: ("I", (1,)), 273: ("I", (16,) * 40), 279: ("I", (7000,) * 40)},
        "too few strips": {278: ("I", (1,)), 273: ("I", (16,) * 4), 279: ("I", (180,) * 4)},
        "too few strips without lengths": {278: ("I", (1,)), 273: ("I", (16,) * 4), 279: None},
        "ninety thousand tiles": many | {322: ("H", (1,)), 323: ("H", (1,)), 324: ("I", (16,) * 90_000)},
        "deep strip of 49 MP": deep | {256: ("H", (7000,)), 257: ("H", (7000,)), 278: ("H", (7000,))},
        "rare compression": {259: ("H", (50_001,))},
        "unknown compression": {259: ("H", (12_345,))},
        "300 samples": {277: ("H", (300,)), 258: ("H", (8,) * 300)},
        "preview": {254: ("I", (1,))},
        "raw": {50706: ("B", (1, 4, 0, 0))},
        "huge tile": {273: None, 279: None, 322: ("I", (2**20,)), 323: ("I", (2**20,)), 324: ("I", (16,))},
    }
    for name, change in changes.items():
        yield refused(f"{name}.tif", plain_tiff(change))
    inside = saved(scene(), "JPEG", progressive=True)
    sizes = {256: ("H", (60,)), 257: ("H", (40,)), 258: ("H", (8, 8, 8)), 259: ("H", (7,)), 262: ("H", (6,))}
    strip = {273: ("I", (16,)), 277: ("H", (3,)), 278: ("H", (40,)), 279: ("I", (len(inside),))}
    yield refused("progressive inside.tif", tiff(sizes | strip, inside))
