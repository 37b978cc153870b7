"""Figures of a search: precision, average precision, recall and their intervals (SPEC section 7).

Index recall (share of the exhaustive answer an index found) and label recall (share of the true targets) are never
mixed. Rankings leave the query's own image out.
"""

import math
from collections.abc import Sequence

import numpy as np


def precision_at(relevant: Sequence[bool], k: int = 10) -> float:
    """Share of relevant images among the first k of a ranking; a shorter ranking counts as filled with others."""
    return float(np.sum(np.asarray(relevant[:k], bool))) / k


def average_precision(relevant: Sequence[bool], n_relevant: int, k: int | None = None) -> float:
    """AP@k: sum of the precision at every relevant rank up to k, over min(k, n_relevant). 0 where nothing is found.

    relevant: the ranking, nearest first. n_relevant: how many there are to find. k: None is the whole ranking.
    """
    found = np.asarray(relevant, bool)[:k]
    if not n_relevant:
        return 0.0
    precisions = np.cumsum(found) / np.arange(1, len(found) + 1)
    return float(precisions[found].sum() / (n_relevant if k is None else min(k, n_relevant)))


def index_recall(found: Sequence[int], exact: Sequence[int]) -> float | None:
    """Share of the exhaustive answer that an index found; None where the exhaustive answer is empty."""
    return len(set(found) & set(exact)) / len(set(exact)) if len(exact) else None


def wilson_interval(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, 1927): 43 of 50 gives (.738, .930)."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def bootstrap_interval(values: Sequence[float], n_draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over queries."""
    values = np.asarray(values, float)
    if not len(values):
        return math.nan, math.nan
    draws = np.random.default_rng(seed).integers(0, len(values), (n_draws, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def paired_bootstrap(
    values: Sequence[float], others: Sequence[float], n_draws: int = 2000, seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """(mean of values - others, its 95 % percentile interval). Both are of the same queries, in the same order.

    Queries are drawn with both their values: what makes a query hard for both adds nothing to the spread.
    """
    differences = np.subtract(values, others)
    return float(differences.mean()), bootstrap_interval(differences, n_draws, seed)


def precision_at_recall(relevant: Sequence[bool], n_relevant: int, levels: Sequence[float]) -> np.ndarray:
    """(len(levels),) interpolated precision: the best at this recall (0..1) or any higher one, 0 where none is."""
    found = np.cumsum(np.asarray(relevant, bool))
    precisions = found / np.arange(1, len(found) + 1)
    best = np.maximum.accumulate(precisions[::-1])[::-1]
    reached = np.searchsorted(found, np.asarray(levels) * n_relevant - 1e-9)
    return np.append(best, 0.0)[reached] if n_relevant else np.zeros(len(levels))


def hierarchical_precision(similarities: Sequence[float], corpus: Sequence[float]) -> np.ndarray:
    """HP@i for i = 1..len(similarities): similarity gathered so far over what the ideal ranking gathers.

    similarities: of the ranking to the query, in 0..1, nearest first. corpus: of everything there is to find, without
    the query itself; there are at least as many. (SPEC section 7, item 5.)
    """
    ideal = np.sort(np.asarray(corpus, float))[::-1][: len(similarities)]
    return np.cumsum(similarities) / np.cumsum(ideal)


def average_hierarchical_precision(similarities: Sequence[float], corpus: Sequence[float], k: int) -> float:
    """AHP@k: the mean of HP@1..k. The trapezoid of the method's authors is (k-1)/k at best; this one is 1."""
    return float(hierarchical_precision(similarities[:k], corpus).mean())
