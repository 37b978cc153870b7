"""What a build will take, before it starts: photos counted, a few of them described on the clock."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from ..core.errors import DatabaseError, ImageError
from ..core.threads import map_parallel
from ..describe import backbones
from ..describe.describer import Describer
from ..describe.patch_config import PatchConfig
from ..images.loading import jpeg_bytes, load_reduced
from ..images.photo_folders import list_photos
from ..index.lsh.config import LSHConfig
from .describing import THUMBNAIL_SIDE

N_TIMED = 12  # photos
FIXED_SECONDS = 4.0  # to start a process and to load the network
HASH_SECONDS = 4e-6  # a vector
TRANSFORM_BYTES = 1_600_000  # mean and rotation
WHILE_BUILT = 1.1  # times the bytes of the finished database
INDEX_BYTES = 4 * 16 + 128 + 48  # a vector: probes, sketch, directories; tables come on top


@dataclass(frozen=True)
class Estimate:
    """What a build takes. unreadable: how many of the timed photos could not be read."""

    photos: int
    photo_bytes: int
    vectors: int
    bytes: int  # of the finished database; while it is built, a tenth more
    seconds: float
    trial_seconds: float  # of these, for the searches that measure the presets
    photos_per_second: float
    free_bytes: int  # where the database will lie
    timed: int
    unreadable: int

    @property
    def peak_bytes(self) -> int:
        """Disk that the build takes before it ends."""
        return round(WHILE_BUILT * self.bytes)

    @property
    def fits(self) -> bool:
        """Whether the disk has room for the build."""
        return self.peak_bytes < self.free_bytes


def estimate_build(
    photos: Path,
    root: Path,
    backbone: str,
    patches: PatchConfig | None = None,
    lsh: LSHConfig | None = None,
    time_trials: Callable[[Describer, list[Path], int], float] = lambda describer, files, n_photos: 0.0,
) -> Estimate:
    """Takes a second or two once the network is loaded. Raises EngineError where the build would.

    time_trials: (describer, some of the photos, how many there are) -> seconds that measuring presets takes.
    """
    lsh, describer = lsh or LSHConfig(), Describer(backbone, patches, backbones.best_precision(backbone))
    paths = list_photos(photos)
    picked = [paths[i] for i in np.unique(np.linspace(0, len(paths) - 1, N_TIMED).round().astype(int))]
    passes = []
    for _ in range(2):  # the first also loads the network and meets every size of photo
        started = perf_counter()
        thumbnails = map_parallel(lambda path: _describe(describer, photos / path), picked)
        passes.append(perf_counter() - started)
    each = min(passes) / len(picked)
    read = [size for size in thumbnails if size is not None]
    if not read:
        raise DatabaseError(f"none of {len(picked)} photos tried in {photos.name} could be read: choose another folder")
    n_vectors = len(paths) * describer.patches.n_patches
    width = np.dtype(lsh.storage).itemsize * describer.card.dim + 4 * lsh.n_tables + INDEX_BYTES
    readable = [photos / path for path, size in zip(picked, thumbnails, strict=True) if size is not None]
    trials = time_trials(describer, readable, len(paths))
    return Estimate(
        photos=len(paths),
        photo_bytes=_size_of(photos, paths),
        vectors=n_vectors,
        bytes=n_vectors * width + round(len(paths) * float(np.mean(read))) + TRANSFORM_BYTES,
        seconds=FIXED_SECONDS + len(paths) * each + n_vectors * HASH_SECONDS * lsh.n_tables / 50 + trials,
        trial_seconds=trials,
        photos_per_second=1 / each,
        free_bytes=_free(root),
        timed=len(picked),
        unreadable=len(picked) - len(read),
    )


def _describe(describer: Describer, file: Path) -> int | None:
    """Bytes of the thumbnail; None for what is no readable photo."""
    try:
        image, size = load_reduced(file, describer.enough_side)
        describer.pool_patches(image, size)
        return len(jpeg_bytes(image, THUMBNAIL_SIDE))
    except ImageError:
        return None


def _size_of(folder: Path, paths: list[str]) -> int:
    total = 0
    for path in paths:
        try:
            total += os.stat(folder / path).st_size
        except OSError:  # it went away
            continue
    return total


def _free(root: Path) -> int:
    """Bytes free where `root` lies or will lie."""
    place = next(folder for folder in (root, *root.resolve().parents) if folder.is_dir())
    return shutil.disk_usage(place).free
