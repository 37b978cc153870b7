"""Which folders visitors may read photos from, where their uploads go, and which names a new database may have.

LOOKALIKE_PHOTOS names the photo folders; by default it is the home folder of whoever started the server.
"""

import os
import re
import shutil
from datetime import date
from pathlib import Path

from lsh_engine import EngineError

from .permissions import SUFFIX, database_home

PHOTOS = "LOOKALIKE_PHOTOS"
FETCHED = ".photos"  # suffix of data sets that were downloaded
GOOD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}")
MOST_FOLDERS = 300  # offered in a list
UPLOADS = "lookalike-uploads"  # folder of uploaded photos, below the first place of photos
MOST_UPLOADED = 2_000_000_000  # bytes of all uploads together
LEFT_FREE = 1_000_000_000  # bytes of the disk that uploads leave alone
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that Windows keeps to itself


def photo_roots() -> list[Path]:
    """Folders that photos may come from, with all that is below them."""
    named = os.environ.get(PHOTOS, "")
    roots = [Path(folder) for folder in named.split(os.pathsep) if folder] if named else [Path.home()]
    roots += sorted(path for path in _inside(database_home()) if path.name.endswith(FETCHED) and folders_inside(path))
    return [root.resolve() for root in roots if root.is_dir()]


def new_upload_folder() -> Path:
    """A new folder for the photos that one visitor uploads."""
    roots = photo_roots()
    if not roots:
        raise EngineError("this server shares no photo folder, so there is no place to keep uploads")
    home = roots[0] / UPLOADS
    try:
        home.mkdir(exist_ok=True)
        number = 1
        while True:
            folder = home / f"uploads-{date.today():%Y-%m-%d}{f'-{number}' if number > 1 else ''}"
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
    except OSError as error:
        raise EngineError(f"cannot keep uploads in {shown_place(home)}: {error.strerror}; choose a folder") from error


def upload_room(folder: Path) -> int:
    """Bytes that may still be uploaded, to all such folders together."""
    used = sum(file.stat().st_size for file in folder.parent.rglob("*") if file.is_file())
    return max(0, min(MOST_UPLOADED - used, shutil.disk_usage(folder).free - LEFT_FREE))


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # not there yet
        return []


def allowed_folder(text: str) -> Path:
    """The folder that a visitor named, or EngineError. The answer is the same for what is hidden and what is not there:
    nobody learns of folders outside.
    """
    refusal = EngineError("that is no folder below the places listed here: choose one of them, or a folder inside")
    roots = photo_roots()
    try:
        wanted = Path(os.path.expanduser(text.strip()))
        folder = (wanted if wanted.is_absolute() or not roots else roots[0] / wanted).resolve()
        root = next(root for root in roots if folder.is_relative_to(root))
        if any(part.startswith(".") for part in folder.relative_to(root).parts) or not folder.is_dir():
            raise refusal
    except (StopIteration, OSError, RuntimeError, ValueError):  # ValueError: a NUL in the name; refusals too
        raise refusal from None
    return folder


def folders_inside(folder: Path) -> list[str]:
    """Names of the folders in a folder, hidden ones and databases left out."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:  # not ours to read
        return []
    shown = [name for name in names if not name.startswith(".") and not (folder / name / "CURRENT").is_file()]
    return sorted(shown, key=str.lower)[:MOST_FOLDERS]


def shown_place(folder: Path) -> str:
    """The folder as its root's name and what follows: no visitor needs to know where the root lies."""
    for root in photo_roots():
        if folder.is_relative_to(root):
            return "/".join((root.name or "/", *folder.relative_to(root).parts))
    return folder.name


def new_database(name: str) -> Path:
    """Where a database of that name will lie. EngineError for a name that cannot be or is taken."""
    name = name.strip().removesuffix(SUFFIX)
    if not GOOD_NAME.fullmatch(name) or RESERVED.fullmatch(name) or name.endswith((".", " ")):
        raise EngineError("a name has 1 to 40 letters, digits, spaces, dots, hyphens or underscores, a letter first")
    path = database_home() / f"{name}{SUFFIX}"
    if path.exists():
        raise EngineError(f"there is a database named {name} already: choose another name, or add photos to it")
    return path


def free_name(wanted: str) -> str:
    """A name like the wanted one that is not taken."""
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", wanted).strip("-_")[:32] or "photos"
    taken = database_home()
    names = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not (taken / f"{name}{SUFFIX}").exists())
