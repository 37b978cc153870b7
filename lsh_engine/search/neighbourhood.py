"""The photos nearest to a question, whatever delta: what a view fetches once, to draw the line itself."""

import numpy as np

from ..collection.collection import Collection
from ..index.checks import frozen
from .crops import AskedCrops
from .matching import matches_from
from .nearness import least_angles
from .report import Match
from .winners import Winners, combined


def neighbourhood(collection: Collection, asked: AskedCrops, n: int) -> tuple[Match, ...]:
    """At most n photos, nearest first, by the rules of a search: without the own photo and what is to be avoided."""
    winners = _all(asked, collection)
    stays = winners.images != (-1 if asked.own is None else asked.own)
    if asked.avoid:
        stays &= winners.angles <= _all(AskedCrops(asked.avoid), collection).angles
    winners = winners.at(stays)
    return matches_from(winners.at(np.argsort(winners.angles, kind="stable")[:n]), asked, collection)


def _all(asked: AskedCrops, collection: Collection) -> Winners:
    """Every photo, nearest patch and row found by one product of matrices, their angles measured as an index does."""
    crops = []
    for crop, rows in zip(asked.look, asked.rows, strict=True):
        found = least_angles(crop.vectors, collection.store, collection.id_map)
        images = np.arange(len(found.angles))
        winners = Winners(images, found.patches, found.rows, found.angles)
        angles = _exact(winners, crop.vectors, collection)
        crops.append(Winners(images, found.patches, found.rows + rows.start, angles))
    return combined(crops, asked.combine)


def _exact(winners: Winners, vectors: np.ndarray, collection: Collection) -> np.ndarray:
    """The exact angle of each winner: (m,) float32. A product of matrices rounds angles near zero."""
    angles, ids = winners.angles.copy(), collection.id_map.starts[winners.images] + winners.patches
    for row, vector in enumerate(vectors):
        own = np.flatnonzero(winners.rows == row)
        found, exact = collection.store.within(frozen(ids[own].astype(np.int32)), frozen(vector), np.pi)
        angles[own[np.searchsorted(ids[own], found)]] = exact
    return angles
