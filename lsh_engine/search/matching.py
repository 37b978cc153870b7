"""Turns hits on patches into matches of images, each with its best patch and query scale."""

from collections.abc import Sequence

import numpy as np

from ..collection.collection import Collection
from ..describe.describer import QueryDescriptors
from ..index import Hits
from .report import Answer, Match


def answer_of(method: str, hits: Sequence[Hits], described: QueryDescriptors, collection: Collection) -> Answer:
    """One answer from the hits of every query scale."""
    matches = matches_of(hits, described.scales, collection)
    seconds = {"describe": described.seconds}
    for hit in hits:
        for stage, value in hit.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + value
    return Answer(
        method=method,
        matches=matches,
        n_candidates=sum(hit.n_candidates for hit in hits),
        n_vectors=sum(hit.n_vectors for hit in hits),
        plan=hits[0].plan,
        predicted_recall=hits[0].details.recall_of(np.array([match.angle for match in matches])),
        seconds=seconds,
    )


def matches_of(hits: Sequence[Hits], scales: Sequence[float], collection: Collection) -> tuple[Match, ...]:
    """Best (angle, patch, scale) of every image hit, sorted by (angle, image id). hits: one for each scale."""
    ids = np.concatenate([hit.ids for hit in hits])
    angles = np.concatenate([hit.angles for hit in hits])
    rows = np.repeat(np.arange(len(hits)), [len(hit) for hit in hits])
    images, patches = collection.id_map.split(ids)
    order = np.lexsort((ids, angles, images))
    best = order[np.unique(images[order], return_index=True)[1]]
    best = best[np.lexsort((images[best], angles[best]))]
    return tuple(match_at(collection, int(images[i]), int(patches[i]), float(angles[i]), scales[rows[i]]) for i in best)


def match_at(collection: Collection, image_id: int, patch: int, angle: float, scale: float) -> Match:
    """The match of one patch of an image."""
    left, top, right, bottom = (round(float(edge), 2) for edge in collection.boxes(image_id)[patch])
    return Match(collection.path(image_id), image_id, angle, (left, top, right, bottom), scale)
