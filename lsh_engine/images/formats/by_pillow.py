"""WebP, BMP and GIF: Pillow reads their headers; what it would take too long for or too much memory is refused."""

import io
import struct

from PIL import BmpImagePlugin, GifImagePlugin, ImageFile, WebPImagePlugin

from .base import MAX_PARTS, CleanFile, check_limits, ends_early, too_many_parts, unsupported
from .exif import orientation

# Pillow's classes, not Image.open, which warns of sizes before they can be refused
_OPENED: dict[str, type[ImageFile.ImageFile]] = {
    "WebP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
_BYTES_PER_PIXEL = {"WebP": 16, "BMP": 8, "GIF": 8}  # WebP: two canvases, the decoded bytes and the picture
_RUN_LENGTH = (1, 2)  # compressions of BMP whose decoder is slow
_MAX_RUN_LENGTH_PIXELS, _MAX_RUN_LENGTH_BYTES = 4_000_000, 2_000_000


def clean(kind: str, data: bytes) -> CleanFile:
    """The file as it is: its metadata ends with decoding. ImageError where it breaks a limit."""
    if kind == "WebP" and len(data) < 8 + int.from_bytes(data[4:8], "little"):
        raise ends_early(kind)
    if kind == "GIF":
        _check_blocks(data)
    with _OPENED[kind](io.BytesIO(data)) as image:
        size, info = image.size, image.info
    check_limits(kind, *size, bytes_per_pixel=_BYTES_PER_PIXEL[kind])
    too_long = size[0] * size[1] > _MAX_RUN_LENGTH_PIXELS or len(data) > _MAX_RUN_LENGTH_BYTES
    if info.get("compression") in _RUN_LENGTH and too_long:
        raise unsupported(kind, "a large run-length coded one")
    return CleanFile(format=kind, data=data, size=size, orientation=orientation(info.get("exif", b"")))


def _check_blocks(gif: bytes) -> None:
    """ImageError for a size beyond the limits, which Pillow begins to draw on as it opens the file, and where more
    comments and extensions come before the first frame than it reads in a second.
    """
    check_limits("GIF", *struct.unpack_from("<HH", gif, 6))
    position, inside = 13 + (3 << (gif[10] & 7) + 1 if gif[10] & 0x80 else 0), False
    for _ in range(MAX_PARTS):
        if position >= len(gif):
            raise ends_early("GIF")
        if inside:  # a block of the extension; an empty one ends it
            inside = gif[position] > 0
            position += 1 + gif[position]
        elif gif[position] == ord("!"):
            inside = True
            position += 2
        else:
            return
    raise too_many_parts("GIF")
