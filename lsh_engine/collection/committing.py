"""Staged pieces to a new generation: former segments as they are, or without the photos that changed; new ones behind
them; the index over all."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from ..core import generations as manifest
from ..describe import backbones
from ..describe.transform import Transform
from ..index import HyperplaneLSH
from .calibrating import calibration_of_build
from .collection import INDEX, KIND, SEGMENT_PARTS, meta_of, open_index, relative_folder, write_index
from .removing import without
from .staging import Staging
from .task import Progress, Task

SEGMENT = 1024  # photos a committed segment: 125 MB of float32 descriptors


def commit(
    task: Task, staging: Staging, records: list[dict], transform: Transform | None, noted: str, progress: Progress
) -> None:
    """Write the staged photos of folder `noted` and make them, with what was there, the current generation."""
    root, former = task.root, task.existing
    entries, former_index, folders, index = {}, {}, [], HyperplaneLSH(task.lsh)
    n_images = n_segments = 0
    created = datetime.now(UTC).isoformat(timespec="seconds")
    weights = former.weights if former else backbones.weights_in_use(task.describer.card.name)
    if former:
        kept = former.generation.entries
        entries = {name: entry for name, entry in kept.items() if not name.startswith(INDEX)}
        former_index = {name: entry for name, entry in kept.items() if name.startswith(INDEX)}
        folders = [relative_folder(root, folder) for folder in former.folders]
        n_images, n_segments, created = former.n_images, former.meta["n_segments"], former.meta["created"]
        index = open_index(former.generation, former.store)
        if task.replaced:
            entries, index, counts = without(former, np.array(list(task.replaced.values())))
            n_images, n_segments, former_index = counts["n_images"], counts["n_segments"], {}
    elif transform:
        entries["mean"] = manifest.write_array(root, "mean", transform.mean)
        entries["rotation"] = manifest.write_array(root, "rotation", transform.rotation)
    if noted not in folders:
        folders.append(noted)
    for group in _segments(records):
        parts, rows = _write_segment(task, staging, group, folders.index(noted))
        entries |= {f"{part}-{n_segments}": entry for part, entry in parts.items()}
        index.add(rows)
        n_images, n_segments = n_images + sum(len(record["images"]) for record in group), n_segments + 1
    measured = calibration_of_build(task, records, transform, index.store, progress)
    entries |= write_index(root, index, former_index)
    describer = task.describer
    meta = meta_of(describer.card.name, describer.patches, task.lsh, folders, n_images, n_segments, created)
    described_by = {"weights": weights, "precision": describer.precision, "index": index.meta()}
    manifest.commit(root, KIND, meta | measured | described_by, entries)


def _segments(records: list[dict]) -> Iterator[list[dict]]:
    """The records in groups of about SEGMENT photos."""
    group, n = [], 0
    for record in records:
        group.append(record)
        n += len(record["images"])
        if n >= SEGMENT:
            yield group
            group, n = [], 0
    if group:
        yield group


def _write_segment(task: Task, staging: Staging, records: list[dict], folder: int) -> tuple[dict, np.ndarray]:
    """Files of one segment, and its vectors for the index."""
    import pandas as pd

    rows = np.concatenate([staging.array(record, "rows") for record in records])
    thumbnails = np.concatenate([staging.array(record, "thumbnails") for record in records])
    table = pd.DataFrame([image for record in records for image in record["images"]])
    table.insert(0, "folder", folder)
    table["thumbnail_start"] = table["thumbnail_bytes"].cumsum() - table["thumbnail_bytes"]
    parts = (
        manifest.write_array(task.root, "vectors", rows),
        manifest.write_table(task.root, "images", table),
        manifest.write_array(task.root, "thumbnails", thumbnails),
    )
    mapped = manifest.read_array(task.root, parts[0])
    return dict(zip(SEGMENT_PARTS, parts, strict=True)), mapped
