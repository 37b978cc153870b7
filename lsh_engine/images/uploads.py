"""Pictures that visitors hand in, kept as the photos of a folder: checked by content, under names that do no harm."""

import io
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ..core.errors import EngineError, ImageError
from ..core.files import not_written, sync_directory, temporary_name, write_bytes
from .formats import clean
from .formats.base import MAX_FILE_BYTES, MAX_PARTS, MAX_SIDE
from .loading import jpeg_bytes, load_image

WEBP_CHUNKS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
LONGEST = 60  # letters of a name, at most 4 bytes each: file systems take 255 bytes
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that Windows keeps to itself


def keep_photos(
    folder: Path, files: Iterable[tuple[str, bytes]], room: int
) -> tuple[list[Path], list[tuple[str, str]]]:
    """Keep (name, content) pairs as photos of an existing folder: (what was kept, (name, reason) of what was refused).

    room: bytes that they may take together. Each file is there whole or not at all, without metadata such as the place
    where it was taken. The same picture under the same name is kept once.
    """
    kept: list[Path] = []
    refused: list[tuple[str, str]] = []
    for name, data in files:
        try:
            suffix, data = _stripped(data)
            if len(data) > room:
                raise ImageError("expected fewer or smaller photos: there is no room for this one any more")
            path, is_new = _keep(folder, harmless(name), suffix, data)
            room -= len(data) if is_new else 0
            kept.append(path)
        except EngineError as error:
            refused.append((name, str(error)))
    return list(dict.fromkeys(kept)), refused


def harmless(name: str) -> str:
    """What a stranger calls a file, as a stem that means nothing to a shell, a file system, Markdown or a table."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem = last.rpartition(".")[0] or last
    words = re.sub(r"[^\w.-]+", " ", stem).split()  # \w: letters and digits of every script
    stem = "_".join(words)[:LONGEST].strip("._-")
    return f"photo_{stem}" if RESERVED.fullmatch(stem) or not stem else stem


def _stripped(data: bytes) -> tuple[str, bytes]:
    """(suffix, content) of the same upright picture without metadata, losslessly where that makes no large file."""
    picture, file = load_image(data), clean(data)
    if file.orientation == 1 and file.format in ("JPEG", "PNG"):
        return (".jpg" if file.format == "JPEG" else ".png"), file.data
    if file.orientation == 1 and file.format == "WebP":
        return ".webp", _plain_webp(data)
    if file.format in ("BMP", "GIF"):
        png = io.BytesIO()
        picture.save(png, "PNG")
        if png.tell() <= MAX_FILE_BYTES:
            return ".png", png.getvalue()
    return ".jpg", jpeg_bytes(picture, MAX_SIDE, quality=95)


def _plain_webp(data: bytes) -> bytes:
    """The WebP with the chunks of its picture or animation only."""
    parts, position = [b"WEBP"], 12
    while position < len(data) and len(parts) < MAX_PARTS:
        kind, length = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        chunk = data[position : position + 8 + length + length % 2]
        if kind == b"VP8X":  # its flags name the chunks to come: only those of transparency and animation do
            chunk = chunk[:8] + bytes([chunk[8] & 0x12]) + chunk[9:]
        if kind in WEBP_CHUNKS:
            parts.append(chunk)
        position += 8 + length + length % 2
    picture = b"".join(parts)
    return b"RIFF" + len(picture).to_bytes(4, "little") + picture


def _keep(folder: Path, stem: str, suffix: str, data: bytes) -> tuple[Path, bool]:
    """(path, whether it is new) of these bytes under that name, or with a number where another picture has the name,
    also one that is being kept at this moment.
    """
    fresh = folder / temporary_name(stem[:20])
    write_bytes(fresh, data)
    try:
        number = 1
        while True:
            path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
            try:
                _name_it(fresh, path)
                sync_directory(folder)
                return path, True
            except FileExistsError:
                if path.is_file() and path.read_bytes() == data:
                    return path, False
            number += 1
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)


def _name_it(fresh: Path, path: Path) -> None:
    """Give a file its name in one step. Raises FileExistsError where the name is taken."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: hold the name with an empty file
        path.touch(exist_ok=False)
        os.replace(fresh, path)
