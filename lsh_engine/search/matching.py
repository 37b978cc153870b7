"""Turns hits on patches into matches of images, each with its best patch and query scale."""

from collections.abc import Sequence

import numpy as np

from ..collection.collection import Collection
from ..describe.describer import QueryDescriptors
from ..index import Hits
from .crops import AskedCrops
from .judging import meant
from .paired_times import stage_seconds
from .report import Answer, Match
from .winners import Winners, nearest_of, winners_of


def answer_of(
    method: str, hits: Sequence[Hits], asked: QueryDescriptors | AskedCrops, collection: Collection
) -> Answer:
    """One answer from the hits of every query scale of every crop."""
    asked = AskedCrops.of(asked)
    winners = meant(winners_of(hits, asked, collection), asked, collection)
    return Answer(
        method=method,
        matches=matches_from(winners, asked, collection),
        n_candidates=sum(hit.n_candidates for hit in hits),
        n_vectors=sum(hit.n_vectors for hit in hits),
        plan=hits[0].plan,
        predicted_recall=_recall(hits, winners, asked, collection),
        seconds={"describe": asked.seconds} | stage_seconds(hits),
    )


def _recall(hits: Sequence[Hits], winners: Winners, asked: AskedCrops, collection: Collection) -> float | None:
    """The share that the kind's law expects to have been found, by the angles of what was found."""
    details, angles = hits[0].details, np.sort(winners.angles)
    if asked.combine == "any" or not len(angles):
        return details.recall_of(angles)
    chances = np.ones(len(angles))
    for rows in asked.rows:  # found by the search of every crop, each a stroke of luck of its own
        crop = nearest_of(hits[rows], rows.start, collection)
        found = details.found_probability(crop.angles[np.isin(crop.images, winners.images)])
        if found is None:
            return None
        chances *= np.maximum(found, 1e-12)
    return float(len(chances) / np.sum(1.0 / chances))


def matches_of(hits: Sequence[Hits], asked: QueryDescriptors | AskedCrops, collection: Collection) -> tuple[Match, ...]:
    """Best (angle, patch, scale) of every image hit, sorted by (angle, image id). hits: one for each query row."""
    asked = AskedCrops.of(asked)
    return matches_from(meant(winners_of(hits, asked, collection), asked, collection), asked, collection)


def matches_from(winners: Winners, asked: AskedCrops, collection: Collection) -> tuple[Match, ...]:
    """The winners as matches, sorted by (angle, image id)."""
    winners = winners.at(np.lexsort((winners.images, winners.angles)))
    rows = winners.rows.tolist()
    places = zip(winners.images.tolist(), winners.patches.tolist(), winners.angles.tolist(), rows, strict=True)
    return tuple(
        match_at(collection, image, patch, angle, asked.scales[row], asked.owners[row])
        for image, patch, angle, row in places
    )


def match_at(collection: Collection, image_id: int, patch: int, angle: float, scale: float, crop: int = 0) -> Match:
    """The match of one patch of an image."""
    left, top, right, bottom = (round(float(edge), 2) for edge in collection.boxes(image_id)[patch])
    box = left, top, right, bottom
    return Match(collection.path(image_id), image_id, angle, box, scale, patch=patch, crop=crop)
