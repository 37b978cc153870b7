"""What a photo folder holds, beside what a collection says of it."""

import os
from pathlib import Path

import numpy as np

from ..core.errors import DatabaseError
from .collection import Collection
from .segments import UNKNOWN


def known_photos(collection: Collection, folder: Path) -> dict[str, int]:
    """Path -> image id of the photos that the collection has of a folder."""
    ids = [i for i, known in enumerate(collection.folders) if known.resolve() == folder.resolve()]
    inside = collection.images.loc[collection.images["folder"].isin(ids), "path"]
    return dict(zip(inside, inside.index.tolist(), strict=True))


def changed(collection: Collection, folder: Path, known: dict[str, int]) -> dict[str, int]:
    """Those of the known photos whose file has another size in bytes or another time of its last change.

    A file that was merely touched counts too: telling it from a changed one would take reading it.
    """
    sizes, times = (collection.images[column].to_numpy() for column in ("bytes", "mtime_ns"))
    found = {}
    for path, i in known.items():
        try:
            now = os.stat(folder / path)
        except (OSError, ValueError):  # it vanished, or has a name that no disk takes
            continue
        if now.st_size != sizes[i] or times[i] not in (UNKNOWN, now.st_mtime_ns):
            found[path] = i
    return found


def vanished(collection: Collection) -> np.ndarray:
    """Ids of images whose original is no longer there: (m,) int64, ascending.

    Raises DatabaseError when a photo folder is missing or has lost every photo: more likely a disk that is not mounted
    than a collection thrown away.
    """
    for folder in collection.folders:
        if not folder.is_dir():
            raise DatabaseError(
                f"the photo folder {folder.name} is not where it was: nothing was removed; mount it or put it back"
            )
    gone = np.array([not os.path.isfile(collection.file(i)) for i in range(collection.n_images)], bool)
    owner = collection.images["folder"].to_numpy()
    for i, folder in enumerate(collection.folders):
        if (owner == i).any() and gone[owner == i].all():
            raise DatabaseError(
                f"every photo of the folder {folder.name} is gone: nothing was removed; if its disk is not mounted, "
                "mount it; to give the collection up, delete the database"
            )
    return np.flatnonzero(gone)


def changed_photos(root: str | os.PathLike) -> list[str]:
    """Paths of the photos whose files changed since they were described: an update describes them anew."""
    collection = Collection(root)
    return [
        path for folder in collection.folders for path in changed(collection, folder, known_photos(collection, folder))
    ]


def vanished_photos(root: str | os.PathLike) -> list[str]:
    """Paths of the photos whose originals are gone. Raises DatabaseError where a photo folder is not there at all."""
    collection = Collection(root)
    return [collection.path(i) for i in vanished(collection)]
