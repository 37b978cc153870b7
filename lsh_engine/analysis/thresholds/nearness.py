"""One query against every photo, whatever delta: then a move of delta only counts what is known already."""

import math
from dataclasses import dataclass

import numpy as np

from ...core.angles import angles_from_cosines
from ...core.threads import one_blas_thread
from ...describe.describer import QueryDescriptors
from ...index.store import Rows

STEP = 0.01  # radians, bins of the histogram
ONCE = 256  # photos compared at once


@dataclass(frozen=True)
class Nearness:
    """Photos by their least angle. counts: (315,) int64, all comparisons by STEP of their angle.

    images, patches: (n,) int64, nearest photo first. scales: (n,) the query scale that won.
    angles: (n,) float32, radians. n_comparisons: patches of all photos times query scales.
    """

    counts: np.ndarray
    images: np.ndarray
    patches: np.ndarray
    scales: np.ndarray
    angles: np.ndarray

    @property
    def n_comparisons(self) -> int:
        return int(self.counts.sum())

    def n_within(self, delta: float) -> int:
        """Photos within delta: an answer is the first that many."""
        return int(np.searchsorted(self.angles, np.float32(delta), side="right"))


def nearness(described: QueryDescriptors, rows: Rows, n_patches: int) -> Nearness:
    """Every comparison, once. rows: every patch of every photo, photo after photo."""
    n_images, n_scales = len(rows) // n_patches, len(described.vectors)
    n_bins = math.ceil(math.pi / STEP)
    counts, best, where = np.zeros(n_bins, np.int64), np.empty(n_images, np.float32), np.empty(n_images, np.int64)
    for start in range(0, n_images, ONCE):
        stop = min(start + ONCE, n_images)
        with one_blas_thread():
            cosines = described.vectors @ rows.part(start * n_patches, stop * n_patches).T
        angles = angles_from_cosines(cosines)
        counts += np.bincount((angles / STEP).astype(np.int64).ravel(), minlength=n_bins)
        angles = angles.reshape(n_scales, stop - start, n_patches).transpose(1, 0, 2).reshape(stop - start, -1)
        where[start:stop] = angles.argmin(axis=1)
        best[start:stop] = angles.min(axis=1)
    order = np.lexsort((np.arange(n_images), best))
    scales, patches = np.divmod(where[order], n_patches)
    return Nearness(counts, order, patches, np.asarray(described.scales)[scales], best[order])
