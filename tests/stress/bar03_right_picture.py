"""Bar 3: the picture is the one its maker sees, and tells no more than the picture."""

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from lsh_engine import RetrievalEngine
from lsh_engine.images.loading import load_image
from tests import small_photos
from tests.picture_builders import saved

from . import pages
from .bars import Figure
from .corpus.colours import whole_pictures
from .corpus.exif import SECRET, rotations, with_place
from .corpus.file import OddFile

TITLE = "The right picture, and no place"
BAR = (
    "EXIF orientation 1-8 upright in JPEG, PNG, WebP, TIFF (32 of 32); 16-bit grey keeps its mean (127 +- 28); "
    "CMYK not inverted; alpha on white; no GPS stored or shown"
)
PLACE = (48, 1, 12, 1, 30, 1)  # the latitude of `with_place`, as EXIF writes it
MARKS = (b"Exif", b"EXIF", b"eXIf", SECRET.encode(), SECRET.encode("utf-16-le"))
MARKS += (struct.pack(">6I", *PLACE), struct.pack("<6I", *PLACE))


def measure(work: Path) -> Figure:
    upright = _right(rotations())
    colours = [file for file in whole_pictures() if file.truth]
    means = [float(np.asarray(load_image(file.data)).mean()) for file in colours if file.name.startswith("I16")]
    right = _right(colours)
    stored, shown, told = telling(work)
    measured = (
        f"{len(upright)} of 32 upright; {len(right)} of {len(colours)} colour modes as they should be; 16-bit grey has "
        f"mean {min(means):.0f}-{max(means):.0f}; {len(told)} of {stored} stored files and {shown} pictures shown tell "
        f"more than the picture{f' ({told[0]})' if told else ''}"
    )
    passed = len(upright) == 32 and len(right) == len(colours) and all(abs(mean - 127) <= 28 for mean in means)
    return Figure(passed and not told and shown > 20, measured)


def _right(files: Iterator[OddFile]) -> list[str]:
    return [file.name for file in files if file.is_shown_by(load_image(file.data))]


def telling(work: Path) -> tuple[int, int, list[str]]:
    """Builds and uses a database of photos with GPS: (files stored, pictures shown, those that tell of it)."""
    photos = work / "photos"
    photos.mkdir()
    for number in range(6):
        picture = small_photos.photo(number)
        for kind, suffix in (("JPEG", "jpg"), ("WEBP", "webp"), ("PNG", "png"), ("TIFF", "tif")):
            (photos / f"{number}.{suffix}").write_bytes(saved(picture, kind, exif=with_place()))
    small_photos.plug_in()
    engine = RetrievalEngine.build(photos, work / "gps.db", "tiny")
    seen = {f"thumbnail {i}": engine.thumbnail(i) for i in range(engine.n_images)}
    seen |= pages.pictures_shown(work / "gps.db", upload_data=(photos / "0.jpg").read_bytes())
    untold = [path.name for path in photos.iterdir() if not any(mark in path.read_bytes() for mark in MARKS)]
    files = {path.name: path.read_bytes() for path in (work / "gps.db").rglob("*") if path.is_file()}
    told = [name for name, data in {**files, **seen}.items() if any(mark in data for mark in MARKS)]
    told += [name for name, data in seen.items() if len(Image.open(io.BytesIO(data)).getexif())]
    return len(files), len(seen), told + untold  # a photo without a place would prove nothing
