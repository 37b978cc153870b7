"""A new generation without the photos that are gone. The vectors of all others stay as they are, bit for bit."""

from pathlib import Path

import numpy as np

from ..core import generations as manifest
from ..core.writer_lock import only_writer
from ..index import HyperplaneLSH
from .collection import KIND, SEGMENT_PARTS, Collection, write_index
from .comparing import vanished
from .task import Progress


def remove_vanished(root: Path, progress: Progress) -> list[str]:
    """Commit a generation without the photos that are gone; returns their paths."""
    with only_writer(root):
        database = Collection(root)
        gone = vanished(database)
        if not len(gone):
            return []
        progress(0, database.n_images, "remove")
        database.generation.check()
        paths = [database.path(i) for i in gone]
        _commit_without(database, gone, progress)
    return paths


def _commit_without(database: Collection, gone: np.ndarray, progress: Progress) -> None:
    entries, index, counts = without(database, gone)
    progress(counts["n_images"], database.n_images, "hash")
    entries |= write_index(database.root, index, {})
    manifest.commit(database.root, KIND, database.meta | counts | {"index": index.meta()}, entries)


def without(database: Collection, gone: np.ndarray) -> tuple[dict[str, manifest.Entry], HyperplaneLSH, dict[str, int]]:
    """(files, index, n_images and n_segments) of what is left when the images `gone` are taken out."""
    root, former = database.root, database.generation.entries
    kept = np.ones(database.n_images, bool)
    kept[gone] = False
    entries = {name: former[name] for name in ("mean", "rotation") if name in former}
    index, n_segments = HyperplaneLSH(database.lsh_config), 0
    for i in range(database.meta["n_segments"]):
        stays = kept[(database.images["segment"] == i).to_numpy()]
        if not stays.any():
            continue
        parts = {part: former[f"{part}-{i}"] for part in SEGMENT_PARTS}
        if not stays.all():
            parts = _thinned(database, i, stays)
        entries |= {f"{part}-{n_segments}": entry for part, entry in parts.items()}
        index.add(manifest.read_array(root, parts["vectors"]))
        n_segments += 1
    return entries, index, {"n_images": int(kept.sum()), "n_segments": n_segments}


def _thinned(database: Collection, segment: int, stays: np.ndarray) -> dict[str, manifest.Entry]:
    """The files of a segment written again with some of its images. stays: (images of the segment,) bool."""
    root, generation = database.root, database.generation
    vectors, thumbnails = (generation.array(f"{part}-{segment}") for part in ("vectors", "thumbnails"))
    table = generation.table(f"images-{segment}")
    blobs = [
        thumbnails[start : start + n]
        for start, n in table.loc[stays, ["thumbnail_start", "thumbnail_bytes"]].itertuples(index=False)
    ]
    table = table[stays].reset_index(drop=True)
    table["thumbnail_start"] = table["thumbnail_bytes"].cumsum() - table["thumbnail_bytes"]
    written = (
        manifest.write_array(root, "vectors", vectors[np.repeat(stays, database.n_patches)]),
        manifest.write_table(root, "images", table),
        manifest.write_array(root, "thumbnails", np.concatenate(blobs)),
    )
    return dict(zip(SEGMENT_PARTS, written, strict=True))
