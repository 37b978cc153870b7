"""Limits of a picture file, what a cleaned file is, and the words of a refusal."""

from dataclasses import dataclass

from ...core.errors import ImageError

MAX_FILE_BYTES = 20 * 2**20
MAX_PIXELS = 50_000_000
MAX_SIDE = 16_384  # pixels
MAX_ASPECT = 50  # longer side / shorter side
MAX_JPEG_SCANS = 100
MAX_SCANNED_PIXELS = 1_500_000_000  # pixels x scans of one JPEG: the time of a progressive picture
MAX_PARTS = 50_000  # chunks, segments, strips or tiles of one file
MAX_MEMORY = 520_000_000  # bytes a decoder may need at its peak

FORMATS = ("JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "HEIC", "AVIF")


@dataclass(frozen=True, kw_only=True)
class CleanFile:
    """A picture file, checked against every limit and not yet decoded."""

    format: str  # one of FORMATS
    data: bytes  # the same picture; a JPEG, PNG or TIFF has no EXIF, GPS, profile, comment or second page in it
    size: tuple[int, int]  # width, height in pixels as stored, before `orientation`
    orientation: int = 1  # EXIF, 1 to 8
    grey_bits: int = 16  # bits in use where a 16-bit grey picture comes out
    white_is_zero: bool = False  # the decoder leaves dark and light swapped


def check_limits(kind: str, width: int, height: int, bytes_per_pixel: float = 8) -> None:
    """ImageError unless the picture has a size within the limits and fits in memory.

    bytes_per_pixel: what the decoder needs at its peak.
    """
    size = f"got {width} x {height}"
    if width < 1 or height < 1:
        raise ImageError(f"expected a picture with width and height, {size}; choose another file")
    if max(width, height) > MAX_SIDE:
        raise ImageError(f"expected sides of at most {MAX_SIDE} pixels, {size}; make the picture smaller")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(f"expected sides within 1:{MAX_ASPECT} of each other, {size}; crop the picture")
    if width * height > MAX_PIXELS:
        raise ImageError(f"expected at most {MAX_PIXELS // 10**6} megapixels, {size}; make the picture smaller")
    if width * height * bytes_per_pixel > MAX_MEMORY:
        most = int(MAX_MEMORY / bytes_per_pixel / 1e6)
        raise ImageError(f"expected at most {most} megapixels for this kind of {kind}, {size}; make it smaller")


def ends_early(kind: str) -> ImageError:
    return ImageError(f"expected a whole {kind} picture, but the file ends early; copy or export it again")


def damaged(kind: str) -> ImageError:
    return ImageError(f"expected a valid {kind} picture, but the file is damaged; copy or export it again")


def unsupported(kind: str, what: str) -> ImageError:
    return ImageError(f"expected a common {kind} picture, got {what}; save it as plain JPEG or PNG")


def too_many_parts(kind: str) -> ImageError:
    return ImageError(f"expected a {kind} file of at most {MAX_PARTS} parts, got more; export it again")
