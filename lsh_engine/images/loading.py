"""The only way a picture enters: bytes or a path -> upright RGB, or one clear error.

A file is checked by `formats` before a decoder sees it, so that neither a claimed size, nor compressed
text, nor a page or frame we do not show can cost time or memory.
"""

import io
import math
import os
import stat

from PIL import ExifTags, Image, ImageOps

from ..core.bounds import check_whole
from ..core.errors import ImageError
from .colour import to_rgb
from .formats import CleanFile, clean
from .formats.base import MAX_FILE_BYTES, MAX_SIDE, damaged, ends_early

_PILLOWS_NAME = {"HEIC": "HEIF"}
Source = bytes | bytearray | memoryview | str | os.PathLike


def load_image(source: Source, max_side: int | None = None) -> Image.Image:
    """The picture in `source` (a file's bytes or its path): RGB, upright, first frame, no metadata.

    max_side: a hint; the picture may come reduced to half, a quarter or an eighth while its longer
    side stays >= max_side (see `load_reduced`).
    Raises ImageError, and nothing else, for anything that is no picture within the limits.
    """
    return load_reduced(source, max_side)[0]


def load_reduced(source: Source, min_side: int | None) -> tuple[Image.Image, tuple[int, int]]:
    """(picture, (width, height) of the upright original in pixels).

    The picture is the original, or reduced 2, 4 or 8 times where its longer side stays >= min_side;
    a JPEG is then decoded at that size, many times faster. Raises ImageError as `load_image`.
    """
    if min_side is not None:
        check_whole("min_side", min_side, 1, MAX_SIDE)
    try:
        file = clean(_read(source))
        picture = _decode(file, _reduction(max(file.size), min_side))
        picture.info = {}
        if file.orientation > 1:
            picture.getexif()[ExifTags.Base.Orientation] = file.orientation
            picture = ImageOps.exif_transpose(picture)
            picture.info = {}
    except MemoryError:
        raise ImageError("expected a picture that fits in memory, got a larger one; reduce it") from None
    width, height = file.size
    return picture, (height, width) if file.orientation >= 5 else (width, height)


def jpeg_bytes(image: Image.Image, side: int, quality: int = 85) -> bytes:
    """`image` as a JPEG file that fits in side x side pixels (never enlarged), without metadata.

    quality: 1 to 95. Raises EngineError for a side or quality out of range.
    """
    check_whole("side", side, 1, MAX_SIDE)
    check_whole("quality", quality, 1, 95)
    if not isinstance(image, Image.Image):
        raise ImageError(f"expected a picture, got {_type_name(image)}; open it with load_image first")
    scale = min(1.0, side / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = to_rgb(image) if image.mode != "RGB" else image
    small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info = {}
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _reduction(longer_side: int, min_side: int | None) -> int:
    """8, 4, 2 or 1: the most a picture may shrink with its longer side >= min_side."""
    if min_side is None:
        return 1
    return next((factor for factor in (8, 4, 2) if longer_side >= factor * min_side), 1)


def _decode(file: CleanFile, factor: int) -> Image.Image:
    """A new RGB picture, not yet upright, sides divided by `factor` (rounded up)."""
    try:
        with Image.open(io.BytesIO(file.data), formats=[_PILLOWS_NAME.get(file.format, file.format.upper())]) as image:
            image.draft(None, (max(1, image.width // factor), max(1, image.height // factor)))
            image.load()
            picture = to_rgb(image, file.grey_bits, file.white_is_zero)
        return picture if factor == 1 or file.format == "JPEG" else picture.reduce(factor)
    except MemoryError:
        raise
    except Exception as error:  # hostile bytes make a decoder raise anything
        raise _refusal(file.format, error) from None


def _refusal(kind: str, error: Exception) -> ImageError:
    return ends_early(kind) if "truncated" in str(error).lower() else damaged(kind)


def _read(source: Source) -> bytes:
    """All bytes of `source`. ImageError unless it is bytes or a readable regular file within the limit."""
    if not isinstance(source, Source):
        raise ImageError(f"expected a picture's bytes or its path, got {_type_name(source)}; pass one")
    try:
        if isinstance(source, str | os.PathLike):
            return _read_file(os.fspath(source))
        _check_bytes(memoryview(source).nbytes)
        return bytes(source)
    except (ImageError, MemoryError):
        raise
    except FileNotFoundError:
        raise ImageError("expected a picture file, but there is none of this name; check the name") from None
    except PermissionError:
        raise ImageError("expected a readable picture file, but access is denied; check its rights") from None
    except Exception:  # a name with NUL or too long, a failing disk, an odd PathLike
        raise ImageError("expected a picture file, but it cannot be opened; check the name") from None


def _read_file(path: str | bytes) -> bytes:
    _check_regular(os.stat(path))  # before opening: a pipe would wait for its other end
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        _check_regular(os.fstat(file.fileno()))
        data = file.read(MAX_FILE_BYTES + 1) or b""
    _check_bytes(len(data))
    return data


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ImageError("expected a picture file, got a folder; choose a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError("expected a picture file, got a pipe, socket or device; choose another file")
    _check_bytes(status.st_size)


def _check_bytes(n_bytes: int) -> None:
    if n_bytes > MAX_FILE_BYTES:
        most, got = MAX_FILE_BYTES // 2**20, math.ceil(n_bytes / 2**20)
        raise ImageError(f"expected a picture of at most {most} MB, got {got} MB; make it smaller")


def _type_name(thing: object) -> str:
    return ascii(type(thing).__name__)[1:41].rstrip("'")
