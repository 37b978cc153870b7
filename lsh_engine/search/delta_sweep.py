"""What a method finds at each of many deltas: what a slider shows while it is dragged."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..collection.collection import Collection
from ..core.angles import SAME
from ..core.bounds import check_delta
from ..index import Hits
from .crops import AskedCrops
from .judging import are_meant
from .winners import winners_of

EXHAUSTIVE = "exhaustive"
SAME_CANDIDATES = ("tables", EXHAUSTIVE)  # ways that look at the same vectors whatever delta


def found_at(
    collection: Collection, asked: AskedCrops, deltas: Sequence[float], method: str, params: Any = None
) -> list[frozenset[int]]:
    """Image ids that the method finds at each delta (radians), by the rules of a search.

    A way that looks at the same vectors whatever delta is asked once, at the widest. For source A's tables that spares
    the filter made for each narrower delta, which would lose one vector in some thousand (`planner.TABLES_LOSS`).
    """
    found: dict[float, np.ndarray] = {}
    wide: dict[str, list[Hits]] = {}
    widest = max((check_delta(delta) for delta in deltas), default=0.0)
    for delta in dict.fromkeys(deltas):
        way = getattr(collection.index(method).law(delta, params, len(asked.vectors)), "name", method)
        index, given = collection.index(method), params
        if way == EXHAUSTIVE:
            index, given = collection.index(EXHAUSTIVE), None
        if way not in SAME_CANDIDATES:
            hits = index.range_search_batch(asked.vectors, delta, given)
        else:
            if way not in wide:
                wide[way] = index.range_search_batch(asked.vectors, widest, given)
            hits = [_within(each, delta) for each in wide[way]]
        found[delta] = winners_of(hits, asked, collection).images
    every = np.unique(np.concatenate([np.empty(0, np.int64), *found.values()]))
    dropped = every[~are_meant(every, asked, collection)]
    return [frozenset(np.setdiff1d(found[delta], dropped, assume_unique=True).tolist()) for delta in deltas]


def _within(hits: Hits, delta: float) -> Hits:
    """The hits within delta, as an index decides it."""
    return hits.first(int(np.searchsorted(hits.angles, np.float32(max(delta, SAME)), side="right")))
