"""Photos in a ZIP: originals where they are found, else thumbnails; so many bytes and no more, and a note of what is
not there as it is.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from lsh_engine import EngineError, RetrievalEngine

from ..common.permissions import may_take_originals
from ..common.text import count, one_line

MOST_BYTES = 100_000_000  # of photos
LONGEST_STEM, LONGEST_SUFFIX = 80, 6  # characters
NOTES = "NOTES.txt"
KEPT_BACK = "as thumbnails, because this server keeps its originals"
GONE = "as thumbnails, because the originals were not found"
LARGE = "as thumbnails, because all photos together may take 100 MB"
LEFT_OUT = "left out, because all photos together may take 100 MB"


@dataclass(frozen=True)
class Wanted:
    """A photo of a database."""

    engine: RetrievalEngine
    image_id: int


def add_photos(archive: ZipFile, photos: Iterable[Wanted], room: int = MOST_BYTES) -> None:
    """Write the photos in their order, numbered, in at most `room` bytes; and a note where one is not as it was."""
    notes: dict[str, list[str]] = {}
    for number, photo in enumerate(photos, 1):
        path = photo.engine.path(photo.image_id)
        stem, suffix = safe_name(path)
        data, reason = _original(photo, room)
        name = f"photos/{number:03}-{stem}{suffix}"
        if data is None:
            data, name = photo.engine.thumbnail(photo.image_id), f"thumbnails/{number:03}-{stem}.jpg"
        if len(data) > room:
            reason = LEFT_OUT
        else:
            room -= len(data)
            archive.writestr(name, data, ZIP_STORED)  # pictures are packed already
        if reason:
            notes.setdefault(reason, []).append(f"  {one_line(path, 200)}")
    lines = [line for why, names in notes.items() for line in (f"{count(len(names), 'photo')} {why}:", *names, "")]
    if lines:
        archive.writestr(NOTES, "\n".join(lines).encode("utf-8", "replace"), ZIP_DEFLATED)


def _original(photo: Wanted, room: int) -> tuple[bytes | None, str]:
    """(its file, nothing), or (None, why not)."""
    if not may_take_originals():
        return None, KEPT_BACK
    try:
        with photo.engine.photo_file(photo.image_id).open("rb") as file:
            data = file.read(room + 1)
    except (EngineError, OSError):
        return None, GONE
    return (data, "") if len(data) <= room else (None, LARGE)


def safe_name(path: str) -> tuple[str, str]:
    """(stem, suffix) of a file's name that every system takes: letters, digits, dots, hyphens and underscores."""
    name = PurePosixPath(path.replace("\\", "/")).name
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in _composed(name))
    stem, dot, suffix = kept.rpartition(".")
    if not (stem.strip("._") and suffix.isascii() and suffix.isalnum() and len(suffix) < LONGEST_SUFFIX):
        stem, dot, suffix = kept, "", ""
    return stem.strip("._")[:LONGEST_STEM] or "photo", f"{dot}{suffix}"


def _composed(name: str) -> str:
    """Letters and their accents as one sign; what is no Unicode becomes question marks."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
