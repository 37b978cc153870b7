"""The planner: which strategy answers at this delta. It takes the cheapest that is predicted to keep the recall.

From the angles of random pairs of stored vectors, H(theta), and the chance P(found | theta) of a strategy,
    share of the vectors it looks at = sum over theta of H(theta) P(found | theta),
and its time = fixed cost + buckets and rows read + rows looked at exactly. P(found | delta) at the edge of the ball is
the recall promised; inside it is higher.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ...core.bounds import check_delta, check_whole
from . import kernels
from .amplification import amplified_probability
from .centring import ORIGIN, Centre
from .config import check_plan
from .plan import (
    COARSE_BITS,
    CODE_BITS,
    EXHAUSTIVE,
    PROBED_GRID,
    SKETCH_BITS,
    Plan,
    cotangent,
    probed_curve,
    rounded_up,
    sketch_passes,
    thresholds,
)

ANGLE_BINS = 256  # bins of the histograms over 0..pi
N_PROBED = 16  # tables that are probed: more cost memory and gain little
ROUGH_LOSS = 1 / 30  # part of the allowed misses that a rough filter before or after the main stage may cost
TABLES_LOSS = 2.3e-4  # misses that the filter may add to plan "tables": 3.5 sigma
MOST_PLANS = 4096  # remembered
N_SIMULATED = 3  # random queries on which a number of probes is predicted

# Seconds, measured on one core of a 2-core server with AVX-512 and 32 MB of L3 cache, caches flushed, with 50,000 to
# 800,000 rows of 256 and 512 floats. Only their ratios matter.
FIXED = 80e-6  # checks, hashing and sorting of one query
READ_FLOAT = 0.107e-9  # stream one float32 of a vector from memory, once for a whole batch
MULTIPLY_FLOAT = 0.02e-9  # multiply it, for each query
SCAN_ROW = 1.2e-9  # compare the first 256 bits of one sketch
CHUNK_ROW = 30e-9  # compare 256 further bits of a row that passed
PLANE_FLOAT = 0.1e-9  # one float of a Gaussian hyperplane
CHOOSE_PROBE = 0.22e-6  # find the next likely bucket
LOOK_UP = 0.2e-6  # go to a bucket
READ_ENTRY = 2e-9  # one entry of a bucket, marked as seen
FILTER_ROW = 17e-9  # compare the sketch of a row at random
RERANK_ROW = 50e-9  # fetch one row at random
RERANK_FLOAT = 0.25e-9  # and each float of it


@dataclass(frozen=True)
class Statistics:
    """What a prediction needs to know of an index.

    histogram: 256 counts of the angles of random pairs over 0..pi. seen: the same of the angles seen from the centre.
    """

    n_vectors: int
    dim: int
    n_hyperplanes: int
    n_tables: int
    histogram: tuple[int, ...]
    seen: tuple[int, ...]
    centre: Centre = ORIGIN
    longest_key: int = 29
    value_bytes: int = 4  # of a stored value: 2 for float16


class Planner:
    """Makes the plans for one collection, each once."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics
        self._plans: dict[tuple, Plan] = {}

    def plan(self, name: str, delta: float, recall: float, n_queries: int = 1) -> Plan:
        """The cheapest plan of this name ("auto": of any) that keeps `recall` at `delta`, for a batch.

        Raises EngineError for arguments that cannot be; those of a plan that was made before are known to be right.
        """
        try:
            return self._plans[name, delta, recall, n_queries]
        except (KeyError, TypeError):
            plan = self._checked(name, delta, recall, n_queries)
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        self._plans[name, delta, recall, n_queries] = plan
        return plan

    def _checked(self, name: str, delta: float, recall: float, n_queries: int) -> Plan:
        check_plan(name, recall)
        check_whole("n_queries", n_queries, 1, 2**31 - 1)
        return make_plan(self.statistics, name, min(check_delta(delta), math.pi), float(recall), n_queries)


def make_plan(statistics: Statistics, name: str, delta: float, recall: float, n_queries: int = 1) -> Plan:
    """The cheapest plan, as `Planner.plan` tells it, of arguments that were checked."""
    centre = statistics.centre
    radius = rounded_up(centre.widest(delta, centre.middle))
    makers = {"exhaustive": _exhaustive, "sketch": _sketch, "multiprobe": _multiprobe, "tables": _tables}
    names = [name]
    if name == "auto":  # beyond a right angle bits say which vectors are far, not which are near
        names = ["exhaustive", "sketch", "multiprobe"] if max(delta, radius) < math.pi / 2 else ["exhaustive"]
    best = replace(EXHAUSTIVE, predicted_seconds=math.inf)
    for each in names:
        for plan in makers[each](statistics, radius, recall, best.predicted_seconds):
            predicted = _predict(replace(plan, delta=delta, radius=radius, centre=centre), statistics, delta, n_queries)
            if predicted.predicted_seconds < best.predicted_seconds:
                best = predicted
    return best


def _exhaustive(statistics: Statistics, radius: float, recall: float, limit: float) -> Iterator[Plan]:
    yield EXHAUSTIVE


def _split(recall: float) -> tuple[float, float]:
    """(recall of the main stage, recall of a rough filter) that together give `recall`."""
    rough = 1.0 - (1.0 - recall) * ROUGH_LOSS
    return recall / rough, rough


def _sketch(statistics: Statistics, radius: float, recall: float, limit: float) -> Iterator[Plan]:
    """Plans that scan sketches, one for each length. Of longer ones the first 256 bits settle which rows are far."""
    for bits in SKETCH_BITS:
        main, rough = (recall, 1.0) if bits == COARSE_BITS else _split(recall)
        coarse, threshold = thresholds(bits, radius, main, rough)
        yield Plan("sketch", coarse=coarse, bits=bits, threshold=threshold, main=main, rough=rough)


def _tables(statistics: Statistics, radius: float, recall: float, limit: float) -> Iterator[Plan]:
    """Source A's tables, k bits AND, L tables OR, with and without a sketch filter that loses next to nothing."""
    k, n_tables = statistics.n_hyperplanes, statistics.n_tables
    rough = 1 - TABLES_LOSS
    for bits in SKETCH_BITS:
        coarse, threshold = thresholds(bits, radius, rough, rough)
        yield Plan("tables", k=k, n_tables=n_tables, coarse=coarse, bits=bits, threshold=threshold, rough=rough)
    yield Plan("tables", k=k, n_tables=n_tables)


def _multiprobe(statistics: Statistics, radius: float, recall: float, limit: float) -> Iterator[Plan]:
    """Plans that probe likely buckets, by keys of several lengths, with a sketch filter behind them."""
    main, rough = _split(recall)
    fullest = max(1, (statistics.n_vectors - 1).bit_length())
    lengths = {min(max(4, fullest + step), statistics.longest_key) for step in (-6, -4, -3, -2, -1)}
    for k in [0, *sorted(lengths)] if radius < math.pi / 2 else [0]:  # the empty key is everyone's
        simulated = _simulate(k, radius, main, limit)
        if simulated is None:
            continue
        n_probes, curve = simulated
        plan = Plan("multiprobe", k=k, n_tables=N_PROBED, n_probes=n_probes, curve=curve, main=main, rough=rough)
        for bits in SKETCH_BITS[:2]:
            coarse, threshold = thresholds(bits, radius, rough, rough)
            yield replace(plan, coarse=coarse, bits=bits, threshold=threshold)


def _simulate(k: int, radius: float, recall: float, limit: float) -> tuple[int, tuple[float, ...]] | None:
    """(probes, chance at each angle of PROBED_GRID) of typical queries; None where probes do not keep the recall."""
    codes, n_probes, curves = np.zeros(N_PROBED, np.uint32), [], []
    for distances in _random_distances():
        tables, keys, reached = kernels.choose_probes(codes, distances, N_PROBED, k, cotangent(radius), recall)
        if reached < recall or (k and len(tables) * (CHOOSE_PROBE + LOOK_UP) > limit):
            return None
        n_probes.append(len(tables))
        curves.append(probed_curve(codes, distances, N_PROBED, k, tables, keys))
    return round(float(np.mean(n_probes))), tuple(np.mean(curves, axis=0).tolist())


@lru_cache(maxsize=1)
def _random_distances() -> tuple[np.ndarray, ...]:
    """Distances of random queries to their hyperplanes: standard normal, the same at every call."""
    draws = np.random.default_rng(0).standard_normal((N_SIMULATED, N_PROBED * CODE_BITS), dtype=np.float32)
    return tuple(draws)


def _predict(plan: Plan, statistics: Statistics, delta: float, n_queries: int) -> Plan:
    """`plan` with its predicted share, recall and seconds."""
    middles = (np.arange(ANGLE_BINS) + 0.5) * (math.pi / ANGLE_BINS)
    original, seen = _shares(statistics.histogram), _shares(statistics.seen)
    n, dim, wide = statistics.n_vectors, statistics.dim, statistics.value_bytes / 4
    read = READ_FLOAT * wide
    if plan.name == "exhaustive":
        hits = float(original[middles <= delta].sum())
        streamed = n * dim * (read / n_queries + MULTIPLY_FLOAT) + n * hits * dim * read
        return replace(plan, predicted_seconds=FIXED / 2 + streamed)
    seconds, opened = FIXED, 1.0
    if plan.name == "tables":
        opened = float(original @ amplified_probability(middles, plan.k, plan.n_tables))
        entries = n * plan.n_tables * float(original @ amplified_probability(middles, plan.k, 1))
        seconds += plan.n_tables * (plan.k * dim * PLANE_FLOAT + LOOK_UP) + entries * READ_ENTRY
    elif plan.n_tables:
        opened = float(seen @ np.interp(middles, PROBED_GRID, plan.curve))
        seconds += plan.n_probes * (CHOOSE_PROBE + LOOK_UP) + n * opened * READ_ENTRY
    looked_at = opened
    if plan.bits:
        coarse = plan.threshold if plan.coarse is None else plan.coarse
        survive = float(seen @ sketch_passes(middles, COARSE_BITS, coarse))
        seconds += n * (opened * FILTER_ROW if plan.n_tables else SCAN_ROW)
        further = min(opened, survive)
        seconds += n * further * (plan.bits // COARSE_BITS - 1) * CHUNK_ROW
        close = float(seen @ sketch_passes(middles, plan.bits, plan.threshold))
        looked_at = min(opened, survive, close)  # whoever passes all stages passes the hardest: never too low
    seconds += n * looked_at * (RERANK_ROW + RERANK_FLOAT * wide * dim)
    edge = _at_edge(plan, delta)
    return replace(plan, predicted_share=looked_at, predicted_recall=edge, predicted_seconds=seconds)


def _at_edge(plan: Plan, delta: float) -> float:
    """Chance to find a vector at delta, seen at the radius that the plan is made for."""
    chance = 1.0
    for stage in plan.stages(np.array([delta]), np.array([plan.radius])):
        chance *= float(stage[0])
    return chance


def _shares(histogram: tuple[int, ...]) -> np.ndarray:
    counts = np.asarray(histogram, np.float64)
    return counts / max(1.0, counts.sum())
