"""EXIF: all eight ways to lie on the side, in every format that has them, and blocks that loop, flood or lie."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.picture_builders import jpeg_segment, png, png_chunk, saved, scene

from .file import EXACT, LOSSY, OddFile, shows

STORED_AS = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # orientation -> Transpose that undoes it
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif"}
SECRET = "SECRET PLACE"


def turned(orientation: int) -> Image.Image:
    """The scene as a camera stores it that notes `orientation`."""
    undo = STORED_AS[orientation]
    return scene() if undo is None else scene().transpose(Image.Transpose(undo))


def with_place(orientation: int = 1) -> Image.Exif:
    """What a phone notes: which way is up, where it was, and whose it is."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x9C9D] = orientation, SECRET, SECRET.encode("utf-16-le")
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (48.0, 12.0, 30.0), "E", (16.0, 22.0, 0.0)
    return exif


def rotations() -> Iterator[OddFile]:
    """32 files with GPS that must come out as the scene."""
    for kind, suffix in FORMATS.items():
        for orientation in range(1, 9):
            options = {"quality": 95} if suffix in ("jpg", "webp") else {}
            data = saved(turned(orientation), kind, exif=with_place(orientation), **options)
            lossy = suffix in ("jpg", "webp")
            yield shows(f"orientation {orientation}.{suffix}", data, tolerance=LOSSY if lossy else EXACT)


def blocks() -> dict[str, bytes]:
    """EXIF blocks that say nothing of use: the picture must come out as it lies."""
    head, entry = b"MM\0*\0\0\0\x08", struct.Struct(">HHII")
    one = struct.pack(">H", 1)
    return {
        "empty": b"",
        "cut in the head": b"MM\0*",
        "no order": b"XX\0*\0\0\0\x08" + bytes(99),
        "starts beyond the end": b"MM\0*\xff\xff\xff\xf0",
        "directory at itself": head + one + entry.pack(0x8769, 4, 1, 8) + struct.pack(">I", 8),
        "next is itself": head + one + entry.pack(0x0110, 2, 4, 0) + struct.pack(">I", 8),
        "GPS at itself": head + one + entry.pack(0x8825, 4, 1, 8) + struct.pack(">I", 8),
        "65535 entries": head + b"\xff\xff" + bytes(600),
        "four billion values": head + one + entry.pack(0x010E, 2, 2**32 - 1, 8) + bytes(4),
        "orientation 0": head + one + struct.pack(">HHIHH", 0x0112, 3, 1, 0, 0) + bytes(4),
        "orientation 9": head + one + struct.pack(">HHIHH", 0x0112, 3, 1, 9, 0) + bytes(4),
        "orientation in words": head + one + struct.pack(">HHI4s", 0x0112, 2, 4, b"six\0") + bytes(4),
        "orientation of a million": head + one + entry.pack(0x0112, 4, 1, 1_000_000) + bytes(4),
        "thumbnail of 4 GB": head
        + struct.pack(">H", 2)
        + entry.pack(0x0201, 4, 1, 8)
        + entry.pack(0x0202, 4, 1, 2**32 - 1),
    }


def strange_blocks() -> Iterator[OddFile]:
    plain = saved(scene(), "JPEG")
    flat = bytes(61 * 40)
    for name, block in blocks().items():
        segment = jpeg_segment(0xE1, b"Exif\0\0" + block)
        yield shows(f"exif {name}.jpg", plain[:2] + segment + plain[2:], tolerance=LOSSY)
        data = png(60, 40, flat, colour=0, extra=png_chunk(b"eXIf", block))
        yield shows(f"exif {name}.png", data, lambda: Image.new("RGB", (60, 40)))
    flood = jpeg_segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff") * 5_000
    yield shows("exif flood.jpg", plain[:2] + flood + plain[2:], tolerance=LOSSY)
    for order, mark in ((">", b"MM\0*"), ("<", b"II*\0")):
        block = mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, 3, 0, 0)
        data = saved(turned(3), "JPEG", exif=b"Exif\0\0" + block)
        yield shows(f"orientation in {mark[:2].decode()}.jpg", data, tolerance=LOSSY)
