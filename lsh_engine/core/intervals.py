"""95 % intervals of proportions and of means over queries."""

import math
from collections.abc import Sequence

import numpy as np

Values = Sequence[float] | np.ndarray


def wilson_interval(hits: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, 1927): 43 of 50 gives (.738, .930)."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def bootstrap_interval(values: Values, n_draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over queries."""
    known = np.asarray(values, float)
    if not len(known):
        return math.nan, math.nan
    draws = np.random.default_rng(seed).integers(0, len(known), (n_draws, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def paired_bootstrap(
    values: Values, others: Values, n_draws: int = 2000, seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """(mean of values - others, its 95 % percentile interval). Both are of the same queries, in the same order.

    Queries are drawn with both their values: what makes a query hard for both adds nothing to the spread.
    """
    differences = np.subtract(values, others)
    return float(differences.mean()), bootstrap_interval(differences, n_draws, seed)
