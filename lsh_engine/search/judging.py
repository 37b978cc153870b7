"""Which photos are meant: the photo that was asked about is not, nor one that is nearer to a crop to avoid.

Both are judged by exact angles over all patches of a photo, whatever an index found of it: so every method leaves out
the same photos, and an index's answer stays a part of the exhaustive one.
"""

import math

import numpy as np

from ..collection.collection import Collection
from ..index import Hits
from ..index.checks import frozen
from .crops import AskedCrops
from .winners import Winners, winners_of


def meant(winners: Winners, asked: AskedCrops, collection: Collection) -> Winners:
    """The winners without the own photo and without those that are nearer to a crop to avoid."""
    return winners.at(are_meant(winners.images, asked, collection))


def are_meant(images: np.ndarray, asked: AskedCrops, collection: Collection) -> np.ndarray:
    """Which of `images` (int64, ascending) may answer the question: (m,) bool."""
    stays = np.ones(len(images), bool) if asked.own is None else images != asked.own
    if asked.avoid and len(images):
        wanted = measured(asked, images, collection)
        stays &= wanted.angles <= measured(AskedCrops(asked.avoid), images, collection).angles
    return stays


def measured(asked: AskedCrops, images: np.ndarray, collection: Collection) -> Winners:
    """Every one of `images` (int64, ascending) with its exact angle, whatever delta."""
    ids, store = frozen(collection.id_map.ids_of(images).astype(np.int32)), collection.store
    found = [store.within(ids, frozen(vector), math.pi) for vector in asked.vectors]
    return winners_of([Hits(*each, True, len(ids), len(ids)) for each in found], asked, collection)
