"""Photos to descriptors, piece by piece, each piece staged before the next begins."""

import os
from collections.abc import Callable, Iterator

import numpy as np

from ..errors import ImageError
from ..images import jpeg_bytes, load_image
from ..staging import Staging
from ..transform import Transform, finish, learn_transform
from ..workers import map_parallel
from .task import Progress, Task

SAMPLE = 400  # photos that teach mean and rotation
PIECE = 16  # photos a staged piece: what a kill can cost
THUMBNAIL_SIDE = 320  # pixels


def learn(task: Task, staging: Staging, wanted: list[str], progress: Progress) -> Transform | None:
    """Mean and rotation from a sample of the photos, whose pooled patches stay staged for `describe`."""
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


def describe(task: Task, staging: Staging, wanted: list[str], transform: Transform | None, progress: Progress) -> None:
    describer, dtype = task.describer, task.lsh.storage
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
            file = os.stat(task.folder / path)  # first: a change after this is noticed later
            image = load_image(task.folder / path)
            rows, thumbnail = describe(image), jpeg_bytes(image, THUMBNAIL_SIDE)
            size = {"width": image.width, "height": image.height, "bytes": file.st_size, "mtime_ns": file.st_mtime_ns}
        except ImageError as error:
            return str(error)
        except OSError:
            return "it went away while it was read: add it again"
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
