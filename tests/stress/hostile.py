"""A database whose photos, photo folder and own name are hostile names, and secrets beside it that none may reach."""

import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from build_help import with_other_files

from lsh_engine import RetrievalEngine
from lsh_engine.collection.database_format import open_database
from lsh_engine.core import generations as manifest
from tests import small_photos
from tests.page_data import drawn_photo, jpeg

from .corpus import HOSTILE_NAMES

FOLDER = "**a** | :red[b] <img src=x onerror=alert(1)> $x$ =1+1"
DATABASE = "=**db** <b>x $y$.db"  # a colon would part it from the next in LOOKALIKE_DATABASES
PATHS = (*HOSTILE_NAMES, "link.jpg", "linked/secret.jpg", "./../outside/secret.jpg")


@dataclass(frozen=True)
class Hostile:
    photos: Path  # the photo folder: real photos under those names that a disk takes, and links that lead out
    outside: Path  # what nobody may open
    built: Path  # the database as built
    forged: Path  # the same with every name of PATHS written into its table
    n_on_disk: int


def make(work: Path) -> Hostile:
    photos, outside = work / FOLDER, work / "outside"
    photos.mkdir()
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(jpeg(drawn_photo(99)))
    (photos / "link.jpg").symlink_to(outside / "secret.jpg")
    (photos / "linked").symlink_to(outside, target_is_directory=True)
    n_on_disk = sum(_written(photos, f"{name}.jpg", number) for number, name in enumerate(HOSTILE_NAMES))
    for number in range(len(PATHS) - n_on_disk):  # as many photos as there are names to forge
        _written(photos, f"plain {number}.jpg", 50 + number)
    built, forged = work / "built.db", work / DATABASE
    RetrievalEngine.build(photos, built)
    shutil.copytree(built, forged)
    _forge(forged)
    return Hostile(photos, outside, built, forged, n_on_disk)


def _written(folder: Path, name: str, number: int) -> bool:
    """Whether the disk took a photo under this name, in the folder itself."""
    if "/" in name or name.startswith("."):  # hidden files are no photos
        return False
    try:
        (folder / name).write_bytes(jpeg(small_photos.photo(number)))
    except (OSError, ValueError):
        return False
    return True


def _forge(root: Path) -> None:
    """Write PATHS into the table of images and sign it, as whoever hands over a database can."""
    generation = open_database(root)
    table = generation.table("images-0")
    names = [name.encode(errors="replace").decode() for name in PATHS]
    table["path"] = names + list(table["path"])[len(names) :]
    with_other_files(root, {"images-0": manifest.write_table(root, "images-0", table)})


@dataclass
class Opens:
    """Every file this process opens while `watching`, by its real path."""

    paths: list[str] = field(default_factory=list)
    watching: bool = False

    def __post_init__(self):
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple) -> None:
        if self.watching and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            self.paths.append(os.path.realpath(os.fsdecode(arguments[0]).replace("\0", "?")))

    @contextmanager
    def heard(self):
        self.watching = True
        try:
            yield
        finally:
            self.watching = False

    def outside(self, *allowed: Path) -> set[str]:
        """What was opened that does not lie in one of these folders, links followed."""
        roots = [folder.resolve() for folder in allowed]
        return {path for path in self.paths if not any(Path(path).is_relative_to(root) for root in roots)}
