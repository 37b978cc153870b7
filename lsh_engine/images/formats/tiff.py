"""TIFF: read the first directory, check every number in it, write a clean one."""

import math
import struct

from . import exif
from .base import MAX_PARTS, CleanFile, check_limits, damaged, ends_early, too_many_parts, unsupported

SIGNATURES = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}
_UNIT = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8}  # type -> bytes
_WHOLE = {1: "B", 3: "H", 4: "I", 16: "Q"}  # type -> struct code of a whole number
_MAX_ENTRIES = 1_000

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 273, 274, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 322, 323, 324, 325
_RAW_VERSION = 50706  # of a camera's DNG
# Besides those above: fill order, fax options, predictor, palette, extra samples, sample format,
# JPEG tables, YCbCr subsampling, position and reference.
_KEPT = {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325}
_KEPT |= {338, 339, 347, 530, 531, 532}
_SINGLE = {256, 257, 259, 262, 266, 277, 278, 284, 292, 293, 317, 322, 323}  # of one number each
_COMPRESSIONS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}  # none, fax, LZW, JPEG, deflate, PackBits
_JPEG, _PROGRESSIVE = 7, b"\xff\xc2"
_MAX_TILE_PIXELS = 2**24


def clean(data: bytes) -> CleanFile:
    """The first page, its data where it was and a new directory at the end: no metadata, no other page.

    ImageError where it breaks a limit.
    """
    directory = _Directory(data)
    if directory.number(_SUBFILE, 0) & 1 or _RAW_VERSION in directory.entries:
        raise unsupported("TIFF", "a camera raw file or a mere preview")
    size = directory.number(_WIDTH, 0), directory.number(_HEIGHT, 0)
    check_limits("TIFF", *size)
    _check_blocks(data, directory, *size)
    bits = directory.numbers(_BITS, (1,))[0]
    entry = directory.entries.get(_ORIENTATION)
    return CleanFile(
        format="TIFF",
        data=directory.rewritten(),
        size=size,
        orientation=exif.checked(_WHOLE.get(entry[0]), directory.order, entry[2]) if entry else 1,
        grey_bits=bits if bits == 12 else 16,
        white_is_zero=directory.number(_PHOTOMETRIC, 0) == 0 and bits in (16, 32),
    )


class _Directory:
    """The first directory of a TIFF or BigTIFF: tag -> (type, count, value field)."""

    def __init__(self, data: bytes) -> None:
        self.data, (self.order, self.big) = data, SIGNATURES[data[:4]]
        self.entry_format = self.order + ("HHQ8s" if self.big else "HHI4s")
        self.entries: dict[int, tuple[int, int, bytes]] = {}
        total = 0
        try:
            (start,) = struct.unpack_from(self.order + ("Q" if self.big else "I"), data, 8 if self.big else 4)
            (n_entries,) = struct.unpack_from(self.order + ("Q" if self.big else "H"), data, start)
            if not 0 < n_entries <= _MAX_ENTRIES:
                raise damaged("TIFF")
            start += 8 if self.big else 2
            step = struct.calcsize(self.entry_format)
            for place in range(start, start + n_entries * step, step):
                tag, *entry = struct.unpack_from(self.entry_format, data, place)
                if tag in _SINGLE and entry[1] != 1:
                    raise damaged("TIFF")
                self.entries.setdefault(tag, tuple(entry))
                if tag in _KEPT or tag in (_SUBFILE, _ORIENTATION):
                    total += self._checked_bytes(*entry)
        except (struct.error, OverflowError):
            raise ends_early("TIFF") from None
        if total > len(data):
            raise damaged("TIFF")

    def _checked_bytes(self, kind: int, count: int, value: bytes) -> int:
        """Bytes outside the entry; ImageError unless they lie inside the file."""
        if kind not in _UNIT or not 0 < count <= 4 * MAX_PARTS:
            raise damaged("TIFF")
        length = count * _UNIT[kind]
        if length <= len(value):
            return 0
        if self._offset(value) + length > len(self.data):
            raise ends_early("TIFF")
        return length

    def _offset(self, value: bytes) -> int:
        return struct.unpack(self.order + ("Q" if self.big else "I"), value)[0]

    def numbers(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Whole numbers of a tag, `default` where it is missing. ImageError where it holds anything else."""
        if tag not in self.entries:
            return default
        kind, count, value = self.entries[tag]
        if kind not in _WHOLE:
            raise damaged("TIFF")
        code = f"{self.order}{count}{_WHOLE[kind]}"
        inside = struct.calcsize(code) <= len(value)
        return struct.unpack_from(code, value if inside else self.data, 0 if inside else self._offset(value))

    def number(self, tag: int, default: int) -> int:
        return self.numbers(tag, (default,))[0]

    def rewritten(self) -> bytes:
        """The file with a new last directory of the kept tags and nothing after it."""
        kept = sorted((tag, *entry) for tag, entry in self.entries.items() if tag in _KEPT)
        count, offset = ("Q", "Q") if self.big else ("H", "I")
        header = 8 if self.big else 4
        padding = len(self.data) % 2
        return b"".join(
            (
                self.data[:header],
                struct.pack(self.order + offset, len(self.data) + padding),
                memoryview(self.data)[2 * header :],
                b"\0" * padding,
                struct.pack(self.order + count, len(kept)),
                *(struct.pack(self.entry_format, *entry) for entry in kept),
                struct.pack(self.order + offset, 0),
            )
        )


def _check_blocks(data: bytes, directory: _Directory, width: int, height: int) -> None:
    """ImageError unless strips or tiles cover the picture once, lie in the file and fit in memory."""
    compression = directory.number(_COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise unsupported("TIFF", "a rare compression")
    tiled = _TILES in directory.entries and _STRIPS not in directory.entries
    if tiled:
        block_width, block_height = directory.number(_TILE_WIDTH, 0), directory.number(_TILE_HEIGHT, 0)
    else:
        block_width, block_height = width, min(directory.number(_ROWS, height), height)
    if min(block_width, block_height) < 1 or (tiled and block_width * block_height > _MAX_TILE_PIXELS):
        raise damaged("TIFF")
    offsets = directory.numbers(_TILES if tiled else _STRIPS)
    lengths = directory.numbers(_TILE_BYTES if tiled else _STRIP_BYTES)
    samples = directory.number(_SAMPLES, 1)
    planes = samples if directory.number(_PLANAR, 1) == 2 else 1
    n_blocks = math.ceil(width / block_width) * math.ceil(height / block_height) * planes
    if n_blocks > MAX_PARTS:
        raise too_many_parts("TIFF")
    if len(offsets) != n_blocks or (lengths and len(lengths) != n_blocks) or not 1 <= samples <= 6:
        raise damaged("TIFF")
    _check_lengths(data, offsets, lengths, compression)
    block_bytes = block_width * block_height * samples / planes * max(directory.numbers(_BITS, (1,))) / 8
    check_limits("TIFF", width, height, bytes_per_pixel=4 + max(4, block_bytes / (width * height)))


def _check_lengths(data: bytes, offsets: tuple, lengths: tuple, compression: int) -> None:
    """ImageError where blocks leave the file, share bytes, or hold a progressive JPEG."""
    if not lengths and compression != 1:
        raise damaged("TIFF")
    blocks = [(start, start + length) for start, length in zip(offsets, lengths, strict=False)]
    if max(offsets) >= len(data) or max((end for _, end in blocks), default=0) > len(data):
        raise ends_early("TIFF")
    if sum(lengths) > len(data):
        raise damaged("TIFF")
    if compression == _JPEG and any(data.find(_PROGRESSIVE, *block) >= 0 for block in blocks):
        raise unsupported("TIFF", "a progressive JPEG inside")
