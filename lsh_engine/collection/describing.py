"""Photos to descriptors, piece by piece, each piece on the disk before the next begins."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import ImageError
from ..core.progress import Progress
from ..core.threads import map_ahead
from ..describe.transform import Transform, finish, learn_transform
from ..images.loading import jpeg_bytes, load_reduced
from .staging import StagedPhotos, Staging
from .task import Task

SAMPLE = 400  # photos that teach mean and rotation
PIECE = 16  # photos a piece: what a kill can cost
AHEAD = 2 * PIECE  # photos described before their piece's turn
THUMBNAIL_SIDE = 320  # pixels

Photo = tuple[dict, np.ndarray, bytes] | str  # (facts, rows, thumbnail), or why it cannot be had
Describe = Callable[[Image.Image, tuple[int, int]], np.ndarray]  # (picture, size of the original) -> rows


def learn(
    task: Task, staging: Staging, wanted: list[str], progress: Progress
) -> tuple[Transform | None, dict[str, Photo]]:
    """Mean and rotation from a sample of the photos, and the sample with its pooled rows for `describe`.

    The sample stays in memory (0.7 MB a photo): pooled rows are six times as large as descriptors. Only the transform
    is staged, so a build that stops before it is learned begins again.
    """
    if not task.describer.card.learned:
        return None, {}
    for record in staging.done("transform"):
        return Transform(*(np.array(staging.array(record, name)) for name in ("mean", "rotation"))), {}
    chosen = np.random.default_rng(0).permutation(len(wanted))[:SAMPLE]
    sample: dict[str, Photo] = {}
    for piece in _pieces(task, [wanted[i] for i in sorted(chosen)], task.describer.pool_patches):
        progress(len(sample), len(wanted), "learn")
        sample |= piece()
    pooled = [photo[1] for photo in sample.values() if not isinstance(photo, str)]
    if not pooled:
        return None, sample
    transform = learn_transform(np.concatenate(pooled), task.describer.card)
    staging.put("transform", {}, mean=transform.mean, rotation=transform.rotation)
    return transform, sample


def describe(
    task: Task,
    staged: StagedPhotos,
    wanted: list[str],
    transform: Transform | None,
    sample: dict[str, Photo],
    progress: Progress,
) -> None:
    """Describe the wanted photos that are not staged yet. sample: photos whose rows are pooled; it is used up."""
    card = task.describer.card

    def vectors(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
        return finish(task.describer.pool_patches(image, size), card, transform)

    for path, photo in sample.items():  # at once: what is pooled takes six times the memory
        sample[path] = photo if isinstance(photo, str) else (photo[0], finish(photo[1], card, transform), photo[2])
    left = [path for path in wanted if path not in staged.seen]
    done = len(wanted) - len(left)
    for piece in _pieces(task, left, vectors, sample):
        progress(done, len(wanted), "describe")
        photos = piece()
        staged.put(*_staged(photos, task.lsh.storage))
        done += len(photos)


def _pieces(
    task: Task, paths: list[str], describe: Describe, known: dict[str, Photo] | None = None
) -> Iterator[Callable[[], dict[str, Photo]]]:
    """Pieces of PIECE photos, each got by a call; the next photos are described while a piece is written.

    known: photos that need not be described; they are taken out.
    """
    known = {} if known is None else known

    def read(path: str) -> Photo:
        return known.pop(path) if path in known else _read(task.folder, path, task.describer.enough_side, describe)

    with closing(map_ahead(read, paths, AHEAD)) as photos:
        for start in range(0, len(paths), PIECE):
            piece = paths[start : start + PIECE]
            yield partial(_next_of, photos, piece)


def _next_of(photos: Iterator[Photo], piece: list[str]) -> dict[str, Photo]:
    return dict(zip(piece, photos, strict=False))


def _read(folder: Path, path: str, enough_side: int, describe: Describe) -> Photo:
    """One photo: (facts of it, its rows, its thumbnail), or why it cannot be had."""
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
    return facts | {"n_patches": len(rows), "thumbnail_bytes": len(thumbnail)}, rows, thumbnail


def _staged(photos: dict[str, Photo], dtype: str) -> tuple[dict, np.ndarray | None, np.ndarray | None]:
    """The record of a piece, and the rows and thumbnails that go with it."""
    unreadable = [(_as_text(path), reason) for path, reason in photos.items() if isinstance(reason, str)]
    good = [photo for photo in photos.values() if not isinstance(photo, str)]
    record = {"paths": list(photos), "images": [facts for facts, _, _ in good], "unreadable": unreadable}
    if not good:
        return record, None, None
    rows = np.concatenate([rows for _, rows, _ in good]).astype(dtype)
    return record, rows, np.frombuffer(b"".join(thumbnail for _, _, thumbnail in good), np.uint8)


def _as_text(path: str) -> str:
    """The path with a question mark for every byte that is no UTF-8."""
    return path.encode(errors="replace").decode()
