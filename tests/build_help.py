"""What the tests of builds share: how many photos there are, and what makes two databases equal."""

import hashlib
from pathlib import Path

import numpy as np

from lsh_engine import RetrievalEngine
from lsh_engine.core import generations as manifest

N_PHOTOS = 7


def contents(engine: RetrievalEngine) -> tuple:
    """All that a search depends on, as (name, path or SHA-256)."""
    database, ids = engine.collection, range(engine.n_images)
    parts = {"vectors": np.concatenate(database.store.blocks), "mean": database.transform.mean}
    parts |= {"rotation": database.transform.rotation} | database.lsh.arrays()
    digests = [(name, hashlib.sha256(np.ascontiguousarray(array)).hexdigest()) for name, array in sorted(parts.items())]
    thumbnails = hashlib.sha256(b"".join(engine.thumbnail(i) for i in ids)).hexdigest()
    return *digests, ("thumbnails", thumbnails), *(("path", engine.path(i)) for i in ids)


def is_tidy(root: Path) -> bool:
    """Only files of the generation, the lock and the list of what was written."""
    generation = manifest.open_generation(root, "database")
    known = {entry.file for entry in generation.entries.values()} | {manifest.POINTER, ".lock", ".written"}
    others = {path.name for path in root.iterdir()} - known
    return len(others) == 1 and others.pop().startswith("manifest-")
