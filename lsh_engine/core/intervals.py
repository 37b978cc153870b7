"""95 % intervals of proportions and of means over queries."""

import math
from collections.abc import Sequence

import numpy as np


def wilson_interval(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, 1927): 43 of 50 gives (.738, .930)."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def bootstrap_interval(values: Sequence[float] | np.ndarray, n_draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over queries."""
    sample = np.asarray(values, float)
    if not len(sample):
        return math.nan, math.nan
    draws = np.random.default_rng(seed).integers(0, len(sample), (n_draws, len(sample)))
    low, high = np.quantile(sample[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def paired_bootstrap(
    values: Sequence[float], others: Sequence[float], n_draws: int = 2000, seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """(mean of values - others, its 95 % percentile interval). Both are of the same queries, in the same order.

    Queries are drawn with both their values: what makes a query hard for both adds nothing to the spread.
    """
    differences = np.subtract(values, others)
    return float(differences.mean()), bootstrap_interval(differences, n_draws, seed)
