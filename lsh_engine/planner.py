"""Which strategy answers a query at this delta: the cheapest that is predicted to keep the recall asked for.

From the angles of random pairs of stored vectors, H(theta), and the chance P(found | theta) of a strategy,
    share of the vectors it looks at = sum over theta of H(theta) P(found | theta),
and its time = fixed cost + rows scanned + rows looked at exactly. P(found | delta) at the edge of the ball is
the recall promised; inside it is higher.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from .amplification import amplified_probability, binomial_pmf, choose_k, sketch_threshold
from .config import PLANS
from .errors import EngineError

ANGLE_BINS = 256  # bins of the histogram over 0..pi
COARSE_BITS = 256  # the part of a sketch that settles most rows
SKETCH_BITS = (256, 512, 1024)  # lengths to choose from
ROUGH_LOSS = 1 / 30  # part of the allowed misses that a rough filter before or after the main stage may cost
CODE_BITS = 32  # bits a code; the first k of them are the key of a table

# Seconds, measured on one core of a shared 2-core server with AVX-512 and 32 MB of L3 cache, with 140,000 to
# 800,000 rows of 256 and 512 floats. Only their ratios matter.
FIXED = 20e-6  # checks and sorting of one query
HASH = 25e-6  # sign bits of one query
READ_FLOAT = 0.085e-9  # stream one float32 of a vector from memory, once for a whole batch
MULTIPLY_FLOAT = 0.03e-9  # multiply it, for each query
SCAN_ROW = 1.0e-9  # compare the first 256 bits of one sketch
CHUNK_ROW = 10e-9  # compare 256 further bits of a row that passed
LOOK_UP = 0.2e-6  # two binary searches in one table
READ_ENTRY = 3e-9  # one entry of a bucket, marked as seen
RERANK_ROW = 15e-9  # fetch one row at random
RERANK_FLOAT = 0.16e-9  # and each float of it

# Angles where the binomial curves are tabulated: denser at both ends, where the curves are steeper.
_GRID = math.pi * np.sin(np.linspace(0.0, math.pi / 2, 2049)) ** 2


@dataclass(frozen=True)
class Plan:
    """One strategy with its numbers. Stages that are not used are None.

    k, n_tables: key length and number of tables looked up. coarse: bits of the first 256 that may differ.
    bits, threshold: sketch bits compared and how many of them may differ.
    predicted_share: share of the vectors looked at exactly. predicted_seconds: per query.
    predicted_recall: chance to find a vector at delta, the worst place of the ball.
    """

    name: str
    reason: str = ""
    k: int | None = None
    n_tables: int | None = None
    coarse: int | None = None
    bits: int | None = None
    threshold: int | None = None
    predicted_share: float = 1.0
    predicted_recall: float = 1.0
    predicted_seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"

    def stages(self, angles: np.ndarray) -> Iterator[np.ndarray]:
        """Chance that a vector at each angle passes each stage."""
        if self.k is not None:
            yield amplified_probability(angles, self.k, self.n_tables)
        if self.coarse is not None:
            yield _sketch_passes(angles, COARSE_BITS, self.coarse)
        if self.threshold is not None:
            yield _sketch_passes(angles, self.bits, self.threshold)

    def found_probability(self, angles: np.ndarray) -> np.ndarray:
        """Chance that this plan finds a vector at each angle, float64, same shape.

        The product over the stages. All stages ask for few differing bits, so passing one makes passing the
        next more likely (Harris' inequality): the truth is never below this.
        """
        angles = np.asarray(angles, np.float64)
        found = np.ones(angles.shape)
        for chance in self.stages(angles):
            found = found * chance
        return found

    def recall_of(self, angles: np.ndarray) -> float:
        """Predicted recall of an answer with hits at `angles`.

        A hit found with chance f stands for 1 / f vectors that are there (Horvitz and Thompson, 1952), so the
        recall is n / sum(1 / f). With no hit: the promise at the edge.
        """
        if not len(angles):
            return self.predicted_recall
        return float(len(angles) / np.sum(1.0 / np.maximum(self.found_probability(angles), 1e-12)))


EXHAUSTIVE = Plan("exhaustive", "looks at every vector")


@dataclass(frozen=True)
class Collection:
    """What a prediction needs of an index. histogram: 256 counts of angles of random pairs over 0..pi."""

    n_vectors: int
    dim: int
    n_hyperplanes: int
    n_tables: int
    histogram: tuple[int, ...]


@lru_cache(maxsize=1024)
def make_plan(collection: Collection, name: str, delta: float, recall: float, n_queries: int = 1) -> Plan:
    """The cheapest plan of this name ("auto": of any) that keeps `recall` at `delta`, for a batch."""
    if name == "tables":
        tables = Plan("tables", k=collection.n_hyperplanes, n_tables=collection.n_tables)
        return _explain(_predict(tables, collection, delta, n_queries))
    plans = {"prefix": _prefix_plans, "sketch": _sketch_plans, "exhaustive": _exhaustive_plans}
    if name not in plans and name != "auto":
        raise EngineError(f"plan must be one of {', '.join(PLANS)}, got {name!r:.40}")
    if name == "auto" and delta >= math.pi / 2:
        name = "exhaustive"  # beyond a right angle bits say which vectors are far, not which are near
    makers = plans.values() if name == "auto" else [plans[name]]
    options = (plan for make in makers for plan in make(collection, delta, recall))
    predicted = [_predict(plan, collection, delta, n_queries) for plan in options]
    return _explain(min(predicted, key=lambda plan: plan.predicted_seconds))


def _exhaustive_plans(collection: Collection, delta: float, recall: float) -> Iterator[Plan]:
    yield EXHAUSTIVE


def _split(recall: float) -> tuple[float, float]:
    """(recall of the main stage, recall of a rough filter) that together give `recall`."""
    rough = 1.0 - (1.0 - recall) * ROUGH_LOSS
    return recall / rough, rough


def _prefix_plans(collection: Collection, delta: float, recall: float) -> Iterator[Plan]:
    """The longest keys that keep the recall, alone and with a sketch filter that loses next to nothing."""
    n_tables = collection.n_tables
    yield Plan("prefix", k=choose_k(recall, delta, n_tables, CODE_BITS), n_tables=n_tables)
    main, rough = _split(recall)
    k = choose_k(main, delta, n_tables, CODE_BITS)
    for bits in SKETCH_BITS:
        threshold = sketch_threshold(bits, delta, rough)
        yield Plan("prefix", k=k, n_tables=n_tables, bits=bits, threshold=threshold)


def _sketch_plans(collection: Collection, delta: float, recall: float) -> Iterator[Plan]:
    """All lengths; beyond 256 bits the first 256 settle the rows that are clearly far."""
    yield Plan("sketch", bits=COARSE_BITS, threshold=sketch_threshold(COARSE_BITS, delta, recall))
    main, rough = _split(recall)
    coarse = sketch_threshold(COARSE_BITS, delta, rough)
    for bits in SKETCH_BITS[1:]:
        yield Plan("sketch", coarse=coarse, bits=bits, threshold=sketch_threshold(bits, delta, main))


def _predict(plan: Plan, collection: Collection, delta: float, n_queries: int) -> Plan:
    """`plan` with its predicted share, recall and seconds."""
    counts = np.asarray(collection.histogram, np.float64)
    shares = counts / max(1.0, counts.sum())
    middles = (np.arange(ANGLE_BINS) + 0.5) * (math.pi / ANGLE_BINS)
    n, dim = collection.n_vectors, collection.dim
    passing = [float(shares @ chance) for chance in plan.stages(middles)]
    looked_at = min(passing, default=1.0)  # whoever passes all stages passes the hardest: never too low
    seconds = FIXED if plan.name == "exhaustive" else FIXED + HASH
    if plan.name == "exhaustive":
        hits = float(shares[middles <= delta].sum())
        seconds += n * dim * (READ_FLOAT / n_queries + MULTIPLY_FLOAT) + n * hits * dim * READ_FLOAT
    else:
        seconds += n * looked_at * (RERANK_ROW + RERANK_FLOAT * dim)
        if plan.k is not None:
            entries = n * plan.n_tables * float(shares @ amplified_probability(middles, plan.k, 1))
            seconds += plan.n_tables * LOOK_UP + entries * READ_ENTRY
            further_rows, chunks = n * passing[0], (plan.bits or 0) // COARSE_BITS
        else:
            seconds += n * SCAN_ROW
            further_rows, chunks = n * passing[0], plan.bits // COARSE_BITS - 1
        seconds += further_rows * chunks * CHUNK_ROW
    edge = float(plan.found_probability(delta))
    return replace(plan, predicted_share=looked_at, predicted_recall=edge, predicted_seconds=seconds)


def _explain(plan: Plan) -> Plan:
    """`plan` with its reason in plain words."""
    if plan.name == "exhaustive":
        return plan
    parts = []
    if plan.k is not None:
        parts.append(f"keys of {plan.k} bits in {plan.n_tables} tables")
    if plan.threshold is not None:
        parts.append(f"{plan.bits} bits, at most {plan.threshold} differ")
    share = _percent(plan.predicted_share)
    return replace(plan, reason=f"{', then '.join(parts)}; looks at {share} of the vectors")


def _percent(share: float) -> str:
    return "less than 0.01 %" if share < 1e-4 else f"about {100 * share:.2g} %" if share < 0.995 else "all"


def _sketch_passes(angles: np.ndarray, bits: int, threshold: int) -> np.ndarray:
    """`sketch_probability` read from a fine table, so that many hits cost nothing (error below 1e-4)."""
    return np.interp(angles, _GRID, _sketch_curve(bits, threshold))


@lru_cache(maxsize=1024)
def _sketch_curve(bits: int, threshold: int) -> np.ndarray:
    """The binomial distribution over `_GRID` as the integral of its slope, one term instead of `threshold`:

    d/dp P(X <= t) = -B C(B-1, t) p^t (1-p)^(B-1-t).
    """
    if threshold >= bits:
        return np.ones(len(_GRID))
    chance = _GRID / math.pi
    slope = bits * binomial_pmf([threshold], bits - 1, chance)[0]
    lost = np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(chance))
    return np.concatenate([[1.0], np.maximum(0.0, 1.0 - lost)])
