"""JPEG: walk the marker segments, keep what a decoder needs, count the scans."""

import re
from collections.abc import Iterator

from ...core.errors import ImageError
from .base import (
    MAX_JPEG_SCANS,
    MAX_PARTS,
    MAX_SCANNED_PIXELS,
    CleanFile,
    check_limits,
    damaged,
    ends_early,
    too_many_parts,
    unsupported,
)
from .exif import orientation

# In compressed data FF 00 is an escaped byte and FF D0..D7 a restart: neither ends a scan.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_FILL = b"\xff" * 1024  # no encoder pads like this, and a decoder reads it over and over
_SOI, _EOI, _SOS, _TEM, _APP1 = 0xD8, 0xD9, 0xDA, 0x01, 0xE1
_PROGRESSIVE = 0xC2
_FRAMES = {0xC0, 0xC1, _PROGRESSIVE}
_RARE_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_TABLES = {0xC4, 0xDB, 0xDC, 0xDD}  # Huffman, quantisation, number of lines, restart interval
_COLOUR = {0xE0: b"JFIF", 0xEE: b"Adobe"}  # say which colour transform was used


def clean(data: bytes) -> CleanFile:
    """The JPEG (or the first picture of an MPO) without metadata. ImageError where it breaks a limit."""
    parts: list[bytes | memoryview] = [b"\xff\xd8"]
    frame: _Frame | None = None
    scans, up = 0, None
    for marker, body, segment in _segments(data):
        if marker in _RARE_FRAMES:
            raise unsupported("JPEG", "a lossless, arithmetic or hierarchical one")
        if marker in _FRAMES and frame is None:
            frame = _Frame(marker, body)
        elif marker in _FRAMES:
            raise damaged("JPEG")
        elif marker == _SOS:
            if frame is None:
                raise damaged("JPEG")
            scans += 1
            frame.check_scans(scans)
        elif marker == _APP1 and body[:6] == b"Exif\0\0" and up is None:
            up = orientation(body)
        names_colour = marker in _COLOUR and bytes(body[:5]).startswith(_COLOUR[marker])
        if names_colour or marker in _FRAMES | _TABLES | {_SOS}:
            parts.append(segment)
    if frame is None or scans == 0:
        raise damaged("JPEG")
    frame.check_memory(scans)
    picture = b"".join([*parts, b"\xff\xd9"])
    if _FILL in picture:
        raise damaged("JPEG")
    return CleanFile(format="JPEG", data=picture, size=frame.size, orientation=up or 1)


class _Frame:
    """The frame header: bits, height, width, number of channels."""

    def __init__(self, marker: int, body: memoryview) -> None:
        if len(body) < 6:
            raise damaged("JPEG")
        height, width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
        check_limits("JPEG", width, height)
        if body[0] != 8 or body[5] not in (1, 3, 4):
            raise unsupported("JPEG", f"{body[0]} bits and {body[5]} channels")
        self.size, self.n_channels, self.progressive = (width, height), body[5], marker == _PROGRESSIVE

    def check_scans(self, scans: int) -> None:
        if scans > MAX_JPEG_SCANS or scans * self.size[0] * self.size[1] > MAX_SCANNED_PIXELS:
            raise ImageError(f"expected a JPEG of few scans, got {scans} or more; save it as plain JPEG or PNG")

    def check_memory(self, scans: int) -> None:
        """A picture of several scans keeps all its coefficients, 2 bytes each, until the last one."""
        kept = 2 * self.n_channels if self.progressive or scans > 1 else 4
        check_limits("JPEG", *self.size, bytes_per_pixel=4 + kept)


def _segments(data: bytes) -> Iterator[tuple[int, memoryview, memoryview]]:
    """(marker, body, whole segment with the compressed data after it) up to the end mark."""
    view, position = memoryview(data), 2
    for _ in range(MAX_PARTS):
        marker, start = _next_marker(data, position)
        if marker == _EOI:
            return
        if marker in (_SOI, _TEM):  # stand alone
            position = start + 2
            continue
        length = int.from_bytes(data[start + 2 : start + 4])
        end = start + 2 + length
        if end > len(data):
            raise ends_early("JPEG")
        if length < 2:
            raise damaged("JPEG")
        position = _next_marker(data, end)[1] if marker == _SOS else end
        yield marker, view[start + 4 : end], view[start:position]
    raise too_many_parts("JPEG")


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """(marker, its place) of the first marker at or after `position`; ImageError at the end of the file."""
    found = _MARKER.search(data, position)
    if found is None:
        raise ends_early("JPEG")
    return data[found.start() + 1], found.start()
