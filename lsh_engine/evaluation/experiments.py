"""One experiment from beginning to end. What stops it loses no finished piece: the same settings go on from there."""

import shutil
from dataclasses import asdict
from time import perf_counter

import numpy as np

from ..analysis.calibration import image_angles
from ..collection.id_map import IdMap
from ..collection.staging import Staging
from ..core.progress import Progress, silent
from ..engine import Folder, RetrievalEngine
from ..index.store import VectorStore
from . import near_duplicates, published, scaling, similar_images
from .counting import Counts, ExhaustiveAnswers, count_exhaustive, count_lsh, joined
from .experiment_settings import EXPERIMENTS, EvaluationSettings
from .pools import Pool
from .range_tables import difference_rows, method_names, table_rows
from .ranking import precision_recall_rows, ranking_rows
from .records import EvaluationRecord, keep, only_run, staging_in
from .transformations import TRANSFORMATIONS

Tables = dict[str, list[dict]]


def evaluate_database(
    path: Folder, settings: EvaluationSettings, progress: Progress = silent, photos: Folder | None = None
) -> EvaluationRecord:
    """Run an experiment on a database and keep the results with it.

    progress(done, total, stage) may raise BuildCancelled to stop. photos: where the photo folder is now, if it moved.
    Raises EngineError where the database is not fit for the experiment, or another process runs the same on it.
    """
    started = perf_counter()
    engine = RetrievalEngine.open(path, photos)
    with only_run(engine.collection.root, settings.experiment) as folder:
        staging = staging_in(folder, engine, settings)
        tables, source = _EXPERIMENTS[settings.experiment](engine, settings, staging, progress)
        record = keep(engine, settings, tables, source, perf_counter() - started)
        shutil.rmtree(folder, ignore_errors=True)
    return record


def _near_duplicates(
    engine: RetrievalEngine, settings: EvaluationSettings, staging: Staging, progress: Progress
) -> tuple[Tables, dict]:
    described, others = near_duplicates.describe_sources(engine, settings, staging, progress)
    pools = near_duplicates.pools(engine, settings, described, others)
    counts = _all_counts(engine, settings, pools, len(TRANSFORMATIONS), staging, progress)
    names = method_names(settings.n_hyperplanes, settings.n_tables)
    angles = np.concatenate(
        [
            image_angles([one.query], VectorStore([one.copies]), IdMap.even(len(TRANSFORMATIONS), len(one.copies)))
            for one in described
        ]
    )
    rankings = [ranking for pool in pools for ranking in pool.rankings()]
    tables = {
        "ranges": table_rows(counts, names),
        "differences": difference_rows(counts, names),
        "ranking": ranking_rows(rankings),
        "precision-recall": precision_recall_rows(rankings),
        "transformations": near_duplicates.transformation_rows(counts, angles, names),
        "angles": near_duplicates.angle_rows(described, angles),
    }
    return tables, {"table": list(published.NEAR_DUPLICATES), "family": published.FAMILY}


def _similar(
    engine: RetrievalEngine, settings: EvaluationSettings, staging: Staging, progress: Progress
) -> tuple[Tables, dict]:
    pool, labels = similar_images.pool(engine, settings, staging, progress)
    same = engine.presets.get(similar_images.SAME)
    pool, labels, left_out = similar_images.without_near_duplicates(pool, labels, same)
    counts = _all_counts(engine, settings, [pool], 0, staging, progress)
    rankings, names = pool.rankings(), method_names(settings.n_hyperplanes, settings.n_tables)
    tables = {
        "ranges": table_rows(counts, names),
        "differences": difference_rows(counts, names),
        "left-out": [left_out],
        "ranking": ranking_rows(rankings),
        "precision-recall": precision_recall_rows(rankings),
    }
    if len(by_label := similar_images.label_rows(rankings, labels)) > 1:
        tables["labels"] = by_label
    return tables, {"table": list(published.SIMILAR), "family": published.FAMILY}


def _growth(
    engine: RetrievalEngine, settings: EvaluationSettings, staging: Staging, progress: Progress
) -> tuple[Tables, dict]:
    scaling.check_sizes(engine, settings)
    records = staging.done("size")
    for size in sorted(settings.sizes)[len(records) :]:
        staging.put("size", {"rows": scaling.measure_size(engine, settings, size, progress)})
    rows = [row for record in staging.done("size") for row in record["rows"]]
    return {"growth": rows}, {"times": published.TIMES}


def _all_counts(
    engine: RetrievalEngine,
    settings: EvaluationSettings,
    pools: list[Pool],
    n_named: int,
    staging: Staging,
    progress: Progress,
) -> list[Counts]:
    """Exhaustive, then every seed, a piece each."""
    deltas = settings.deltas_for(engine.presets)
    progress(0, 1, "exhaustive answers")
    exact = [ExhaustiveAnswers(pool, deltas) for pool in pools]
    n_done, steps = len(staging.done("seed")), len(pools) * len(deltas) * 2  # of a draw
    for seed in range(n_done, settings.seeds):
        parts: list[list[Counts]] = []
        for pool, answers in zip(pools, exact, strict=True):
            parts.append([])
            for one in count_lsh(pool, answers, settings.lsh(seed), n_named):
                parts[-1].append(one)
                done = seed * steps + sum(map(len, parts))
                progress(done, settings.seeds * steps, "LSH, draws of hyperplanes")
        staging.put("seed", {"counts": [asdict(joined(same)) for same in zip(*parts, strict=True)]})
    first = zip(*(count_exhaustive(*both, n_named) for both in zip(pools, exact, strict=True)), strict=True)
    counted = [Counts(**one) for record in staging.done("seed") for one in record["counts"]]
    return [*map(joined, first), *counted]


_EXPERIMENTS = dict(zip(EXPERIMENTS, (_near_duplicates, _similar, _growth), strict=True))
