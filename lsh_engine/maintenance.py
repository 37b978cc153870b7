"""Care of a database after its build: measure, drop what has gone, add what is new, delete."""

import os
from collections.abc import Callable
from pathlib import Path

from .collection import calibrating, comparing, deleting, estimating, removing
from .collection.building import Outcome
from .collection.collection import Collection
from .collection.estimating import Estimate
from .describe.patch_config import PatchConfig
from .engine import Folder, RetrievalEngine, silent
from .index.lsh.config import LSHConfig

Progress = Callable[[int, int, str], None]


def estimate_build(
    photos: Folder, path: Folder, backbone: str, patches: PatchConfig | None = None, lsh: LSHConfig | None = None
) -> Estimate:
    """Photos, time and disk that building the database `path` will take. Describes a few photos to tell."""
    return estimating.estimate_build(Path(photos), Path(path), backbone, patches, lsh)


def calibrate_database(path: Folder, progress: Progress = silent) -> RetrievalEngine:
    """Measure the delta presets of a database anew (see `calibration`)."""
    return RetrievalEngine(calibrating.calibrate_database(Path(path), progress))


def changed_photos(path: Folder) -> list[str]:
    """Paths of the photos whose files changed since they were described: `sync_database` describes them anew."""
    database = Collection(path)
    known = {folder: comparing.known_photos(database, folder) for folder in database.folders}
    return [path for folder, photos in known.items() for path in comparing.changed(database, folder, photos)]


def vanished_photos(path: Folder) -> list[str]:
    """Paths of the photos whose originals are gone. Raises DatabaseError where a photo folder is not there at all."""
    database = Collection(path)
    return [database.path(i) for i in comparing.vanished(database)]


def remove_vanished(path: Folder, progress: Progress = silent) -> list[str]:
    """Take those photos out of the database; the others keep their vectors. Returns the paths."""
    return removing.remove_vanished(Path(path), progress)


def update_database(path: Folder, progress: Progress = silent) -> RetrievalEngine:
    """Add what is new in the photo folders of a database, and describe anew what changed: one commit a folder."""
    engine, unreadable, changed = RetrievalEngine.open(path), (), ()
    for folder in list(engine.collection.folders):
        engine.add(folder, progress)
        unreadable, changed = unreadable + engine.unreadable, changed + engine.changed
    return RetrievalEngine(engine.collection, Outcome(unreadable, changed))


def sync_database(path: Folder, progress: Progress = silent) -> tuple[RetrievalEngine, list[str]]:
    """Make a database say what its photo folders hold: with what is new and what changed, without what has gone.

    Returns the engine, with what it could not read and what had changed, and the paths that were removed.
    """
    vanished_photos(path)  # refuses before anything is done
    updated = update_database(path, progress)
    removed = remove_vanished(path, progress)
    return RetrievalEngine(Collection(path), Outcome(updated.unreadable, updated.changed)), removed


def delete_database(path: Folder) -> bool:
    """Delete a database or an unfinished build, never its photos. True when nothing is left of its folder."""
    return deleting.delete_database(Path(os.path.abspath(path)))
