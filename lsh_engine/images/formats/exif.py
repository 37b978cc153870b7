"""The one thing we read from a camera's metadata: which way is up."""

import struct

_ORIENTATION = 0x0112
_SHORT, _LONG = 3, 4


def orientation(block: bytes | memoryview) -> int:
    """EXIF orientation 1..8 of an EXIF block (with or without its `Exif` prefix); 1 where there is none."""
    tiff = bytes(block).removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (n_entries,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(n_entries):
            tag, kind, _, value = struct.unpack_from(order + "HHI4s", tiff, start + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return checked({_SHORT: "H", _LONG: "I"}.get(kind), order, value)
    except struct.error:  # the block ends early
        pass
    return 1


def checked(code: str | None, order: str, value: bytes) -> int:
    """The orientation in a directory entry's value field; 1 unless it is a number from 1 to 8."""
    number = struct.unpack_from(order + code, value)[0] if code else 1
    return number if 1 <= number <= 8 else 1
