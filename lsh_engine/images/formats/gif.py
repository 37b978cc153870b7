"""GIF: from the header straight to the first frame, past comments and extensions."""

import struct

from .base import MAX_PARTS, CleanFile, check_limits, damaged, ends_early, too_many_parts

_EXTENSION, _IMAGE = 0x21, 0x2C
_GRAPHIC_CONTROL = 0xF9  # holds the transparent colour


def clean(data: bytes) -> CleanFile:
    """The GIF from its first frame on, without comments. ImageError where it breaks a limit."""
    if len(data) < 13:
        raise ends_early("GIF")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    check_limits("GIF", width, height)
    position = 13 + _palette_bytes(flags)
    parts, budget = [data[:position]], MAX_PARTS
    while position < len(data) and data[position] == _EXTENSION:
        end, budget = _extension_end(data, position, budget)
        if data[position + 1] == _GRAPHIC_CONTROL:
            parts.append(data[position:end])
        position = end
    if position + 10 > len(data):
        raise ends_early("GIF")
    if data[position] != _IMAGE:
        raise damaged("GIF")
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, position + 1)
    size = max(width, left + frame_width), max(height, top + frame_height)
    check_limits("GIF", *size)
    parts.append(memoryview(data)[position:])
    return CleanFile(format="GIF", data=b"".join(parts), size=size)


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _extension_end(data: bytes, position: int, budget: int) -> tuple[int, int]:
    """(where the extension at `position` ends, how many blocks may still come)."""
    position += 2
    while position < len(data) and data[position]:
        position += 1 + data[position]
        budget -= 1
        if budget <= 0:
            raise too_many_parts("GIF")
    if position >= len(data):
        raise ends_early("GIF")
    return position + 1, budget - 1
