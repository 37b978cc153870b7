"""Where the photos of a database lie: their folders as the manifest calls them, and the way from there to a file."""

import os
from pathlib import Path

from ..core.errors import DatabaseError


def original(root: Path, folder: Path, path: str) -> Path:
    """Where a photo of the database `root` lies. Raises DatabaseError for a path that leads out of its folder."""
    file = folder / path
    try:
        inside = file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a name that no disk takes, links that run in a circle
        inside = False
    if not inside:
        raise DatabaseError(f"{root.name} names a photo outside its photo folder: build it again")
    return file


def relative_folder(root: Path, folder: Path) -> str:
    """What the manifest calls a photo folder: relative when it lies beside the database, so that both can move."""
    root, folder = root.resolve(), folder.resolve()
    return os.path.relpath(folder, root) if folder.is_relative_to(root.parent) else str(folder)


def resolve_folder(root: Path, folder: str) -> Path:
    """The photo folder that the manifest calls so."""
    return Path(folder) if os.path.isabs(folder) else Path(os.path.normpath(root.resolve() / folder))
