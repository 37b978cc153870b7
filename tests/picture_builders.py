"""Picture files made on the spot, among them those that Pillow does not write."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def saved(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.copy().save(out, kind, **options)  # a copy: saving leaves marks on an image
    return out.getvalue()


RED, GREEN, BLUE, YELLOW = COLOURS = ((230, 20, 20), (20, 200, 20), (20, 20, 230), (230, 220, 20))


def scene(width: int = 60, height: int = 40) -> Image.Image:
    """Red, green, blue and yellow corners (left to right, then down), a little noise."""
    pixels = np.zeros((height, width, 3), np.int16)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:] = RED, GREEN
    pixels[top:, :left], pixels[top:, left:] = BLUE, YELLOW
    noise = np.random.default_rng(0).integers(-4, 5, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Colours near the four corners: left to right, then down."""
    w, h = image.size
    return [image.getpixel((x, y)) for y in (h // 5, h * 4 // 5) for x in (w // 5, w * 4 // 5)]


def assert_is_the_scene(image: Image.Image, tolerance: int = 12) -> None:
    assert image.mode == "RGB" and image.size == (60, 40)
    np.testing.assert_allclose(corners(image), COLOURS, atol=tolerance)


def png(width: int, height: int, rows: bytes, bits: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    """A PNG of the claimed size; `rows` is the uncompressed data, `extra` whole chunks before it."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def tiff(entries: dict[int, tuple[str, tuple]], data: bytes = b"", order: str = "<", big: bool = False) -> bytes:
    """A TIFF of one directory. entries: tag -> (struct code, numbers); `data` starts at byte 16."""
    kinds = {"B": 1, "H": 3, "I": 4, "Q": 16}
    pointer = "Q" if big else "I"
    place, field = 16 + len(data), struct.calcsize(pointer)
    table, outside = b"", b""
    outside_at = place + (16 if big else 6) + len(entries) * (20 if big else 12)
    for tag, (code, numbers) in sorted(entries.items()):
        value = struct.pack(f"{order}{len(numbers)}{code}", *numbers)
        if len(value) > field:
            outside += value
            value = struct.pack(order + pointer, outside_at + len(outside) - len(value))
        table += struct.pack(f"{order}HH{pointer}", tag, kinds[code], len(numbers)) + value.ljust(field, b"\0")
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, place) if big else (42, place)))
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    return (mark + head).ljust(16, b"\0") + data + count + table + struct.pack(order + pointer, 0) + outside


def plain_tiff(changes: dict | None = None, **options) -> bytes:
    """60 x 40 RGB, one uncompressed strip; `changes` replaces entries, None drops one."""
    data = scene().tobytes()
    entries = {
        256: ("H", (60,)),
        257: ("H", (40,)),
        258: ("H", (8, 8, 8)),
        259: ("H", (1,)),
        262: ("H", (2,)),
    }
    entries |= {273: ("I", (16,)), 277: ("H", (3,)), 278: ("H", (40,)), 279: ("I", (len(data),))}
    entries |= changes or {}
    return tiff({tag: entry for tag, entry in entries.items() if entry}, data, **options)


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_claiming(width: int, height: int, mode: str = "RGB", progressive: bool = False) -> bytes:
    """A whole small JPEG whose header claims another size."""
    data = bytearray(saved(scene().convert(mode), "JPEG", progressive=progressive))
    place = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def scan_bomb(scans: int = 2_000) -> bytes:
    """A progressive JPEG that repeats its last scan."""
    data = saved(scene(800, 600), "JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * scans + b"\xff\xd9"


def gif_comments(count: int) -> bytes:
    data = saved(scene().convert("P"), "GIF")
    header_end = 13 + (3 << (data[10] & 7) + 1)
    return data[:header_end] + b"!\xfe" + b"\1x" * count + b"\0" + data[header_end:]


def webp_claiming(width: int, height: int) -> bytes:
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + saved(scene(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bmp(width: int, height: int, bits: int, compression: int, rest: bytes, header_bytes: int = 40) -> bytes:
    """A BMP; `rest` is what follows the first 40 bytes of its header: masks or palette, then pixels."""
    start = 14 + header_bytes + (12 if bits == 8 else 0)
    sizes = struct.pack("<IHHIIiiHHI", 0, 0, 0, start, header_bytes, width, height, 1, bits, compression)
    return b"BM" + sizes + struct.pack("<IiiII", 0, 0, 0, 3 if bits == 8 else 0, 0) + rest
