"""Care of a database after its build: measure, drop what has gone, add what is new, delete."""

import os
from collections.abc import Callable
from pathlib import Path

from .build import calibrating, deleting, estimating, removing
from .build.estimating import Estimate
from .config import LSHConfig, PatchConfig
from .engine import Folder, RetrievalEngine, silent
from .storage import Database

Progress = Callable[[int, int, str], None]


def estimate_build(
    photos: Folder, path: Folder, backbone: str, patches: PatchConfig | None = None, lsh: LSHConfig | None = None
) -> Estimate:
    """Photos, time and disk that building the database `path` will take. Describes a few photos to tell."""
    return estimating.estimate_build(Path(photos), Path(path), backbone, patches, lsh)


def calibrate_database(path: Folder, progress: Progress = silent) -> RetrievalEngine:
    """Measure the delta presets of a database anew (see `calibration`)."""
    return RetrievalEngine(calibrating.calibrate_database(Path(path), progress))


def vanished_photos(path: Folder) -> list[str]:
    """Paths of the photos whose originals are gone. Raises DatabaseError where a photo folder is not there at all."""
    database = Database(path)
    return [database.path(i) for i in removing.vanished(database)]


def remove_vanished(path: Folder, progress: Progress = silent) -> list[str]:
    """Take those photos out of the database; the others keep their vectors. Returns the paths."""
    return removing.remove_vanished(Path(path), progress)


def sync_database(path: Folder, progress: Progress = silent) -> tuple[RetrievalEngine, list[str]]:
    """Make a database say what its photo folders hold: without what has gone, with what is new.

    Returns the engine, with what it could not read, and the paths that were removed.
    """
    removed = remove_vanished(path, progress)
    engine, unreadable = RetrievalEngine.open(path), []
    for folder in list(engine.database.folders):
        unreadable += engine.add(folder, progress)
    engine.unreadable = tuple(unreadable)
    return engine, removed


def delete_database(path: Folder) -> bool:
    """Delete a database or an unfinished build, never its photos. True when nothing is left of its folder."""
    return deleting.delete_database(Path(os.path.abspath(path)))
