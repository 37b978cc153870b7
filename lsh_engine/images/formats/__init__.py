"""What a picture file is, told by its content, before any decoder sees it.

JPEG, PNG, TIFF, HEIC and AVIF are walked by code of our own: bars of safety stand on it. Pillow reads the others.
"""

from PIL import Image

from ...core.errors import ImageError
from . import by_pillow, heif, jpeg, png, tiff
from .base import FORMATS, MAX_PIXELS, CleanFile, damaged

__all__ = ["CleanFile", "clean"]

_OTHERS = {  # first bytes -> what it is, for the message only
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop file",
    b"\0\0\0\x0cjP": "a JPEG 2000 file",
    b"\xff\x4f\xff\x51": "a JPEG 2000 file",
    b"\0\0\0\x0cJXL": "a JPEG XL file",
    b"\xff\x0a": "a JPEG XL file",
    b"%!PS": "a PostScript file",
    b"\0\0\1\0": "an icon",
    b"PK\3\4": "a ZIP archive",
    b"II\xbc\1": "a JPEG XR file",
}
_CLEAN = {"JPEG": jpeg.clean, "PNG": png.clean, "TIFF": tiff.clean}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}  # bytes


def clean(data: bytes) -> CleanFile:
    """The file, within all limits. ImageError where it is none of FORMATS or breaks one."""
    kind = _kind(data)
    if kind is None:
        got = _name(data) if data else "an empty file"
        wanted = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        raise ImageError(f"expected a {wanted} picture, got {got}; choose another file or save it as JPEG")
    try:
        if kind in _CLEAN:
            return _CLEAN[kind](data)
        return heif.clean(kind, data) if kind in ("HEIC", "AVIF") else by_pillow.clean(kind, data)
    except (ImageError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"expected at most {MAX_PIXELS // 10**6} megapixels, got more; reduce the picture") from None
    except Exception:  # a number that no check foresaw
        raise damaged(kind) from None


def _kind(data: bytes) -> str | None:
    """One of FORMATS, by the first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(png.SIGNATURE):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] in tiff.SIGNATURES:
        return "TIFF"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    return heif.kind_of(data)


def _name(data: bytes) -> str:
    """What a file that is no supported picture seems to be."""
    if data[4:8] == b"ftyp":
        return "a video"
    for start, name in _OTHERS.items():
        if data.startswith(start):
            return name
    text = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if b"<svg" in text:
        return "an SVG drawing"
    return "something else"
