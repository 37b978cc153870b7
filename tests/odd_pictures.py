"""Bad and odd picture files: what a loader must open, must refuse, or may do either with."""

import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from picture_builders import (
    bmp,
    gif_comments,
    jpeg_claiming,
    jpeg_segment,
    plain_tiff,
    png,
    png_chunk,
    saved,
    scan_bomb,
    scene,
    tiff,
    webp_claiming,
)
from PIL import Image

PICTURE, REFUSED, EITHER = "picture", "refused", "either"

HOSTILE_NAMES = (
    "",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/shadow",
    "/dev/zero",
    "/dev/stdin",
    "nul\0byte.png",
    "\\\\server\\share\\x.png",
    "CON",
    "x" * 300,
    "x/" * 3000,
    "**bold**[link](http://example.com).png",
    "<img src=x onerror=alert(1)>.png",
    "=1+1.png",
    "+1.png",
    "-rf.png",
    "@sum.png",
    "line\nbreak.png",
    "\ud800.png",
    "~root/x.png",
    "$HOME/x.png",
    "file:///etc/passwd",
    "http://example.com/x.png",
)


def whole_pictures() -> Iterator[tuple[str, bytes]]:
    """One valid file of every format and mode we promise to open."""
    rgb = scene()
    alpha = rgb.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(rgb.size))
    deep = Image.fromarray(np.linspace(0, 65535, 2400).reshape(40, 60).astype(np.uint16))
    modes = {"L": rgb.convert("L"), "1": rgb.convert("1"), "P": rgb.convert("P"), "RGB": rgb, "I16": deep}
    modes |= {"RGBA": alpha, "LA": alpha.convert("LA"), "CMYK": rgb.convert("CMYK")}
    writes = {
        "jpg": ("JPEG", "L RGB CMYK"),
        "png": ("PNG", "L 1 P RGB RGBA LA I16"),
        "webp": ("WEBP", "L RGB RGBA"),
        "bmp": ("BMP", "L 1 P RGB RGBA"),
        "gif": ("GIF", "L 1 P RGB RGBA"),
        "tif": ("TIFF", "L 1 P RGB RGBA LA I16 CMYK"),
    }
    for suffix, (kind, names) in writes.items():
        for name in names.split():
            yield f"{name}.{suffix}", saved(modes[name], kind)
    for mode in ("I", "F", "LAB", "YCbCr"):
        whole = Image.new(mode, (60, 40), 90 if mode in "IF" else (90, 128, 128))
        yield f"{mode}.tif", saved(whole, "TIFF")
    for kind, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("BMP", "bmp"), ("GIF", "gif")):
        yield f"one pixel.{suffix}", saved(rgb.resize((1, 1)), kind)
    for kind, suffix in (("MPO", "mpo"), ("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png"), ("TIFF", "tif")):
        later = [Image.new("RGB", rgb.size, "black"), Image.new("RGB", rgb.size, "white")]
        yield f"animated.{suffix}", saved(rgb, kind, save_all=True, append_images=later)
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield f"{packing}.tif", saved(rgb, "TIFF", compression=packing)
    yield "progressive.jpg", saved(rgb, "JPEG", progressive=True)
    yield "group4.tif", saved(rgb.convert("1"), "TIFF", compression="group4")
    yield "big-endian.tif", plain_tiff(order=">")
    yield "bigtiff.tif", plain_tiff(big=True)
    yield "no strip lengths.tif", plain_tiff({279: None})


def odd_pictures() -> Iterator[tuple[str, bytes, str]]:
    """(name, bytes, PICTURE | REFUSED | EITHER) of every file, the same on every run."""
    good = dict(whole_pictures())
    for name, data in good.items():
        yield name, data, PICTURE
    jpeg, flat = good["RGB.jpg"], bytes(61 * 40)
    for name, data in good.items():
        yield f"trailing bytes after {name}", data + b"\xff\xd8 more" * 50, PICTURE
    yield "a JPEG named.png", jpeg, PICTURE
    long_text = zlib.compress(bytes(60_000_000), 9)
    for kind in (b"zTXt", b"iCCP"):
        extra = png_chunk(kind, b"name\0\0" + long_text) * 20
        yield f"{kind.decode()} bomb.png", png(60, 40, flat, colour=0, extra=extra), PICTURE
    text = png_chunk(b"iTXt", b"name\0\1\0\0\0" + zlib.compress(b"\xff" * 1_000_000)) * 2_000
    yield "iTXt bomb.png", png(60, 40, flat, colour=0, extra=text), PICTURE
    exif = jpeg_segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff") * 5_000
    yield "exif flood.jpg", jpeg[:2] + exif + jpeg[2:], PICTURE
    yield "too few rows.png", png(60, 40, bytes(61 * 3), colour=0), EITHER  # a whole stream, only shorter
    yield from _refused(jpeg)
    yield from _broken(good)


def _refused(jpeg: bytes) -> Iterator[tuple[str, bytes, str]]:
    starts = {
        "empty.jpg": b"",
        "one byte.jpg": b"\xff",
        "text.jpg": b"no picture at all\n" * 20,
        "page.png": b"<!DOCTYPE html><p>404",
        "drawing.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "paper.pdf": b"%PDF-1.7\n" + bytes(99),
        "phone.heic": b"\0\0\0\x18ftypheic" + bytes(99),
        "new.avif": b"\0\0\0\x18ftypavif" + bytes(99),
        "film.mp4": b"\0\0\0\x18ftypisom" + bytes(99),
        "layers.psd": b"8BPS" + bytes(99),
        "wavelets.jp2": b"\0\0\0\x0cjP  " + bytes(99),
        "archive.zip": b"PK\3\4" + bytes(99),
        "portable.ppm": b"P6 60 40 255\n" + bytes(7200),
        "BMW.txt": b"BMW is a car" * 9,
        "zeros.png": bytes(10_000),
        "icon.ico": saved(scene(), "ICO"),
        "only a start.jpg": b"\xff\xd8\xff",
        "only a start.png": b"\x89PNG\r\n\x1a\n",
        "only a start.tif": b"II*\0",
        "no scan.jpg": b"\xff\xd8" + jpeg_segment(0xFE, b"hello") + b"\xff\xd9",
        "too heavy.jpg": jpeg + bytes(20 * 2**20),
        "claims 14000 x 12000.jpg": jpeg_claiming(14_000, 12_000),
        "claims 20000 x 1.jpg": jpeg_claiming(20_000, 1),
        "claims no height.jpg": jpeg_claiming(60, 0),
        "two frames.jpg": jpeg[:2] + jpeg[jpeg.index(b"\xff\xc0") :][:19] + jpeg[2:],
        "progressive of 49 MP.jpg": jpeg_claiming(7000, 7000, "CMYK", progressive=True),
        "padding flood.jpg": jpeg[:-2] + b"\xff" * 2_000 + jpeg[-2:],
        "arithmetic.jpg": jpeg.replace(b"\xff\xc0", b"\xff\xc9", 1),
        "scan bomb.jpg": scan_bomb(),
        "segment flood.jpg": jpeg[:2] + jpeg_segment(0xFE, b"") * 200_000 + jpeg[2:],
        "claims 16000 x 16000.png": png(16_000, 16_000, b""),
        "claims 4 billion.png": png(2**32 - 1, 2**32 - 1, b""),
        "claims 16000 x 16000.webp": webp_claiming(16_000, 16_000),
        "claims 6000 x 6000.webp": webp_claiming(6_000, 6_000),
        "chunk flood.png": png(60, 40, bytes(61 * 40), colour=0, extra=png_chunk(b"teXt", b"") * 200_000),
        "wrong sum.png": png(60, 40, bytes(61 * 40), colour=0)[:-13] + b"?" + png_chunk(b"IEND", b""),
        "narrow.png": png(400, 2, bytes(401 * 2), colour=0),
        "unknown mode.png": png(60, 40, bytes(61 * 40), colour=5),
        "comment flood.gif": gif_comments(1_000_000),
        "claims 65535.gif": b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(3) + b",",
        "frame of 65535.gif": b"GIF89a" + struct.pack("<HHB", 9, 9, 0) + b"\0\0," + b"\xff" * 8 + bytes(9),
        "long run lengths.bmp": bmp(3_000, 3_000, 8, 1, bytes(99)),
        "no picture.gif": saved(scene(), "GIF")[:13] + bytes(768) + b";",
    }
    plain = bytearray(saved(scene(), "BMP"))
    for name, at, number in (("huge", 18, 30_000), ("negative width", 18, -60), ("odd bits", 28, 7)):
        changed = plain.copy()
        changed[at : at + 4] = struct.pack("<i", number)
        starts[f"{name}.bmp"] = bytes(changed)
    deep = {258: ("H", (16,) * 4), 277: ("H", (4,)), 259: ("H", (8,))}
    many = {256: ("H", (300,)), 257: ("H", (300,)), 273: None, 279: None}
    inside = saved(scene(), "JPEG", progressive=True)
    starts["progressive inside.tif"] = tiff(
        {256: ("H", (60,)), 257: ("H", (40,)), 258: ("H", (8, 8, 8)), 259: ("H", (7,)), 262: ("H", (6,))}
        | {273: ("I", (16,)), 277: ("H", (3,)), 278: ("H", (40,)), 279: ("I", (len(inside),))},
        inside,
    )
    changes = {
        "huge": {256: ("I", (2**31,))},
        "no width": {256: None},
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
    starts |= {f"{name}.tif": plain_tiff(change) for name, change in changes.items()}
    for name, data in starts.items():
        yield name, data, REFUSED


def _broken(good: dict[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Cut at ten places, then bits flipped: one whole file of each kind."""
    flips = random.Random(0)
    for name in (
        "RGB.jpg",
        "progressive.jpg",
        "RGBA.png",
        "RGB.webp",
        "RGB.bmp",
        "P.gif",
        "tiff_lzw.tif",
        "RGB.tif",
    ):
        data = good[name]
        for tenth in range(10):
            end = len(data) * tenth // 10
            yield f"{name} cut at {end}", data[:end], REFUSED
        for turn in range(20):
            flipped = bytearray(data)
            for _ in range(1 + turn % 3):
                at = flips.randrange(min(len(data), 200 if turn < 10 else len(data)))
                flipped[at] ^= 1 << flips.randrange(8)
            yield f"{name} flipped {turn}", bytes(flipped), EITHER
