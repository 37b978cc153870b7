"""One query on its way through an index: candidates, then the exact look. Nothing is shared between queries.

Two compiled calls and next to no Python between them: with cold caches a call costs as much as thirty rows looked at.
"""

from functools import partial
from time import perf_counter

import numpy as np

from ..contract import Hits, check_length, frozen
from ..store import Rows
from . import kernels
from .hashed_segment import Segment
from .plan import Plan, Strategy
from .projection import Frame
from .tables import damaged


def answer(
    rows: Rows, segments: tuple[Segment, ...], frame: Frame, query: np.ndarray, plan: Plan, planned: float
) -> Hits:
    """The hits of a query, (d,) float32 from `check_shape`. planned: seconds spent on the plan."""
    began = perf_counter()
    hashing, orders = frame.hashing, plan.orders
    parts, n_proposed, hashed, worked = [], 0, 0, 0
    for segment in segments:
        places = segment.places[orders.how[0]]
        try:
            ids, n, length, along, radius, hash_ticks, all_ticks = kernels.find(query, *hashing, *places, *orders)
        except IndexError as error:
            raise damaged() from error
        parts.append(ids + np.int32(segment.start) if segment.start else ids)
        n_proposed, hashed, worked = n_proposed + n, hashed + hash_ticks, worked + all_ticks
    check_length(query, length)
    ids = frozen(parts[0] if len(parts) == 1 else np.concatenate(parts))
    found = perf_counter()
    hits, angles = rows.within(ids, query, plan.delta)
    ended = perf_counter()
    hash_seconds = (found - began) * hashed / worked if worked else 0.0
    seconds = {"plan": planned, "hash": hash_seconds}
    seconds["scan" if plan.k is None else "lookup"] = found - began - hash_seconds
    seconds["rerank"] = ended - found
    choose = partial(kernels.probes_of, query, *hashing[:3], orders.numbers, orders.how)
    strategy = Strategy(plan, radius, along, choose)
    n_proposed = None if plan.k is None else n_proposed
    seen = along_of(segments, hits) if plan.centre.square else None
    return Hits(hits, angles, min(len(ids), rows.n_live), rows.n_live, strategy, seconds, n_proposed, seen)


def along_of(segments: tuple[Segment, ...], ids: np.ndarray) -> np.ndarray:
    """x.c of the vectors at `ids`, (h,) int64 in any order: (h,) float32."""
    if len(segments) == 1:
        return segments[0].along[ids]
    along = np.empty(len(ids), np.float32)
    for segment in segments:
        inside = (ids >= segment.start) & (ids < segment.stop)
        along[inside] = segment.along[ids[inside] - segment.start]
    return along
