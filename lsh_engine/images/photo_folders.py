"""Which files of a folder are photos to describe."""

import os
from pathlib import Path

from ..core.errors import DatabaseError
from ..core.generations import POINTER

# Worth opening; what a file is, its content tells.
SUFFIXES = tuple(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
    ]
)


def list_photos(folder: Path) -> list[str]:
    """Paths of all files below `folder` that may be photos by their suffix, relative with forward slashes, sorted.

    Hidden files, databases and links that lead out of the folder are passed over.
    Raises DatabaseError when the folder is missing, empty or without photos.
    """
    if not folder.is_dir():
        what = "is a file" if folder.is_file() else "does not exist"
        raise DatabaseError(f"expected a folder of photos, but {folder.name} {what}: check the path")
    root = folder.resolve()
    found, others, links = [], 0, 0
    for where, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_database(where, name))
        for name in files:
            path = Path(where, name)
            if name.startswith("."):
                continue
            if _leads_out(path, root):
                links += 1
            elif path.suffix.lower() in SUFFIXES:
                found.append(path.relative_to(root).as_posix())
            else:
                others += 1
    if not found:
        what = f"holds no photo among its {others:,} {'file' if others == 1 else 'files'}" if others else "is empty"
        what = f"holds {links:,} links that lead out of it, which are not followed" if links else what
        raise DatabaseError(f"the folder {folder.name} {what}: add photos ({', '.join(SUFFIXES[:1] + SUFFIXES[5:])})")
    return sorted(found)


def _leads_out(path: Path, root: Path) -> bool:
    """Whether a file is a link to somewhere outside `root`, or to nowhere."""
    try:
        return not path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # links that run in a circle
        return True


def _is_database(where: str, name: str) -> bool:
    return os.path.exists(os.path.join(where, name, POINTER))
