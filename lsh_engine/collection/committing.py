"""From photos to a new generation: the segments that stay, small ones merged, and the index over all of them."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ..core import generations as manifest
from ..core.generations import Entry
from ..core.progress import Progress
from ..describe import backbones
from ..describe.transform import Transform
from ..index import VectorStore
from ..index.lsh.config import LSHConfig
from . import segments as files
from .artefacts import Artefact, with_artefact
from .collection import Collection
from .database_format import CALIBRATION, commit_database
from .id_map import IdMap
from .indexing import lsh_over
from .originals import original, relative_folder, resolve_folder
from .segments import Segment
from .staging import StagedPhotos
from .task import Task

Measure = Callable[[VectorStore, IdMap, Callable[[int], Path]], dict | None]  # a calibration, see `task.Calibrate`
TRANSFORM = ("mean", "rotation")


def commit_staged(
    task: Task, staged: StagedPhotos, transform: Transform | None, folder: str, progress: Progress
) -> None:
    """Make the staged photos of `folder` the current generation, behind what was there without what they replace."""
    former, root = task.existing, task.root
    folders = [relative_folder(root, known) for known in former.folders] if former else []
    folders += [] if folder in folders else [folder]

    def measure(store: VectorStore, id_map: IdMap, file: Callable[[int], Path]) -> dict | None:
        known = former.calibration if former else None
        return task.calibrate(task.describer, transform, store, id_map, file, known, progress)

    before = manifest.pointer_bytes(root)
    try:
        segments = segments_without(former, list(task.replaced.values())) if former else []
        segments += [_segment(root, folders.index(folder), *parts) for parts in staged.move_home()]
        meta, others = (former.meta, files_beside(former)) if former else _begun(task, transform)
        extended = None if task.replaced else former
        commit_segments(root, segments, meta | {"folders": folders}, others, task.lsh, extended, measure)
    except BaseException:
        if manifest.pointer_bytes(root) == before:
            staged.give_back()
        raise


def commit_segments(
    root: Path,
    segments: list[Segment],
    meta: dict,
    others: dict[str, Entry],
    lsh: LSHConfig,
    extended: Collection | None = None,
    measure: Measure = lambda store, id_map, file: None,
) -> None:
    """Make these segments, in this order, the current generation, with an index over them.

    meta, others: what the manifest says besides, and the files that are no segment's. extended: the collection whose
    vectors are the first of these, where its index is to be extended. measure: gives the calibration, if it is anew.
    """
    import pandas as pd

    segments = files.merged(root, segments)
    entries = files.files_of(segments) | others
    images = pd.concat([files.table_of(root, segment) for segment in segments], ignore_index=True)
    meta = meta | {"n_images": len(images), "n_segments": len(segments)}
    vectors = [manifest.read_array(root, segment.vectors) for segment in segments]
    store = VectorStore.opened(vectors, vectors[0].shape[1])
    meta, entries = with_artefact(meta, entries, lsh_over(root, store, lsh, extended))
    folders = [resolve_folder(root, folder) for folder in meta["folders"]]

    def file(image_id: int) -> Path:
        row = images.iloc[image_id]
        return original(root, folders[row.folder], row.path)

    if measured := measure(store, IdMap(images["n_patches"].to_numpy()), file):
        meta, entries = with_artefact(meta, entries, Artefact(CALIBRATION, CALIBRATION, content=measured))
    commit_database(root, meta, entries)


def segments_without(collection: Collection, gone: list[int]) -> list[Segment]:
    """The segments of a collection; those that hold some of these images are written again without them."""
    stays = np.ones(collection.n_images, bool)
    stays[gone] = False
    counts, owner = (collection.images[column].to_numpy() for column in ("n_patches", "segment"))
    thinned = [
        files.thinned(collection.root, segment, stays[owner == i], counts[owner == i])
        for i, segment in enumerate(collection.segments)
    ]
    return [segment for segment in thinned if segment]


def files_beside(collection: Collection) -> dict[str, Entry]:
    """The files of a collection that are no segment's: the transform, and what was computed."""
    entries = collection.generation.entries
    return {name: entry for name, entry in entries.items() if name in TRANSFORM or "/" in name}


def _begun(task: Task, transform: Transform | None) -> tuple[dict, dict[str, Entry]]:
    """What the manifest of a first generation says, and its files that are no segment's."""
    describer = task.describer
    meta = {
        "backbone": describer.card.name,
        "weights": backbones.weights_in_use(describer.card.name),
        "precision": describer.precision,
        "patches": asdict(describer.patches),
        "n_patches": describer.patches.n_patches,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "artefacts": {},
    }
    learned = transform and {
        name: manifest.write_array(task.root, name, getattr(transform, name)) for name in TRANSFORM
    }
    return meta, learned or {}


def _segment(root: Path, folder: int, images: list[dict], vectors: Entry, thumbnails: Entry) -> Segment:
    """A staged segment whose files lie in the database. images: facts of its photos, which get their table."""
    import pandas as pd

    table = pd.DataFrame(images)
    table.insert(0, "folder", folder)
    return Segment(len(images), vectors, files.write_images(root, table), thumbnails)
