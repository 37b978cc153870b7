"""A way to answer a query, and what it promises: the chance to find a vector at any angle."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from . import kernels
from .amplification import amplified_probability, binomial_pmf, sketch_threshold
from .centring import ORIGIN, Centre

SKETCH_BITS = (256, 512, 1024)  # lengths to choose from
COARSE_BITS = SKETCH_BITS[0]  # the part of a sketch that settles most rows
RADIUS_STEP = 1 / 256  # radians: radii are rounded up to this, so that thresholds are computed once
CODE_BITS = 32  # bits a code; the first k of them are the key of a table

# Angles where curves are tabulated: denser at both ends, where they are steeper.
GRID = math.pi * np.sin(np.linspace(0.0, math.pi / 2, 2049)) ** 2
PROBED_GRID = GRID[::32]


@dataclass(frozen=True)
class Plan:
    """One strategy with its numbers. n_tables is 0 where it looks into no tables, bits where it compares no sketches.

    delta: radians that it was made for. k, n_tables: key length and number of tables. n_probes: buckets that a typical
    query looks up, 0 where every table is asked for one. bits, threshold: sketch bits compared and how many of them may
    differ. coarse: how many of the first 256 may differ; None where these are not compared by themselves.
    radius: delta as hashing sees it (radians). main, rough: recall asked of the main stage and of the filter.
    predicted_share: share of the vectors looked at exactly. predicted_seconds: per query.
    predicted_recall: chance to find a vector at delta, the worst place of the ball.
    curve: chance that the probes find a vector at each angle of PROBED_GRID, as hashing sees it.
    """

    name: str
    delta: float = 0.0
    k: int = 0
    n_tables: int = 0
    n_probes: int = 0
    coarse: int | None = None
    bits: int = 0
    threshold: int = 0
    radius: float = 0.0
    main: float = 1.0
    rough: float = 1.0
    predicted_share: float = 1.0
    predicted_recall: float = 1.0
    predicted_seconds: float = 0.0
    curve: tuple[float, ...] = ()
    centre: Centre = ORIGIN

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"

    @property
    def tables(self) -> tuple[int, int] | None:
        """(k, L) of source A's tables; None where this plan does not look into them."""
        return (self.k, self.n_tables) if self.name == "tables" else None

    @property
    def reason(self) -> str:
        """What the plan does, in plain words."""
        if self.name == "exhaustive":
            return "looks at every vector"
        parts = []
        if self.name == "tables":
            parts.append(f"keys of {self.k} bits in {self.n_tables} tables")
        elif self.n_tables:
            parts.append(f"about {self.n_probes} likely buckets of {self.k} bits in {self.n_tables} tables")
        if self.bits:
            parts.append(f"{self.bits} bits, at most {self.threshold} differ")
        return f"{', then '.join(parts)}; looks at {_percent(self.predicted_share)} of the vectors"

    def thresholds_at(self, radius: float) -> tuple[int | None, int]:
        """`coarse` and `threshold` for a query that sees delta as `radius`, a multiple of RADIUS_STEP."""
        if radius == self.radius:
            return self.coarse, self.threshold
        return thresholds(self.bits, radius, self.rough if self.n_tables else self.main, self.rough)

    @cached_property
    def kernel_arguments(self) -> "KernelArguments":
        """The plan as `kernels.find` takes it."""
        way = kernels.TABLES if self.name == "tables" else kernels.PROBE if self.n_tables else kernels.SCAN
        centre = self.centre
        first, last = self.radius, self.radius
        if centre.square:
            spread = 2 * (centre.high - centre.low)
            lengths = np.linspace(centre.low - spread, centre.high + spread, 65)
            radii = [centre.widest(self.delta, float(query_dot)) for query_dot in lengths]
            first, last = rounded_up(min(radii)), rounded_up(max(radii))
        allowed = []
        for step in range(round((last - first) / RADIUS_STEP) + 1 if self.bits else 0):
            coarse, threshold = self.thresholds_at(first + step * RADIUS_STEP)
            allowed.append((threshold if coarse is None else coarse, threshold))
        limits = np.array([*allowed, (COARSE_BITS, self.bits)], np.int64)  # beyond the last radius everything passes
        limits.flags.writeable = False
        numbers = self.delta, first, RADIUS_STEP, centre.square, centre.low, centre.high, self.main
        return KernelArguments(limits, numbers, (way, self.k, self.n_tables, self.bits // COARSE_BITS))

    def stages(self, angles: np.ndarray, seen: np.ndarray) -> Iterator[np.ndarray]:
        """Chance that a vector passes each stage, at angles as they are and as hashing sees them."""
        if self.name == "tables":  # source A hashes vectors as they are
            yield amplified_probability(angles, self.k, self.n_tables)
        elif self.n_tables:
            yield np.interp(seen, PROBED_GRID, self.curve)
        if self.coarse is not None:
            yield sketch_passes(seen, COARSE_BITS, self.coarse)
        if self.bits:
            yield sketch_passes(seen, self.bits, self.threshold)

    def found_probability(
        self, angles: np.ndarray, query_dot: float | None = None, dots: np.ndarray | None = None
    ) -> np.ndarray:
        """Chance that this plan finds a vector at each angle (radians), float64, same shape.

        query_dot, dots: q.c and x.c where hashing looks from a centre c; by default those of a typical vector.
        The product over the stages. All stages ask for few differing bits, so passing one makes passing the
        next more likely (Harris' inequality): the truth is never below this.
        """
        angles = np.asarray(angles, np.float64)
        seen = angles
        if self.centre.square:
            typical = self.centre.middle
            query = typical if query_dot is None else query_dot
            seen = self.centre.seen(angles, query, typical if dots is None else dots)
        found = np.ones(angles.shape)
        for chance in self.stages(angles, seen):
            found = found * chance
        return found


EXHAUSTIVE = Plan("exhaustive")


class KernelArguments(NamedTuple):
    """The arguments of `kernels.find` that a plan decides: they are described there."""

    limits: np.ndarray
    numbers: tuple[float, ...]
    how: tuple[int, int, int, int]


def probed_curve(
    codes: np.ndarray,
    distances: np.ndarray,
    n_tables: int,
    k: int,
    tables: np.ndarray,
    keys: np.ndarray,
    norm: float = 1.0,
) -> np.ndarray:
    """Chance that the probed buckets hold a vector at each angle of PROBED_GRID: (65,) float64.

    codes, distances: of the query, tables, keys: its probes, as `kernels.choose_probes` takes and gives them. norm:
    length of the query as hashing sees it; distances are to be divided by it.
    """
    return kernels.probed_chance(codes, distances, n_tables, k, tables, keys, cotangents(PROBED_GRID) / norm)


def rounded_up(radius: float) -> float:
    """The next multiple of RADIUS_STEP (radians)."""
    return math.ceil(radius / RADIUS_STEP - 1e-9) * RADIUS_STEP


@lru_cache(maxsize=4096)
def thresholds(bits: int, radius: float, recall: float, rough: float) -> tuple[int | None, int]:
    """(bits of the first 256 that may differ, or None where they are all, bits of all that may)."""
    coarse = None if bits == COARSE_BITS else sketch_threshold(COARSE_BITS, radius, rough)
    return coarse, sketch_threshold(bits, radius, recall)


def cotangent(angle: float) -> float:
    """cot of one angle (radians), finite at both ends."""
    return 1.0 / math.tan(min(max(angle, 1e-9), math.pi - 1e-9))


def cotangents(angles: np.ndarray) -> np.ndarray:
    """cot of angles (radians), finite at both ends."""
    return 1.0 / np.tan(np.clip(angles, 1e-9, math.pi - 1e-9))


def sketch_passes(angles: np.ndarray, bits: int, threshold: int) -> np.ndarray:
    """Chance that at most `threshold` of `bits` differ, at each angle, read from a table (error below 1e-4)."""
    return np.interp(angles, GRID, _sketch_curve(bits, threshold))


@lru_cache(maxsize=1024)
def _sketch_curve(bits: int, threshold: int) -> np.ndarray:
    """Chance that at most `threshold` of `bits` differ, at every angle of GRID: (2049,) float64.

    It is integrated from its slope, which has one term where the sum has `threshold`:
    d/dp P(X <= t) = -B C(B-1, t) p^t (1-p)^(B-1-t).
    """
    if threshold >= bits:
        return np.ones(len(GRID))
    chance = GRID / math.pi
    slope = bits * binomial_pmf(np.array([threshold]), bits - 1, chance)[0]
    lost = np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(chance))
    return np.concatenate([[1.0], np.maximum(0.0, 1.0 - lost)])


def _percent(share: float) -> str:
    return "less than 0.01 %" if share < 1e-4 else f"about {100 * share:.2g} %" if share < 0.995 else "all"
