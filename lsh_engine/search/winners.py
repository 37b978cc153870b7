"""Photos, each with the patch and the query row that won it: how hits on patches, crop by crop, become photos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..collection.collection import Collection
from ..index import Hits
from .crops import AskedCrops, Combine


@dataclass(frozen=True, eq=False)
class Winners:
    """Photos in ascending order, each once. All arrays are (m,).

    images, patches: int64, a photo and the place of the patch in it. rows: int64, the row of `AskedCrops.vectors`.
    angles: float32, radians.
    """

    images: np.ndarray
    patches: np.ndarray
    rows: np.ndarray
    angles: np.ndarray

    def at(self, places: np.ndarray) -> "Winners":
        """Those at `places`: indices or a mask, (m,)."""
        return Winners(self.images[places], self.patches[places], self.rows[places], self.angles[places])


def winners_of(hits: Sequence[Hits], asked: AskedCrops, collection: Collection) -> Winners:
    """The photos that answer the question by these hits, one for each row of `asked.vectors`."""
    crops = [nearest_of(hits[rows], rows.start, collection) for rows in asked.rows]
    return combined(crops, asked.combine)


def combined(crops: Sequence[Winners], combine: Combine) -> Winners:
    """One winner a photo from those of each crop: the nearest, or of the photos that all crops have the farthest."""
    if len(crops) == 1:
        return crops[0]
    columns = ((crop.images, crop.patches, crop.rows, crop.angles) for crop in crops)
    both = Winners(*(np.concatenate(column) for column in zip(*columns, strict=True)))
    order = np.lexsort((both.angles if combine == "any" else -both.angles, both.images))
    _, first, counts = np.unique(both.images[order], return_index=True, return_counts=True)
    return both.at(order[first if combine == "any" else first[counts == len(crops)]])


def nearest_of(hits: Sequence[Hits], first_row: int, collection: Collection) -> Winners:
    """The nearest (patch, row) of every photo hit by one crop. hits: one for each of its rows."""
    ids = np.concatenate([hit.ids for hit in hits])
    angles = np.concatenate([hit.angles for hit in hits])
    rows = first_row + np.repeat(np.arange(len(hits)), [len(hit) for hit in hits])
    images, patches = collection.id_map.split(ids)
    order = np.lexsort((ids, angles, images))
    best = order[np.unique(images[order], return_index=True)[1]]
    return Winners(images[best], patches[best], rows[best], angles[best])
