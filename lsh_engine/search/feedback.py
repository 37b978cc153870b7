"""Relevance feedback: a query moved towards what was found to be right and away from what was wrong (Rocchio, 1971)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..collection.collection import Collection
from ..core.bounds import check_whole
from ..describe.describer import QueryDescriptors

# Weights of the query, of the mean of what was liked and of what was disliked: those that Manning, Raghavan and Schütze
# (2008, section 9.1) advise.
ALPHA, BETA, GAMMA = 1.0, 0.75, 0.15
NO_DIRECTION = 1e-3  # a vector shorter than this points nowhere

Place = tuple[int, int]  # image id, place of the patch in it


def refined(
    collection: Collection, described: QueryDescriptors, liked: Sequence[Place], disliked: Sequence[Place] = ()
) -> QueryDescriptors:
    """alpha query + beta mean(liked) - gamma mean(disliked), every scale brought to unit length again.

    liked, disliked: patches of photos. Raises EngineError for a place that is not there.
    """
    moved = ALPHA * described.vectors
    for places, weight in ((liked, BETA), (disliked, -GAMMA)):
        if places:
            moved = moved + weight * collection.store.take(_ids(collection, places)).mean(axis=0)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit = moved / np.maximum(lengths, NO_DIRECTION)
    vectors = np.where(lengths < NO_DIRECTION, described.vectors, unit).astype(np.float32)
    return replace(described, vectors=vectors)


def _ids(collection: Collection, places: Sequence[Place]) -> np.ndarray:
    """Patch ids of the places, each once: int64, ascending."""
    ids = set()
    for image_id, patch in places:
        check_whole("image id", image_id, 0, collection.n_images - 1)
        span = collection.id_map.span(image_id)
        check_whole("patch", patch, 0, span.stop - span.start - 1)
        ids.add(span.start + int(patch))
    return np.array(sorted(ids), np.int64)
