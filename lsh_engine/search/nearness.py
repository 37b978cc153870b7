"""Compares one query with every photo, whatever delta, so that a move of delta only counts what is known already."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..collection.id_map import IdMap
from ..core.angles import angles_from_cosines
from ..core.threads import one_blas_thread
from ..describe.describer import QueryDescriptors
from ..index.store import VectorStore

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


@dataclass(frozen=True)
class LeastAngles:
    """The nearest pair of every photo, by image id. patches, rows: (n,) int64, the patch and the query vector that won.

    angles: (n,) float32, radians.
    """

    patches: np.ndarray
    rows: np.ndarray
    angles: np.ndarray


def nearness(described: QueryDescriptors, store: VectorStore, id_map: IdMap) -> Nearness:
    """The angle of every photo to a query: every patch is compared with every query scale once."""
    n_bins = math.ceil(math.pi / STEP)
    counts = np.zeros(n_bins, np.int64)

    def count(cosines: np.ndarray) -> None:
        steps = (angles_from_cosines(cosines) / STEP).astype(np.int64)
        counts[:] += np.bincount(steps.ravel(), minlength=n_bins)

    found = least_angles(described.vectors, store, id_map, count)
    order = np.lexsort((np.arange(id_map.n_images), found.angles))
    scales = np.asarray(described.scales)[found.rows[order]]
    return Nearness(counts, order, found.patches[order], scales, found.angles[order])


def least_angles(
    vectors: np.ndarray,
    store: VectorStore,
    id_map: IdMap,
    see: Callable[[np.ndarray], None] = lambda cosines: None,
) -> LeastAngles:
    """Every photo's least angle to any of the query vectors, (s, d) float32. see: is shown all cosines."""
    most = np.empty(id_map.n_images, np.float32)
    rows, patches = np.empty(id_map.n_images, np.int64), np.empty(id_map.n_images, np.int64)
    for images, ids in id_map.groups(ONCE):
        with one_blas_thread():
            cosines = vectors @ store.part(ids.start, ids.stop).T
        see(cosines)
        starts = id_map.starts_in(images)
        highest = np.maximum.reduceat(cosines, starts, axis=1)
        rows[images], most[images] = highest.argmax(axis=0), highest.max(axis=0)
        owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, cosines.shape[1])))
        places = np.flatnonzero(cosines[rows[images][owner], np.arange(len(owner))] == most[images][owner])
        patches[images] = places[np.unique(owner[places], return_index=True)[1]] - starts
    return LeastAngles(patches, rows, angles_from_cosines(most))
