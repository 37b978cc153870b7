"""Photos to descriptors, piece by piece, each piece staged before the next begins."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import ImageError
from ..core.threads import map_ahead
from ..describe.transform import Transform, finish, learn_transform
from ..images.loading import jpeg_bytes, load_reduced
from .staging import Staging
from .task import Progress, Task

SAMPLE = 400  # photos that teach mean and rotation
PIECE = 16  # photos a staged piece: what a kill can cost
AHEAD = 2 * PIECE  # photos described before their piece's turn
THUMBNAIL_SIDE = 320  # pixels

Read = tuple[dict, np.ndarray, bytes] | str


def learn(task: Task, staging: Staging, wanted: list[str], progress: Progress) -> Transform | None:
    """Mean and rotation from a sample of the photos, whose pooled patches stay staged for `describe`."""
    if not task.describer.card.learned:
        return None
    for record in staging.done("transform"):
        return Transform(np.array(staging.array(record, "mean")), np.array(staging.array(record, "rotation")))
    chosen = np.random.default_rng(0).permutation(len(wanted))[:SAMPLE]
    sample = [wanted[i] for i in sorted(chosen)]
    pool = task.describer.pool_patches
    _stage(task, staging, "pooled", sample, pool, lambda n: progress(n, len(wanted), "learn"))
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

    def vectors(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
        return describer.describe_image(image, transform, size)[0].astype(dtype)

    _stage(task, staging, "described", wanted, vectors, lambda n: progress(n, len(wanted), "describe"))


def _stage(task: Task, staging: Staging, stage: str, paths: list[str], describe: Callable, tell: Callable) -> None:
    """Describe what the stage has not finished yet; the next photos are described while a piece is written.

    describe(picture, size of the original) gives its rows. tell(photos finished) is called before every piece.
    """

    def read(path: str) -> Read:
        return _read(task.folder, path, task.describer.enough_side, describe)

    finished = {path for record in staging.done(stage) for path in record["paths"]}
    left = [path for path in paths if path not in finished]
    with closing(map_ahead(read, left, AHEAD)) as outcomes:
        for start in range(0, len(left), PIECE):
            tell(len(paths) - len(left) + start)
            piece = left[start : start + PIECE]
            record, arrays = _piece(dict(zip(piece, outcomes, strict=False)))
            staging.put(stage, record, **arrays)


def _read(folder: Path, path: str, enough_side: int, describe: Callable) -> Read:
    """One photo: (what is noted of it, its rows, its thumbnail), or why it cannot be had."""
    if path != _as_text(path):
        return "its name is no valid text: rename it"
    try:
        file = os.stat(folder / path)  # first: a change after this is noticed later
        image, size = load_reduced(folder / path, enough_side)
        rows, thumbnail = describe(image, size), jpeg_bytes(image, THUMBNAIL_SIDE)
        facts = {"path": path, "width": size[0], "height": size[1], "bytes": file.st_size, "mtime_ns": file.st_mtime_ns}
    except ImageError as error:
        return str(error)
    except OSError:
        return "it went away while it was read: add it again"
    return facts | {"thumbnail_bytes": len(thumbnail)}, rows, thumbnail


def _piece(outcomes: dict[str, Read]) -> tuple[dict, dict[str, np.ndarray]]:
    """A record of what was read and what was not, and the arrays that go with it."""
    unreadable = [(_as_text(path), reason) for path, reason in outcomes.items() if isinstance(reason, str)]
    good = [outcome for outcome in outcomes.values() if not isinstance(outcome, str)]
    record = {"paths": list(outcomes), "images": [image for image, _, _ in good], "unreadable": unreadable}
    if not good:
        return record, {}
    rows = np.concatenate([rows for _, rows, _ in good])
    thumbnails = np.frombuffer(b"".join(thumbnail for _, _, thumbnail in good), np.uint8)
    return record, {"rows": rows, "thumbnails": thumbnails}


def _as_text(path: str) -> str:
    """The path with a question mark for every byte that is no UTF-8."""
    return path.encode(errors="replace").decode()
