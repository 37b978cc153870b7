"""PNG: walk the chunks, keep those that hold the picture, check their sums."""

import struct
import zlib
from collections.abc import Iterator

from .base import MAX_PARTS, CleanFile, check_limits, damaged, ends_early, too_many_parts, unsupported
from .exif import orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = {b"IHDR": 13, b"PLTE": 768, b"tRNS": 256}  # of the chunks that come once
_GREY, _RGB = 0, 2  # colour types that may name one transparent colour


def clean(data: bytes) -> CleanFile:
    """The PNG, of an animation its still picture, without text, profile and EXIF.

    Compressed text and profiles are never unpacked, so they cannot grow. ImageError where it breaks a limit.
    """
    parts: list[bytes | memoryview] = [SIGNATURE]
    seen: set[bytes] = set()
    up, header = 1, b""
    for kind, body, chunk in _chunks(data):
        if not header and kind != b"IHDR":
            raise unsupported("PNG", "an Apple one") if kind == b"CgBI" else damaged("PNG")
        if kind == b"eXIf":
            up = orientation(body)
        if kind != b"IDAT" and (kind not in _MOST_BYTES or kind in seen):
            continue
        if len(body) > _MOST_BYTES.get(kind, len(body)) or not _sum_is_right(chunk):
            raise damaged("PNG")
        if kind == b"IHDR":
            header = _checked_header(body)
        parts.append(_comparable(body, *header[8:10]) if kind == b"tRNS" else chunk)
        seen.add(kind)
    if b"IDAT" not in seen:
        raise damaged("PNG")
    parts.append(_chunk(b"IEND", b""))
    size = struct.unpack_from(">II", header)
    return CleanFile(format="PNG", data=b"".join(parts), size=size, orientation=up)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    """(kind, body, whole chunk) of every chunk before the end mark."""
    view, position = memoryview(data), len(SIGNATURE)
    for _ in range(MAX_PARTS):
        if position + 12 > len(data):
            raise ends_early("PNG")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if not kind.isalpha():
            raise damaged("PNG")
        if end > len(data):
            raise ends_early("PNG")
        if kind == b"IEND":
            return
        yield kind, view[position + 8 : end - 4], view[position:end]
        position = end
    raise too_many_parts("PNG")


def _checked_header(body: memoryview) -> bytes:
    if len(body) < 13:
        raise damaged("PNG")
    check_limits("PNG", *struct.unpack_from(">II", body))
    return bytes(body)


def _comparable(transparent: memoryview, bits: int, colour: int) -> bytes:
    """The tRNS chunk in the levels the decoder compares it with: 8 bits, where it is a colour."""
    levels = list(struct.unpack(f">{len(transparent) // 2}H", transparent[: len(transparent) // 2 * 2]))
    if colour == _GREY and bits in (2, 4):
        levels = [level % 2**bits * 255 // (2**bits - 1) for level in levels]
    elif colour == _RGB and bits == 16:
        levels = [level >> 8 for level in levels]
    else:
        return _chunk(b"tRNS", bytes(transparent))
    return _chunk(b"tRNS", b"".join(level.to_bytes(2) for level in levels))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _sum_is_right(chunk: memoryview) -> bool:
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:])
