"""How a database lies on the disk, and how one of the former format is read.

Files of a generation: "mean" and "rotation" of the transform; "vectors-N", "images-N", "thumbnails-N" of segment N; and
"ARTEFACT/PART" of what was computed from them (`artefacts`), which meta["artefacts"] describes.

The former format had one index, files "index.PART" and meta["index"], and meta["calibration"]. Its results of
experiments lay in a folder beside (`upgrading`).
"""

import hashlib
from pathlib import Path

from ..core import generations as manifest
from ..core.generations import Entry, Generation

KIND = "database"
LSH = "index.lsh"  # the artefact that every database has
CALIBRATION = "calibration"


def open_database(root: Path) -> Generation:
    """The current generation of a database, in today's format. Raises DatabaseError."""
    return manifest.open_generation(root, KIND, _translated)


def commit_database(root: Path, meta: dict, entries: dict[str, Entry]) -> Generation:
    """Make these the current generation, in today's format. The caller holds the database for writing."""
    return manifest.commit(root, KIND, meta, entries)


def fingerprint(entries: dict[str, Entry]) -> str:
    """Names the content of a collection, its photos and vectors in their order, whatever is computed from them."""
    content = hashlib.sha256()
    for part in ("vectors", "images"):
        number = 0
        while entry := entries.get(f"{part}-{number}"):
            content.update(entry.sha256.encode())
            number += 1
    return content.hexdigest()[:16]


def _translated(meta: dict, entries: dict[str, Entry]) -> tuple[dict, dict[str, Entry]]:
    of = fingerprint(entries)
    kept = {name: value for name, value in meta.items() if name not in ("index", "lsh", CALIBRATION)}
    facts = {"of": of, "created": meta["created"]}
    artefacts = {LSH: facts | {"kind": "index", "config": meta["lsh"], "content": meta["index"]}}
    if calibration := meta.get(CALIBRATION):
        artefacts[CALIBRATION] = facts | {"kind": CALIBRATION, "config": {}, "content": calibration}
    names = {name: name.replace("index.", f"{LSH}/", 1) if name.startswith("index.") else name for name in entries}
    return kept | {"artefacts": artefacts}, {names[name]: entry for name, entry in entries.items()}
