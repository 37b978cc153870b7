"""Figures of the exhaustive ranking, with no delta in them: mAP@k, P@k, precision over recall."""

from collections.abc import Sequence

import numpy as np

from ..core.intervals import bootstrap_interval
from .metrics import average_precision, precision_at, precision_at_recall

CUTS = (1, 5, 10, 20, 50, 100)
LEVELS = np.linspace(0, 1, 21)  # of recall

Rankings = Sequence[tuple[np.ndarray, np.ndarray]]  # (angles, relevant), nearest first, own image left out


def ranking_rows(rankings: Rankings) -> list[dict]:
    """mAP@k and P@k over all queries with 95 % intervals; the last row, k None, is of whole rankings."""
    longest = min(len(relevant) for _, relevant in rankings)
    rows: list[dict] = []
    for k in (*(cut for cut in CUTS if cut < longest), None):
        found = [average_precision(relevant, int(relevant.sum()), k) for _, relevant in rankings]
        row: dict = {"k": k, "map": float(np.mean(found)), "map_interval": bootstrap_interval(found)}
        first = [precision_at(relevant, k) for _, relevant in rankings] if k else []
        row |= {"precision": float(np.mean(first)) if k else None}
        row |= {"precision_interval": bootstrap_interval(first) if k else None, "n_queries": len(rankings)}
        rows.append(row)
    return rows


def precision_recall_rows(rankings: Rankings) -> list[dict]:
    """Interpolated precision at steps of recall, mean over queries."""
    curves = [precision_at_recall(relevant, int(relevant.sum()), LEVELS) for _, relevant in rankings]
    means = np.mean(curves, axis=0)
    return [{"recall": round(float(r), 2), "precision": float(p)} for r, p in zip(LEVELS, means, strict=True)]
