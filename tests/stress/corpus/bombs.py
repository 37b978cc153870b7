"""Small files that would grow: scans, compressed text, profiles, comments, chunks, strips."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.picture_builders import (
    bmp,
    gif_comments,
    jpeg_segment,
    plain_tiff,
    png,
    png_chunk,
    saved,
    scan_bomb,
    scene,
    tiff,
)

from .file import LOSSY, OddFile, either, refused, shows

FLAT = bytes(61 * 40)  # the rows of a black PNG of 60 x 40


def black() -> Image.Image:
    return Image.new("RGB", (60, 40))


def bombs() -> Iterator[OddFile]:
    plain = saved(scene(), "JPEG")
    yield refused("scan bomb.jpg", scan_bomb())
    yield refused("101 scans.jpg", scan_bomb(92))  # on top of the ten that a progressive picture has
    yield either("ninety scans.jpg", scan_bomb(80))
    yield refused("padding flood.jpg", plain[:-2] + b"\xff" * 2_000 + plain[-2:])
    yield refused("segment flood.jpg", plain[:2] + jpeg_segment(0xFE, b"") * 200_000 + plain[2:])
    for name, marker in (("comments", 0xFE), ("XMP", 0xE1), ("profile", 0xE2), ("Photoshop", 0xED)):
        megabytes = jpeg_segment(marker, b"x" * 65_000) * 280
        yield shows(f"18 MB of {name}.jpg", plain[:2] + megabytes + plain[2:], tolerance=LOSSY)
    yield refused("too heavy.jpg", plain + bytes(20 * 2**20))
    yield refused("comment flood.gif", gif_comments(1_000_000))
    yield refused("long run lengths.bmp", bmp(3_000, 3_000, 8, 1, bytes(99)))
    yield from _png()
    yield from _tiff()


def _png() -> Iterator[OddFile]:
    long_text = zlib.compress(bytes(60_000_000), 9)
    for kind in (b"zTXt", b"iCCP"):
        extra = png_chunk(kind, b"name\0\0" + long_text) * 20
        yield shows(f"{kind.decode()} bomb.png", png(60, 40, FLAT, colour=0, extra=extra), black)
    text = png_chunk(b"iTXt", b"name\0\1\0\0\0" + zlib.compress(b"\xff" * 1_000_000)) * 2_000
    yield shows("iTXt bomb.png", png(60, 40, FLAT, colour=0, extra=text), black)
    yield shows("18 MB of text.png", png(60, 40, FLAT, colour=0, extra=png_chunk(b"tEXt", b"x" * 18_000_000)), black)
    yield refused("chunk flood.png", png(60, 40, FLAT, colour=0, extra=png_chunk(b"teXt", b"") * 200_000))
    yield refused("wrong sum.png", png(60, 40, FLAT, colour=0)[:-13] + b"?" + png_chunk(b"IEND", b""))
    yield either("rows of 200 MB for 60 x 40.png", png(60, 40, bytes(200_000_000), colour=0))
    body = zlib.compress(FLAT)
    bytewise = b"".join(png_chunk(b"IDAT", body[i : i + 1]) for i in range(len(body)))
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 40, 8, 0, 0, 0, 0))
    yield shows("a byte a chunk.png", start + bytewise + png_chunk(b"IEND", b""), black)
    yield refused("60,000 empty chunks.png", start + png_chunk(b"IDAT", b"") * 60_000 + bytewise)
    palette = png_chunk(b"PLTE", bytes(768)) * 20_000
    yield shows("twenty thousand palettes.png", png(60, 40, FLAT, colour=3, extra=palette), black)
    yield refused("palette of 9 kB.png", png(60, 40, FLAT, colour=3, extra=png_chunk(b"PLTE", bytes(9_000))))


def _tiff() -> Iterator[OddFile]:
    """Strips that unpack to far more than the picture they claim to be."""
    for name, compression in (("deflate", 8), ("old deflate", 32946)):
        strip = zlib.compress(bytes(200_000_000), 9)
        yield either(f"{name} bomb.tif", _strip(compression, strip))
    yield either("PackBits bomb.tif", _strip(32773, b"\x81\0" * 400_000))
    yield either("LZW of noise.tif", _strip(5, bytes(range(256)) * 400))
    yield either("fax of noise.tif", _strip(4, bytes(range(256)) * 400, bits=1))
    rows = {278: ("I", (1,)), 273: ("I", tuple(16 + 180 * row for row in range(40))), 279: ("I", (180,) * 40)}
    yield shows("a row a strip.tif", plain_tiff(rows))
    notes = {tag: ("B", tuple(bytes(2_000))) for tag in range(40_000, 40_900)}
    yield shows("nine hundred notes.tif", plain_tiff(notes))
    yield refused("two thousand notes.tif", plain_tiff({tag: ("B", (1,)) for tag in range(40_000, 42_000)}))


def _strip(compression: int, strip: bytes, bits: int = 8) -> bytes:
    sizes = {256: ("H", (60,)), 257: ("H", (40,)), 258: ("H", (bits,)), 259: ("H", (compression,))}
    place = {262: ("H", (1,)), 273: ("I", (16,)), 277: ("H", (1,)), 278: ("H", (40,)), 279: ("I", (len(strip),))}
    return tiff(sizes | place, strip)
