"""The planner: which strategy answers at this delta. It takes the cheapest that is predicted to keep the recall.

From the angles of random pairs of stored vectors, H(theta), and the chance P(found | theta) of a strategy,
    share of the vectors it looks at = sum over theta of H(theta) P(found | theta),
and its time = fixed cost + buckets and rows read + rows looked at exactly. P(found | delta) at the edge of the ball is
the recall promised; inside it is higher.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import numpy as np

from ...core.bounds import check_delta, check_whole
from .amplification import amplified_probability
from .centring import ORIGIN, Centre
from .config import check_plan
from .plan import (
    COARSE_BITS,
    EXHAUSTIVE,
    PROBED_GRID,
    SKETCH_BITS,
    Plan,
    rounded_up,
    sketch_passes,
    thresholds,
)
from .simulated_probes import N_PROBED, Probes

ANGLE_BINS = 256  # bins of the histograms over 0..pi
MIDDLES = (np.arange(ANGLE_BINS) + 0.5) * (math.pi / ANGLE_BINS)
ROUGH_LOSS = 1 / 30  # part of the allowed misses that a rough filter before or after the main stage may cost
TABLES_LOSS = 2.3e-4  # misses that the filter may add to plan "tables": 3.5 sigma
MOST_PLANS = 4096  # remembered

# Seconds, measured on one core of a 2-core server with AVX-512 and 32 MB of L3 cache, caches flushed, with 50,000 to
# 800,000 rows of 256 and 512 floats. Only their ratios matter.
WORTH = 0.98  # part of the cheapest plan's time: one that saves less than the rest is not worked out
PLANNING = 300e-6  # make one plan, once for each delta
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

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of the random pairs in each bin: (256,) float64."""
        return _shares(self.histogram)

    @cached_property
    def seen_shares(self) -> np.ndarray:
        """The same of their angles seen from the centre."""
        return _shares(self.seen)


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
    """The cheapest plan, as `Planner.plan` tells it, of arguments that were checked.

    Each strategy proposes plans with the least that they can cost; they are worked out while that is well below the
    cheapest so far. Where a scan is so quick that planning costs more than it could save, the scan is taken at once.
    """
    centre = statistics.centre
    radius = rounded_up(centre.widest(delta, centre.middle))
    makers = {"sketch": _sketch, "multiprobe": _multiprobe, "tables": _tables}
    names, best, cost = [name], replace(EXHAUSTIVE, delta=delta, radius=radius, centre=centre), math.inf
    if name in ("auto", "exhaustive"):
        cost = _scan_seconds(statistics, delta, n_queries)
        # beyond a right angle bits say which vectors are far, not which are near
        worth = (cost - FIXED) * n_queries > PLANNING and max(delta, radius) < math.pi / 2
        names = ["sketch", "multiprobe"] if name == "auto" and worth else []
    share = 1.0
    for each in names:
        for proposal in makers[each](statistics, radius, recall, cost):
            if proposal.least >= WORTH * cost:
                continue
            plan = proposal.complete()
            looked_at, seconds = _predict(plan, statistics)
            if seconds < cost:
                best, cost, share = replace(plan, delta=delta, radius=radius, centre=centre), seconds, looked_at
    edge = 1.0 if best.name == "exhaustive" else _at_edge(best, delta)
    return replace(best, predicted_share=share, predicted_recall=edge, predicted_seconds=cost)


class Proposal(NamedTuple):
    """A plan that is worked out where it can win. least: seconds that it takes at any rate."""

    least: float
    complete: Callable[[], Plan]


def _split(recall: float) -> tuple[float, float]:
    """(recall of the main stage, recall of a rough filter) that together give `recall`."""
    rough = 1.0 - (1.0 - recall) * ROUGH_LOSS
    return recall / rough, rough


def _sketch(statistics: Statistics, radius: float, recall: float, limit: float) -> Iterator[Proposal]:
    """Plans that scan sketches, one for each length. Of longer ones the first 256 bits settle which rows are far."""

    def complete(bits: int) -> Plan:
        main, rough = (recall, 1.0) if bits == COARSE_BITS else _split(recall)
        coarse, threshold = thresholds(bits, radius, main, rough)
        return Plan("sketch", coarse=coarse, bits=bits, threshold=threshold, main=main, rough=rough)

    near = recall * float(statistics.seen_shares[: _bins_within(radius)].sum())  # all of these pass every filter
    for bits in SKETCH_BITS:
        each = (bits // COARSE_BITS - 1) * CHUNK_ROW + _look_seconds(statistics)
        yield Proposal(FIXED + statistics.n_vectors * (SCAN_ROW + near * each), partial(complete, bits))


def _tables(statistics: Statistics, radius: float, recall: float, limit: float) -> Iterator[Proposal]:
    """Source A's tables, k bits AND, L tables OR, with and without a sketch filter that loses next to nothing."""
    bare = Plan("tables", k=statistics.n_hyperplanes, n_tables=statistics.n_tables)
    rough = 1 - TABLES_LOSS
    for bits in SKETCH_BITS:
        coarse, threshold = thresholds(bits, radius, rough, rough)
        filtered = replace(bare, coarse=coarse, bits=bits, threshold=threshold, rough=rough)
        yield Proposal(0.0, partial(replace, filtered))
    yield Proposal(0.0, partial(replace, bare))


def _multiprobe(statistics: Statistics, radius: float, recall: float, limit: float) -> list[Proposal]:
    """Plans that probe likely buckets, by keys of several lengths, with a sketch filter behind them.

    The cheapest at a guess come first. What a far vector costs is known before the curve of a nearer one.
    """
    main, rough = _split(recall)
    fullest, n = max(1, (statistics.n_vectors - 1).bit_length()), statistics.n_vectors
    lengths = {min(max(4, fullest + step), statistics.longest_key) for step in (-6, -4, -3, -2, -1)}
    half = float(statistics.seen_shares[: _bins_within(math.pi / 2)].sum())
    proposals = []

    def complete(k: int, probes: Probes, bits: int) -> Plan:
        coarse, threshold = thresholds(bits, radius, rough, rough)
        plan = Plan("multiprobe", k=k, n_tables=N_PROBED, n_probes=probes.number, curve=probes.curve)
        return replace(plan, coarse=coarse, bits=bits, threshold=threshold, main=main, rough=rough)

    for k in [0, *sorted(lengths)] if radius < math.pi / 2 else [0]:  # the empty key is everyone's
        probes = Probes.simulated(k, radius, main, (limit - FIXED) / (CHOOSE_PROBE + LOOK_UP))
        if probes is None:  # longer keys take more
            break
        opened = half * probes.at_right_angle()
        least = FIXED + probes.number * (CHOOSE_PROBE + LOOK_UP) + n * opened * (READ_ENTRY + FILTER_ROW)
        proposals += [Proposal(least, partial(complete, k, probes, bits)) for bits in SKETCH_BITS[:2]]
    return sorted(proposals, key=lambda proposal: proposal.least)


def _scan_seconds(statistics: Statistics, delta: float, n_queries: int) -> float:
    """What the exhaustive scan takes for one query of a batch."""
    n, dim, read = statistics.n_vectors, statistics.dim, READ_FLOAT * statistics.value_bytes / 4
    hits = float(statistics.shares[: _bins_within(delta)].sum())
    return FIXED / 2 + n * dim * (read / n_queries + MULTIPLY_FLOAT) + n * hits * dim * read


def _look_seconds(statistics: Statistics) -> float:
    """What it takes to measure one row at random exactly."""
    return RERANK_ROW + RERANK_FLOAT * statistics.value_bytes / 4 * statistics.dim


def _predict(plan: Plan, statistics: Statistics) -> tuple[float, float]:
    """(share of the vectors that a plan looks at exactly, its seconds)."""
    n, dim, seen = statistics.n_vectors, statistics.dim, statistics.seen_shares
    seconds, opened = FIXED, 1.0
    if plan.name == "tables":
        opened = float(statistics.shares @ amplified_probability(MIDDLES, plan.k, plan.n_tables))
        entries = n * plan.n_tables * float(statistics.shares @ amplified_probability(MIDDLES, plan.k, 1))
        seconds += plan.n_tables * (plan.k * dim * PLANE_FLOAT + LOOK_UP) + entries * READ_ENTRY
    elif plan.n_tables:
        opened = float(seen @ np.interp(MIDDLES, PROBED_GRID, plan.curve))
        seconds += plan.n_probes * (CHOOSE_PROBE + LOOK_UP) + n * opened * READ_ENTRY
    looked_at = opened
    if plan.bits:
        coarse = plan.threshold if plan.coarse is None else plan.coarse
        survive = float(seen @ _passes(COARSE_BITS, coarse))
        seconds += n * (opened * FILTER_ROW if plan.n_tables else SCAN_ROW)
        further = min(opened, survive)
        seconds += n * further * (plan.bits // COARSE_BITS - 1) * CHUNK_ROW
        close = float(seen @ _passes(plan.bits, plan.threshold))
        looked_at = min(opened, survive, close)  # whoever passes all stages passes the hardest: never too low
    return looked_at, seconds + n * looked_at * _look_seconds(statistics)


@lru_cache(maxsize=1024)
def _passes(bits: int, threshold: int) -> np.ndarray:
    """Chance that at most `threshold` of `bits` differ, in each bin of the histograms: (256,) float64."""
    return sketch_passes(MIDDLES, bits, threshold)


def _at_edge(plan: Plan, delta: float) -> float:
    """Chance to find a vector at delta, seen at the radius that the plan is made for."""
    chance = 1.0
    for stage in plan.stages(np.array([delta]), np.array([plan.radius])):
        chance *= float(stage[0])
    return chance


def _bins_within(angle: float) -> int:
    """How many bins of the histograms have their middle within an angle."""
    return int(np.searchsorted(MIDDLES, angle, side="right"))


def _shares(histogram: tuple[int, ...]) -> np.ndarray:
    counts = np.asarray(histogram, np.float64)
    return counts / max(1.0, counts.sum())
