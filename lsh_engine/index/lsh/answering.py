"""Answers one query: a compiled loop finds candidates, another measures them. Queries share nothing.

There is next to no Python between the two: with cold caches a call costs as much as thirty rows looked at.
"""

from functools import partial
from time import perf_counter

import numpy as np

from ..checks import check_length, frozen
from ..hits import Hits
from . import kernels
from .details import LSHDetails
from .hashed_segment import HashedSegment
from .plan import Plan
from .snapshot import LSHSnapshot
from .tables import damaged


def answer(snapshot: LSHSnapshot, query: np.ndarray, plan: Plan, planned: float) -> Hits:
    """The hits of one query, (d,) float32 from `check_shape`. planned: seconds spent on the plan."""
    began = perf_counter()
    store, hashing, arguments = snapshot.store, snapshot.projection.hashing, plan.kernel_arguments
    parts, n_proposed, hashed, worked = [], 0, 0, 0
    for segment in snapshot.segments:
        places = segment.places[arguments.how[0]]
        try:
            ids, n, length, query_dot, radius, hash_ticks, all_ticks = kernels.find(
                query, *hashing, *places, *arguments
            )
        except IndexError as error:
            raise damaged() from error
        parts.append(ids + np.int32(segment.start) if segment.start else ids)
        n_proposed, hashed, worked = n_proposed + n, hashed + hash_ticks, worked + all_ticks
    check_length(query, length)
    ids = frozen(parts[0] if len(parts) == 1 else np.concatenate(parts))
    found = perf_counter()
    hits, angles = store.within(ids, query, plan.delta)
    ended = perf_counter()
    hash_seconds = (found - began) * hashed / worked if worked else 0.0
    seconds = {"plan": planned, "hash": hash_seconds}
    seconds["lookup" if plan.n_tables else "scan"] = found - began - hash_seconds
    seconds["rerank"] = ended - found
    choose = partial(kernels.probes_of, query, *hashing[:3], arguments.numbers, arguments.how)
    dots = centre_dots_of(snapshot.segments, hits) if plan.centre.square else None
    details = LSHDetails(plan, radius, query_dot, choose, n_proposed if plan.n_tables else None, dots)
    return Hits(hits, angles, True, min(len(ids), store.n_live), store.n_live, seconds, details)


def centre_dots_of(segments: tuple[HashedSegment, ...], ids: np.ndarray) -> np.ndarray:
    """x.c of the vectors at `ids`, (h,) int64 in any order: (h,) float32."""
    if len(segments) == 1:
        return segments[0].centre_dots[ids]
    dots = np.empty(len(ids), np.float32)
    for segment in segments:
        inside = (ids >= segment.start) & (ids < segment.stop)
        dots[inside] = segment.centre_dots[ids[inside] - segment.start]
    return dots
