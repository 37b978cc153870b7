"""A new generation without the photos that are gone. The vectors of all others stay as they are, bit for bit."""

import os
from pathlib import Path

from ..core.progress import Progress, silent
from ..core.writer_lock import only_writer
from .collection import Collection
from .committing import commit_segments, files_beside, segments_without
from .comparing import vanished


def remove_vanished(root: str | os.PathLike, progress: Progress = silent) -> list[str]:
    """Take the photos whose originals are gone out of a database; returns their paths."""
    root = Path(root)
    with only_writer(root):
        collection = Collection(root)
        gone = vanished(collection)
        if not len(gone):
            return []
        progress(0, collection.n_images, "remove")
        collection.generation.check()
        paths = [collection.path(i) for i in gone]
        left = segments_without(collection, gone.tolist())
        progress(collection.n_images - len(gone), collection.n_images, "hash")
        commit_segments(root, left, collection.meta, files_beside(collection), collection.lsh_config)
    return paths
