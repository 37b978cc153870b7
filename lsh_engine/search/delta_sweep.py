"""What a method finds at each of many deltas: what a slider shows while it is dragged."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..collection.collection import Collection
from ..core.angles import SAME
from ..core.bounds import check_delta
from ..index import Index
from .crops import AskedCrops
from .judging import are_meant
from .winners import Winners, winners_of

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
    wide: dict[str, Winners] = {}
    widest = max((check_delta(delta) for delta in deltas), default=0.0)
    for delta in dict.fromkeys(deltas):
        way = _way(collection.index(method), delta, params, len(asked.vectors))
        index, given = collection.index(method), params
        if way == EXHAUSTIVE:
            index, given = collection.index(EXHAUSTIVE), None
        if way not in SAME_CANDIDATES:
            found[delta] = winners_of(index.range_search_batch(asked.vectors, delta, given), asked, collection).images
            continue
        if way not in wide:
            wide[way] = winners_of(index.range_search_batch(asked.vectors, widest, given), asked, collection)
        found[delta] = wide[way].images[wide[way].angles <= np.float32(max(delta, SAME))]  # as an index decides it
    every = np.unique(np.concatenate([np.empty(0, np.int64), *found.values()]))
    dropped = every[~are_meant(every, asked, collection)]
    return [frozenset(np.setdiff1d(found[delta], dropped, assume_unique=True).tolist()) for delta in deltas]


def _way(index: Index, delta: float, params: Any, n_queries: int) -> str:
    """The strategy that answers at delta, by name; of a kind that has none, the kind's. Only "auto" needs a plan."""
    chosen = getattr(params, "plan", "auto")
    return chosen if chosen != "auto" else getattr(index.law(delta, params, n_queries), "name", index.name)
