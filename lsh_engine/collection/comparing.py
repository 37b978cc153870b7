"""What a photo folder holds, beside what a database says of it."""

import os
from pathlib import Path

import numpy as np

from ..core.errors import DatabaseError
from .collection import UNKNOWN, Collection


def known_photos(database: Collection | None, folder: Path) -> dict[str, int]:
    """Path -> image id of the photos that the database has of a folder."""
    if database is None:
        return {}
    ids = [i for i, known in enumerate(database.folders) if known.resolve() == folder.resolve()]
    inside = database.images.loc[database.images["folder"].isin(ids), "path"]
    return dict(zip(inside, inside.index.tolist(), strict=True))


def changed(database: Collection, folder: Path, known: dict[str, int]) -> dict[str, int]:
    """Those of the known photos whose file has another size in bytes or another time of its last change.

    A file that was merely touched counts too: telling it from a changed one would take reading it.
    """
    sizes, times = (database.images[column].to_numpy() for column in ("bytes", "mtime_ns"))
    found = {}
    for path, i in known.items():
        try:
            now = os.stat(folder / path)
        except (OSError, ValueError):  # it vanished, or has a name that no disk takes
            continue
        if now.st_size != sizes[i] or times[i] not in (UNKNOWN, now.st_mtime_ns):
            found[path] = i
    return found


def vanished(database: Collection) -> np.ndarray:
    """Ids of images whose original is no longer there: (m,) int64, ascending.

    Raises DatabaseError when a photo folder is missing or has lost every photo: more likely a disk that is not mounted
    than a collection thrown away.
    """
    for folder in database.folders:
        if not folder.is_dir():
            raise DatabaseError(
                f"the photo folder {folder.name} is not where it was: nothing was removed; mount it or put it back"
            )
    gone = np.array([not os.path.isfile(database.file(i)) for i in range(database.n_images)], bool)
    owner = database.images["folder"].to_numpy()
    for i, folder in enumerate(database.folders):
        if (owner == i).any() and gone[owner == i].all():
            raise DatabaseError(
                f"every photo of the folder {folder.name} is gone: nothing was removed; if its disk is not mounted, "
                "mount it; to give the collection up, delete the database"
            )
    return np.flatnonzero(gone)
