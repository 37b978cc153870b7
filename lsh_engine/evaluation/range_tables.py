"""Source A's table: recall, precision and accuracy of targets, and both costs of the index, method by method.

Micro figures pool all (query, image) pairs, as the source does; macro figures are means over queries, and intervals
are drawn over queries. Index recall (what LSH loses of the exhaustive answer) and label recall (what the descriptors
lose of the targets) stand apart. A figure of nothing, as the precision of an empty answer, is None.
"""

from collections.abc import Sequence

import numpy as np

from ..core.intervals import bootstrap_interval, paired_bootstrap
from .counting import AUTO, EXHAUSTIVE, PER_QUERY, TABLES, Counts

COMPARED = ((TABLES, EXHAUSTIVE), (AUTO, EXHAUSTIVE), (AUTO, TABLES))


def method_names(n_hyperplanes: int, n_tables: int) -> dict[str, str]:
    """Method -> as printed, in the order of the table."""
    return {EXHAUSTIVE: "exhaustive", TABLES: f"LSH k={n_hyperplanes} L={n_tables}", AUTO: "LSH auto"}


def table_rows(counts: Sequence[Counts], names: dict[str, str]) -> list[dict]:
    """One row a method and delta, over all seeds; delta by delta, methods in the order of `names`."""
    groups: dict[tuple[float, str], list[Counts]] = {}
    for one in counts:
        groups.setdefault((one.delta, one.method), []).append(one)
    order = list(names)
    keys = sorted(groups, key=lambda key: (key[0], order.index(key[1])))
    return [table_row(names[method], delta, groups[delta, method]) for delta, method in keys]


def table_row(name: str, delta: float, counts: Sequence[Counts]) -> dict:
    """The figures of one method at one delta (radians). counts: one for each seed, of the same queries."""
    sizes, targets, returned, right, exact, common, expected, vectors, candidates, within = (
        np.array([getattr(one, part) for one in counts], float)  # (seeds, queries)
        for part in PER_QUERY
    )
    micro = pooled(sizes.sum(), targets.sum(), returned.sum(), right.sum())
    recalls = (right / targets).mean(axis=0)
    answered = returned.sum(axis=0) > 0
    precisions = right.sum(axis=0)[answered] / returned.sum(axis=0)[answered]
    asked = exact[0] > 0
    index_recalls = (common[:, asked] / exact[:, asked]) if asked.any() else None
    return {
        "method": name,
        "delta": delta,
        **micro,
        "macro_recall": float(recalls.mean()),
        "macro_recall_interval": bootstrap_interval(recalls),
        "macro_precision": float(precisions.mean()) if answered.any() else None,
        "macro_precision_interval": bootstrap_interval(precisions) if answered.any() else None,
        "n_queries": recalls.size,
        "n_answered": int(answered.sum()),
        "index_recall": None if index_recalls is None else float(index_recalls.mean()),
        "index_recall_interval": None if index_recalls is None else bootstrap_interval(index_recalls.mean(axis=0)),
        "index_recall_by_seed": None if index_recalls is None else index_recalls.mean(axis=1).tolist(),
        "predicted_index_recall": float(expected[:, asked].mean()) if asked.any() else None,
        "index_precision": share(common.sum(), returned.sum()),
        "n_with_exact_answer": int(asked.sum()),
        "candidates": share(candidates.sum(), vectors.sum()),
        "candidates_within": share(within.sum(), candidates.sum()),
        "seeds": len(counts),
    }


def difference_rows(counts: Sequence[Counts], names: dict[str, str]) -> list[dict]:
    """What one method finds more (or, below 0, less) of the targets than another: mean over queries, delta by delta.

    Intervals are of paired draws: every query is asked of both. An index of several seeds has its mean over them.
    """
    recalls: dict[tuple[float, str], list[np.ndarray]] = {}
    for one in counts:
        recalls.setdefault((one.delta, one.method), []).append(np.divide(one.right, one.targets))
    rows = []
    for delta in sorted({delta for delta, _ in recalls}):
        for method, against in COMPARED:
            values, others = (np.mean(recalls[delta, name], axis=0) for name in (method, against))
            difference, interval = paired_bootstrap(values, others)
            rows.append(
                {"delta": delta, "method": names[method], "against": names[against]}
                | {"recall_difference": difference, "recall_difference_interval": interval, "n_queries": len(values)}
            )
    return rows


def pooled(n: float, n_targets: float, n_returned: float, n_right: float) -> dict:
    """Recall, precision, accuracy and balanced accuracy of pooled (query, image) pairs, with the prevalence.

    An empty answer has accuracy 1 - prevalence: accuracy alone says little. 1 - A = prevalence ((1-R) + R (1-P) / P).
    """
    others = n - n_targets
    rejected = others - (n_returned - n_right)
    recall, specificity = share(n_right, n_targets), share(rejected, others)
    balanced = None if recall is None or specificity is None else (recall + specificity) / 2
    return {
        "recall": recall,
        "precision": share(n_right, n_returned),
        "accuracy": share(n_right + rejected, n),
        "balanced_accuracy": balanced,
        "prevalence": share(n_targets, n),
    }


def share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
