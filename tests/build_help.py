"""What the tests of builds share: how many photos there are, and what makes two databases equal."""

from pathlib import Path

import numpy as np

from lsh_engine import RetrievalEngine, manifest

N_PHOTOS = 7


def contents(engine: RetrievalEngine) -> tuple:
    """All that a search depends on, in order."""
    database = engine.database
    parts = [np.concatenate(database.index.exhaustive.rows.blocks).tobytes(), database.transform.mean.tobytes()]
    parts += [database.transform.rotation.tobytes(), [engine.path(i) for i in range(engine.n_images)]]
    parts += [[engine.thumbnail(i) for i in range(engine.n_images)]]
    parts += [array.tobytes() for _, array in sorted(database.index.arrays().items())]
    return tuple(parts)


def is_tidy(root: Path) -> bool:
    """Only files of the generation and the lock."""
    generation = manifest.open_generation(root, "database")
    known = {entry.file for entry in generation.entries.values()} | {manifest.POINTER, ".lock"}
    others = {path.name for path in root.iterdir()} - known
    return len(others) == 1 and others.pop().startswith("manifest-")
