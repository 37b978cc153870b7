"""What the tests of builds share: how many photos there are, and what makes two databases equal."""

import hashlib
import json
from pathlib import Path

import numpy as np

from lsh_engine import RetrievalEngine
from lsh_engine.collection.database_format import commit_database, fingerprint, open_database
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


def with_other_files(root: Path, files: dict[str, manifest.Entry]) -> None:
    """Commit the database with these files in place of its own, as somebody would who knows how to sign it."""
    generation = open_database(root)
    entries = generation.entries | files
    artefacts = {name: facts | {"of": fingerprint(entries)} for name, facts in generation.meta["artefacts"].items()}
    commit_database(root, generation.meta | {"artefacts": artefacts}, entries)


def is_tidy(root: Path) -> bool:
    """Only files of the generation, the lock and the list of what was written."""
    generation = manifest.open_generation(root, "database")
    known = {entry.file for entry in generation.entries.values()} | {manifest.POINTER, ".lock", ".written"}
    others = {path.name for path in root.iterdir()} - known
    return len(others) == 1 and others.pop().startswith("manifest-")


def former_format(root: Path) -> None:
    """Rewrite the manifest of a database as the former version wrote it, and take away what that did not write."""
    pointer = json.loads((root / manifest.POINTER).read_bytes())
    content = json.loads((root / pointer["manifest"]).read_bytes())
    meta = content["meta"]
    artefacts = meta.pop("artefacts")
    index, calibration = artefacts.pop("index.lsh"), artefacts.pop("calibration", None)
    assert not artefacts
    meta |= {"lsh": index["config"], "index": index["content"]}
    meta |= {"calibration": calibration["content"]} if calibration else {}
    files = {name.replace("index.lsh/", "index."): entry for name, entry in content["files"].items()}
    text = json.dumps({"format": 2, "kind": "database", "meta": meta, "files": files}).encode()
    (root / pointer["manifest"]).write_bytes(text)
    pointer["sha256"] = hashlib.sha256(text).hexdigest()
    (root / manifest.POINTER).write_text(json.dumps(pointer))
    (root / ".written").unlink()
