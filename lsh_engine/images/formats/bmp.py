"""BMP: read the size, refuse long run-length coded ones (their decoder is slow)."""

import struct

from .base import CleanFile, check_limits, ends_early, unsupported

HEADER_BYTES = {12, 40, 52, 56, 64, 108, 124}
_RUN_LENGTH = {1, 2}
_MAX_RUN_LENGTH_PIXELS, _MAX_RUN_LENGTH_BYTES = 4_000_000, 2_000_000


def clean(data: bytes) -> CleanFile:
    """The BMP as it is: it carries no metadata a decoder reads. ImageError where it breaks a limit."""
    header = int.from_bytes(data[14:18], "little")
    if len(data) < 14 + header:
        raise ends_early("BMP")
    if header == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        compression = 0
    else:
        width, height, _, compression = struct.unpack_from("<iiII", data, 18)
        height = abs(height)  # negative: rows run from the top
    check_limits("BMP", width, height)
    too_long = width * height > _MAX_RUN_LENGTH_PIXELS or len(data) > _MAX_RUN_LENGTH_BYTES
    if compression in _RUN_LENGTH and too_long:
        raise unsupported("BMP", "a large run-length coded one")
    return CleanFile(format="BMP", data=data, size=(width, height))
