"""Query time against the size of a database: its own descriptors, resampled up to a million."""

from dataclasses import asdict

import numpy as np

from ..core.progress import Progress
from ..engine import RetrievalEngine
from ..index import VectorStore
from .experiment_settings import EvaluationSettings
from .harness import measure
from .machine import check_memory
from .sources import Dataset

N_QUERIES = 100
SPREAD = 0.5  # of the logarithm of every coordinate: a copy lies about 0.5 rad from the vector it is drawn from
BASE = 200_000  # vectors of the database that copies are drawn from
SEED = 22
AT_ONCE = 100_000  # rows in float64 at a time


def resampled(base: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """(n, d) float32 unit rows like those of `base`: rows drawn with replacement, each coordinate times e^(s g).

    Signs and zeros stay, so that vectors without negative numbers have none.
    """
    rows = np.empty((n, base.shape[1]), np.float32)
    for start in range(0, n, AT_ONCE):
        part = rows[start : start + AT_ONCE]
        noise = random.standard_normal(part.shape, np.float32)
        part[:] = base[random.integers(0, len(base), len(part))] * np.exp(SPREAD * noise)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return rows


def growth_deltas(engine: RetrievalEngine, settings: EvaluationSettings) -> tuple[float, ...]:
    """Source A's, and what "same thing" is on this database."""
    return settings.deltas or tuple(sorted({0.4, engine.presets.get("same thing", 0.4)}))


def check_sizes(engine: RetrievalEngine, settings: EvaluationSettings) -> None:
    """EngineError where the largest size does not fit into memory: said before the work, not after."""
    check_memory(max(settings.sizes), engine.collection.backbone.dim, settings.n_tables)


def measure_size(engine: RetrievalEngine, settings: EvaluationSettings, size: int, progress: Progress) -> list[dict]:
    """Rows of one size: exhaustive, source A's tables, the planner; queries interleaved, caches flushed, one thread."""
    store = engine.collection.store
    random = np.random.default_rng([SEED, size])
    base = store.take(np.sort(random.permutation(store.live)[:BASE]))
    progress(0, 1, f"draw {size:,} vectors")
    drawn = VectorStore([resampled(base, size, random)])
    queries = resampled(base, settings.n_queries or N_QUERIES, random)
    dataset = Dataset("resampled", drawn, queries, queries[:0], config=settings.lsh(0))
    deltas = growth_deltas(engine, settings)
    rows = measure(dataset, deltas, ("tables", "auto"), extras=False, progress=progress)
    exhaustive = {row.delta: row.median_ms for row in rows if row.index == "exhaustive"}
    names = {"LSH tables": f"LSH k={settings.n_hyperplanes} L={settings.n_tables}"}
    return [
        asdict(row)
        | {"index": names.get(row.index, row.index), "ratio_of_medians": exhaustive[row.delta] / row.median_ms}
        for row in rows
    ]
