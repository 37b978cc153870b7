"""Figures of a search: precision, average precision and recall (SPEC section 7).

Index recall (share of the exhaustive answer an index found) and label recall (share of the true targets) are never
mixed. Rankings leave the query's own image out.
"""

from collections.abc import Sequence

import numpy as np

Relevance = Sequence[bool] | np.ndarray


def precision_at(relevant: Relevance, k: int = 10) -> float:
    """Share of relevant images among the first k of a ranking; a shorter ranking counts as filled with others."""
    return float(np.sum(np.asarray(relevant[:k], bool))) / k


def average_precision(relevant: Relevance, n_relevant: int, k: int | None = None) -> float:
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


def precision_at_recall(relevant: Relevance, n_relevant: int, levels: Sequence[float] | np.ndarray) -> np.ndarray:
    """(len(levels),) interpolated precision: the best at this recall (0..1) or any higher one, 0 where none is."""
    found = np.cumsum(np.asarray(relevant, bool))
    precisions = found / np.arange(1, len(found) + 1)
    best = np.maximum.accumulate(precisions[::-1])[::-1]
    reached = np.searchsorted(found, np.asarray(levels) * n_relevant - 1e-9)
    return np.append(best, 0.0)[reached] if n_relevant else np.zeros(len(levels))
