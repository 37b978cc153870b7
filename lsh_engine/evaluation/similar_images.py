"""The similar-image experiment of source A: labelled photos ask for their kind among all others.

Near duplicates of a query, what the database's preset "same picture" holds, are not what it asks for: that is the
other experiment. They are neither targets nor others.
"""

from collections import Counter
from dataclasses import replace

import numpy as np

from ..collection.staging import Staging
from ..core.errors import EngineError
from ..core.progress import Progress
from ..engine import RetrievalEngine
from ..search.settings import SCALES
from .experiment_settings import FOLDERS, EvaluationSettings
from .labels import labels_of
from .metrics import average_precision, precision_at
from .pools import Pool, vectors_of_images

N_QUERIES = 200
PIECE = 10  # queries described between two looks
SEED = 21
SAME = "same picture"  # the preset


def pool(
    engine: RetrievalEngine, settings: EvaluationSettings, staging: Staging, progress: Progress
) -> tuple[Pool, list[str]]:
    """(all labelled photos and the queries among them, the label of each query).

    Raises EngineError where no label has two photos.
    """
    labels = labels_of([engine.path(i) for i in range(engine.n_images)], settings, engine.collection)
    kept = np.array([i for i, label in enumerate(labels) if label is not None], int)
    named = np.array([labels[i] for i in kept], object)
    members = Counter(named)
    fit = [
        place for place, label in enumerate(named) if label and members[label] > 1 and settings.targets in (None, label)
    ]
    if not fit:
        of = f" of the label {settings.targets!r:.40}" if settings.targets else ""
        where = "in folders" if settings.labels == FOLDERS else "with labels"
        raise EngineError(f"there are no two photos{of} to ask for: the experiment needs photos {where} of their kind")
    order = np.random.default_rng(SEED).permutation(fit)
    asked = np.sort(order[: settings.n_queries or N_QUERIES])
    own = asked[:, None] == np.arange(len(kept))
    targets = (named[asked][:, None] == named[None]) & ~own
    queries = describe(engine, settings, kept[asked], staging, progress)
    vectors = vectors_of_images(engine.collection, kept, settings.patches)
    return Pool(vectors, len(kept), queries, targets, own), [str(label) for label in named[asked]]


def without_near_duplicates(pool: Pool, labels: list[str], delta: float | None) -> tuple[Pool, list[str], dict]:
    """The same, with the photos within `delta` (radians) of each query left out, and how many they are.

    Queries that have no target besides are not asked. delta: None leaves out nothing. Raises EngineError where no
    query remains.
    """
    near = np.zeros_like(pool.targets) if delta is None else (pool.angles() <= delta) & ~pool.left_out
    targets = pool.targets & ~near
    asked = np.flatnonzero(targets.any(axis=1))
    if not len(asked):
        raise EngineError(f"all photos of one kind are near duplicates, within {delta:g} rad: nothing else is to find")
    counts = {
        "within": delta,
        "pairs": int(near.sum()),
        "pairs_of_one_label": int((near & pool.targets).sum()),
        "queries_with_some": int(near.any(axis=1).sum()),
        "queries_without_target": len(labels) - len(asked),
        "n_queries": len(asked),
    }
    queries = [pool.queries[i] for i in asked]
    smaller = replace(pool, queries=queries, targets=targets[asked], left_out=(pool.left_out | near)[asked])
    return smaller, [labels[i] for i in asked], counts


def describe(
    engine: RetrievalEngine,
    settings: EvaluationSettings,
    image_ids: np.ndarray,
    staging: Staging,
    progress: Progress,
) -> list[np.ndarray]:
    """(s, d) float32 rows of each query: as stored, or at every query scale where patches are asked."""
    if not settings.patches:
        return [row[None] for row in vectors_of_images(engine.collection, image_ids, False)]
    starts = range(0, len(image_ids), PIECE)
    n_done = len(staging.done("query"))
    for n, start in enumerate(starts):
        progress(start, len(image_ids), "describe queries")
        if n < n_done:
            continue
        rows = [
            engine.describe(engine.photo(int(i)), None, SCALES["default"]).vectors
            for i in image_ids[start : start + PIECE]
        ]
        staging.put("query", {"scales": list(map(len, rows))}, queries=np.concatenate(rows))
    found = []
    for record in staging.done("query"):
        ends = np.cumsum(record["scales"])[:-1]
        found += np.split(np.array(staging.array(record, "queries")), ends)
    return found


def label_rows(rankings: list[tuple[np.ndarray, np.ndarray]], labels: list[str]) -> list[dict]:
    """Mean average precision and P@10 of the queries of each label, the best first."""
    groups: dict[str, list[np.ndarray]] = {}
    for (_, relevant), label in zip(rankings, labels, strict=True):
        groups.setdefault(label, []).append(relevant)
    rows = [
        {
            "label": label,
            "n_queries": len(found),
            "map": float(np.mean([average_precision(relevant, int(relevant.sum())) for relevant in found])),
            "precision_at_10": float(np.mean([precision_at(relevant, 10) for relevant in found])),
        }
        for label, found in groups.items()
    ]
    return sorted(rows, key=lambda row: -row["map"])
