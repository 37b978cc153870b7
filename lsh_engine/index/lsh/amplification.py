"""Collision formulas of random-hyperplane LSH with AND-OR amplification (source A; Charikar, 2002).

One hyperplane separates two unit vectors at angle theta with chance theta / pi, so a bit agrees with
p = 1 - theta / pi. AND over k bits gives p^k, OR over L tables gives 1 - (1 - p^k)^L. A sketch of B bits
differs in Binomial(B, theta / pi) of them. Angles are radians everywhere; probabilities also take arrays.
"""

import math
from functools import lru_cache
from typing import TypeVar

import numpy as np

Angle = TypeVar("Angle", float, np.ndarray)  # one, or an array: chances come back in the same shape


def collision_probability(angle: Angle) -> Angle:
    """Chance that a random hyperplane leaves both vectors on one side: 1 - angle / pi."""
    return 1.0 - angle / math.pi


def table_probability(angle: Angle, n_hyperplanes: int) -> Angle:
    """Chance that all k bits of one table agree (AND): p^k."""
    return np.clip(collision_probability(angle), 0.0, 1.0) ** n_hyperplanes


def amplified_probability(angle: Angle, n_hyperplanes: int, n_tables: int) -> Angle:
    """Chance to share a bucket in at least one of L tables (OR over AND): 1 - (1 - p^k)^L."""
    with np.errstate(divide="ignore"):  # p^k = 1 gives log 0 = -inf, and -expm1(-inf) = 1 is right
        return -np.expm1(n_tables * np.log1p(-table_probability(angle, n_hyperplanes)))


def sensitivity(d1: float, d2: float, n_hyperplanes: int = 1, n_tables: int = 1) -> tuple[float, float, float, float]:
    """(d1, d2, p1, p2) of the family: an angle <= d1 is found with chance >= p1, >= d2 with <= p2."""
    p1 = float(amplified_probability(d1, n_hyperplanes, n_tables))
    p2 = float(amplified_probability(d2, n_hyperplanes, n_tables))
    return d1, d2, p1, p2


def choose_k(recall: float, angle: float, n_tables: int, k_max: int = 32) -> int:
    """Longest key that still finds a neighbour at `angle` with chance >= recall over L tables.

    Floor of ln(1 - (1 - R)^(1/L)) / ln p, within 0..k_max. 0 means: every vector is a candidate.
    """
    p = collision_probability(angle)
    if p >= 1.0:
        return k_max
    if p <= 0.0:
        return 0
    k = math.log(-math.expm1(math.log1p(-recall) / n_tables)) / math.log(p)
    return max(0, min(k_max, math.floor(k)))


def tables_needed(recall: float, angle: float, n_hyperplanes: int) -> int:
    """Fewest tables that find a neighbour at `angle` with chance >= recall at key length k."""
    table = table_probability(angle, n_hyperplanes)
    return 1 if table >= 1.0 else math.ceil(math.log1p(-recall) / math.log1p(-table))


def binomial_pmf(counts: np.ndarray, trials: int, chance: float | np.ndarray) -> np.ndarray:
    """Chance of exactly counts[i] successes in `trials` at chance[j]: (i,), (j,) -> (i, j) float64."""
    chance = np.atleast_1d(np.asarray(chance, np.float64))
    log_factorial = _log_factorials(trials)
    counts = np.asarray(counts)
    ways = log_factorial[trials] - log_factorial[counts] - log_factorial[trials - counts]
    inside = np.clip(chance, 1e-300, 1 - 1e-16)  # the ends are exact to double precision
    return np.exp(ways[:, None] + np.outer(counts, np.log(inside)) + np.outer(trials - counts, np.log1p(-inside)))


@lru_cache(maxsize=16)
def _log_factorials(most: int) -> np.ndarray:
    """ln 0! .. ln most!: (most + 1,) float64."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


def sketch_threshold(n_bits: int, angle: float, recall: float) -> int:
    """Fewest differing bits to allow so that a neighbour at `angle` passes with chance >= recall."""
    pmf = binomial_pmf(np.arange(n_bits + 1), n_bits, min(max(angle / math.pi, 0.0), 1.0))[:, 0]
    return min(int(np.searchsorted(np.cumsum(pmf), recall - 1e-12)), n_bits)
