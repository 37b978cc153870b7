"""From hits on patches to matches of images: the best patch and scale of each."""

import numpy as np

from ..collection.collection import Database
from ..describe.describer import Describer, QueryDescriptors
from ..index import Hits
from .report import Answer, Match


def answer_of(
    method: str, hits: list[Hits], described: QueryDescriptors, database: Database, describer: Describer
) -> Answer:
    """One answer from the hits of every query scale."""
    matches = matches_of(hits, described.scales, database, describer)
    best_angles = np.array([match.angle for match in matches])
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
        predicted_recall=hits[0].strategy.recall_of(best_angles),
        seconds=seconds,
    )


def matches_of(
    hits: list[Hits], scales: tuple[float, ...], database: Database, describer: Describer
) -> tuple[Match, ...]:
    """Best (angle, patch, scale) of every image hit, sorted by (angle, image id). hits: one for each scale."""
    ids = np.concatenate([hit.ids for hit in hits])
    angles = np.concatenate([hit.angles for hit in hits])
    rows = np.repeat(np.arange(len(hits)), [len(hit) for hit in hits])
    images, patches = np.divmod(ids, database.n_patches)
    order = np.lexsort((ids, angles, images))
    best = order[np.unique(images[order], return_index=True)[1]]
    best = best[np.lexsort((images[best], angles[best]))]

    def match(i: int) -> Match:
        image_id = int(images[i])
        box = describer.boxes(database.image_size(image_id))[patches[i]]
        edges = tuple(round(float(edge), 2) for edge in box)
        return Match(database.path(image_id), image_id, float(angles[i]), edges, scales[rows[i]])

    return tuple(match(i) for i in best)
