"""Photos to a database: describe, learn the transform, hash, commit. Stops anywhere and goes on from there."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from . import manifest
from .config import LSHConfig, PatchConfig
from .describer import Describer
from .errors import DatabaseError, EngineError, ImageError
from .images import jpeg_bytes, load_image
from .index import HyperplaneLSH
from .photos import list_photos
from .staging import Staging
from .storage import INDEX_PARTS, KIND, SEGMENT_PARTS, Database, meta_of, relative_folder, resolve_folder
from .transform import Transform, finish, learn_transform
from .workers import map_parallel

SAMPLE = 400  # photos that teach mean and rotation
PIECE = 16  # photos a staged piece: what a kill can cost
SEGMENT = 1024  # photos a committed segment: 125 MB of float32 descriptors
THUMBNAIL_SIDE = 320  # pixels

Progress = Callable[[int, int, str], None]  # photos done, photos in all, what is being done; may raise to stop


@dataclass(frozen=True)
class Task:
    """What is being built, and what of it exists."""

    root: Path
    folder: Path
    describer: Describer
    lsh: LSHConfig
    dtype: str
    existing: Database | None = None


def build_database(
    photos: Path,
    root: Path,
    backbone: str,
    patches: PatchConfig | None,
    lsh: LSHConfig | None,
    dtype: str,
    progress: Progress,
) -> list[tuple[str, str]]:
    """Build `root` from the photos, or add those it lacks. Returns (path, reason) of each unreadable file."""
    if dtype not in ("float32", "float16"):
        raise EngineError(f"vectors are stored as float32 or float16, got {dtype!r:.40}")
    describer = Describer(backbone, patches)
    if (root / manifest.POINTER).is_file():
        existing = Database(root)
        if existing.backbone.name != backbone or (patches and existing.patches != patches):
            raise DatabaseError(
                f"{root.name} exists with backbone {existing.backbone.name}, asked for {backbone}: "
                "choose another path, or the same backbone and patches to add photos"
            )
        return add_photos(existing, photos, progress)
    if root.is_file() or root.is_dir() and not _ours_or_empty(root):
        raise DatabaseError(f"{root.name} exists and is no database: choose a new or empty folder for it")
    list_photos(photos)  # nothing is created for a folder without photos
    return _run(Task(root, photos, describer, lsh or LSHConfig(), dtype), progress)


def _ours_or_empty(root: Path) -> bool:
    """Whether a folder that is no database yet may become one: a build killed in its last moments left files in it."""
    return Staging.began(root) or all(path.name.startswith(".") for path in root.iterdir())


def add_photos(existing: Database, photos: Path, progress: Progress) -> list[tuple[str, str]]:
    """Add the photos below a folder that the database does not hold yet, with the transform it has."""
    describer = Describer(existing.backbone.name, existing.patches)
    dtype = existing.generation.array("vectors-0").dtype.name
    return _run(Task(existing.root, photos, describer, existing.lsh_config, dtype, existing), progress)


def _run(task: Task, progress: Progress) -> list[tuple[str, str]]:
    with _only_writer(task.root):
        if task.existing:  # another writer may have added photos since it was opened
            task = replace(task, existing=task.existing.reopened())
        return _run_alone(task, progress)


def _run_alone(task: Task, progress: Progress) -> list[tuple[str, str]]:
    paths = list_photos(task.folder)
    noted = relative_folder(task.root, task.folder)
    known = _known_paths(task.existing, resolve_folder(task.root, noted))
    wanted = [path for path in paths if path not in known]
    staging = Staging(task.root, _plan(task, noted))
    transform = task.existing.transform if task.existing else _learn(task, staging, wanted, progress)
    _describe(task, staging, wanted, transform, progress)
    records = [record for record in staging.done("described") if record["images"]]
    unreadable = [tuple(pair) for record in staging.done("described") for pair in record["unreadable"]]
    if not records and task.existing is None:
        staging.discard()
        raise DatabaseError(
            f"none of the {len(paths):,} photos in {task.folder.name} could be read: {unreadable[0][1]}"
        )
    if records:
        progress(len(wanted), len(wanted), "hash")
        _commit(task, staging, records, transform, noted)
    staging.discard()
    return unreadable


def _known_paths(existing: Database | None, folder: Path) -> set[str]:
    if existing is None:
        return set()
    ids = [i for i, known in enumerate(existing.folders) if known.resolve() == folder.resolve()]
    return set(existing.images.loc[existing.images["folder"].isin(ids), "path"])


def _plan(task: Task, noted: str) -> dict:
    """Whatever must be equal for staged work to be of use."""
    describer = task.describer
    former = (
        Path(task.existing.generation.entries["mean"].file).name if task.existing and task.existing.transform else ""
    )
    return {
        "folder": noted,
        "backbone": describer.card.name,
        "weights": describer.card.weights_sha256,
        "patches": asdict(describer.patches),
        "dtype": task.dtype,
        "transform": former,
    }


# ---- describing


def _learn(task: Task, staging: Staging, wanted: list[str], progress: Progress) -> Transform | None:
    """Mean and rotation from a sample of the photos, whose pooled patches stay staged for `_describe`."""
    if not task.describer.card.learned:
        return None
    for record in staging.done("transform"):
        return Transform(np.array(staging.array(record, "mean")), np.array(staging.array(record, "rotation")))
    chosen = np.random.default_rng(0).permutation(len(wanted))[:SAMPLE]
    sample = [wanted[i] for i in sorted(chosen)]
    for piece, n_done in _pieces(staging, "pooled", sample):
        progress(n_done, len(wanted), "learn")
        record, arrays = _read_piece(task, piece, lambda image: task.describer.pool_patches(image))
        staging.put("pooled", record, **arrays)
    pooled = [staging.array(record, "rows") for record in staging.done("pooled") if record["images"]]
    if not pooled:
        return None
    transform = learn_transform(np.concatenate(pooled), task.describer.card)
    staging.put("transform", {"paths": []}, mean=transform.mean, rotation=transform.rotation)
    return transform


def _describe(task: Task, staging: Staging, wanted: list[str], transform: Transform | None, progress: Progress) -> None:
    describer, dtype = task.describer, task.dtype
    described = {path for record in staging.done("described") for path in record["paths"]}
    for record in staging.done("pooled"):
        if described.issuperset(record["paths"]):
            continue
        arrays = {}
        if record["images"]:
            rows = finish(np.asarray(staging.array(record, "rows")), describer.card, transform)
            arrays = {"rows": rows.astype(dtype), "thumbnails": staging.array(record, "thumbnails")}
        staging.put("described", record, **arrays)
    for piece, n_done in _pieces(staging, "described", wanted):
        progress(n_done, len(wanted), "describe")
        record, arrays = _read_piece(
            task, piece, lambda image: describer.describe_image(image, transform)[0].astype(dtype)
        )
        staging.put("described", record, **arrays)


def _pieces(staging: Staging, stage: str, paths: list[str]) -> Iterator[tuple[list[str], int]]:
    """(paths of the next piece, photos finished before it) for what the stage has not finished yet."""
    finished = {path for record in staging.done(stage) for path in record["paths"]}
    left = [path for path in paths if path not in finished]
    for start in range(0, len(left), PIECE):
        yield left[start : start + PIECE], len(paths) - len(left) + start


def _read_piece(task: Task, paths: list[str], describe: Callable) -> tuple[dict, dict[str, np.ndarray]]:
    """Describe some photos: a record of what was read and what was not, and the arrays that go with it."""

    def read(path: str) -> tuple[dict, np.ndarray, bytes] | str:
        if path != _as_text(path):
            return "its name is no valid text: rename it"
        try:
            image = load_image(task.folder / path)
            rows, thumbnail = describe(image), jpeg_bytes(image, THUMBNAIL_SIDE)
        except ImageError as error:
            return str(error)
        size = {"width": image.width, "height": image.height, "bytes": os.stat(task.folder / path).st_size}
        return {"path": path, **size, "thumbnail_bytes": len(thumbnail)}, rows, thumbnail

    outcomes = dict(zip(paths, map_parallel(read, paths), strict=True))
    unreadable = [(_as_text(path), reason) for path, reason in outcomes.items() if isinstance(reason, str)]
    good = [outcome for outcome in outcomes.values() if not isinstance(outcome, str)]
    record = {"paths": paths, "images": [image for image, _, _ in good], "unreadable": unreadable}
    if not good:
        return record, {}
    rows = np.concatenate([rows for _, rows, _ in good])
    thumbnails = np.frombuffer(b"".join(thumbnail for _, _, thumbnail in good), np.uint8)
    return record, {"rows": rows, "thumbnails": thumbnails}


def _as_text(path: str) -> str:
    """The path with a question mark for every byte that is no UTF-8."""
    return path.encode(errors="replace").decode()


# ---- committing


def _commit(task: Task, staging: Staging, records: list[dict], transform: Transform | None, noted: str) -> None:
    """One new generation: former segments as they are, new ones behind them, the index over all."""
    root, former = task.root, task.existing
    entries, folders, vectors = {}, [], []
    index = HyperplaneLSH(task.lsh)
    n_images = n_segments = 0
    created = datetime.now(UTC).isoformat(timespec="seconds")
    if former:
        entries = {name: entry for name, entry in former.generation.entries.items() if name not in INDEX_PARTS}
        folders, n_images, n_segments = (
            [relative_folder(root, folder) for folder in former.folders],
            former.n_images,
            former.meta["n_segments"],
        )
        arrays = {part: former.generation.array(part) for part in INDEX_PARTS}
        index = HyperplaneLSH.from_arrays(former.meta["index"], arrays, former.vectors)
        created = former.meta["created"]
    elif transform:
        entries["mean"] = manifest.write_array(root, "mean", transform.mean)
        entries["rotation"] = manifest.write_array(root, "rotation", transform.rotation)
    if noted not in folders:
        folders.append(noted)
    per_segment = max(1, SEGMENT // PIECE)
    for start in range(0, len(records), per_segment):
        group = records[start : start + per_segment]
        new, rows = _write_segment(task, staging, group, folders.index(noted))
        entries |= {f"{part}-{n_segments}": entry for part, entry in new.items()}
        vectors.append(rows)
        n_images, n_segments = n_images + sum(len(record["images"]) for record in group), n_segments + 1
    for rows in vectors:
        index.add(rows)
    for part, array in index.arrays().items():
        entries[part] = manifest.write_array(root, part, array)
    meta = meta_of(task.describer.card.name, task.describer.patches, task.lsh, folders, n_images, n_segments, created)
    manifest.commit(root, KIND, meta | {"index": index.meta()}, entries)


def _write_segment(task: Task, staging: Staging, records: list[dict], folder: int) -> tuple[dict, np.ndarray]:
    """Files of one segment, and its vectors as float32 rows for the index."""
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
    mapped = np.load(task.root / parts[0].file, mmap_mode="r", allow_pickle=False)
    return dict(zip(SEGMENT_PARTS, parts, strict=True)), mapped if rows.dtype == np.float32 else rows.astype(np.float32)


@contextmanager
def _only_writer(root: Path):
    """Hold the database for writing, or say at once who does."""
    holder = root / ".writer"
    lock = FileLock(root / ".lock", timeout=0)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        holder.write_text(str(os.getpid()))
    except Timeout:
        process = holder.read_text()[:20] if holder.is_file() else "unknown"
        raise DatabaseError(f"{root.name} is busy, held by process {process}: wait until it is done") from None
    except OSError as error:
        raise DatabaseError(f"cannot write to {root.name}: {error.strerror}; choose another folder") from error
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
        if not (root / manifest.POINTER).is_file() and [path.name for path in root.iterdir()] in ([], [".lock"]):
            shutil.rmtree(root, ignore_errors=True)  # nothing came of it
