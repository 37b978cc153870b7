"""WebP: walk the RIFF chunks, keep the picture or the first frame."""

import struct
from collections.abc import Iterator

from .base import MAX_PARTS, CleanFile, check_limits, damaged, ends_early, too_many_parts
from .exif import orientation

_PICTURE = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
_ALPHA_AND_ANIMATION = 0x12  # flags of VP8X that speak of chunks we keep
_BYTES_PER_PIXEL = 16  # two canvases, the decoded bytes and the picture


def clean(data: bytes) -> CleanFile:
    """The WebP, of an animation its first frame, without metadata. ImageError where it breaks a limit."""
    parts, seen, size, up = [b"WEBP"], set(), None, 1
    for kind, body in _chunks(data):
        if size is None:
            size = _size(kind, body)
            check_limits("WebP", *size, bytes_per_pixel=_BYTES_PER_PIXEL)
        if kind == b"EXIF":
            up = orientation(body)
        if kind in _PICTURE and kind not in seen:
            seen.add(kind)
            if kind == b"VP8X":
                body = bytes([body[0] & _ALPHA_AND_ANIMATION]) + bytes(body[1:])
            parts += (struct.pack("<4sI", kind, len(body)), body, b"\0" * (len(body) % 2))
    if size is None:
        raise ends_early("WebP")
    picture = b"".join(parts)
    clean_data = struct.pack("<4sI", b"RIFF", len(picture)) + picture
    return CleanFile(format="WebP", data=clean_data, size=size, orientation=up)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """(kind, body) of every chunk up to where the file says it ends."""
    view, position, file_end = memoryview(data), 12, 8 + int.from_bytes(data[4:8], "little")
    if file_end > len(data):
        raise ends_early("WebP")
    for _ in range(MAX_PARTS):
        if position + 8 > file_end:
            return
        kind, length = struct.unpack_from("<4sI", data, position)
        end = position + 8 + length
        if end > file_end:
            raise ends_early("WebP")
        yield kind, view[position + 8 : end]
        position = end + length % 2
    raise too_many_parts("WebP")


def _size(kind: bytes, body: memoryview) -> tuple[int, int]:
    """Width and height from the first chunk of the file."""
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise damaged("WebP")
