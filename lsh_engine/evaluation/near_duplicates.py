"""The near-duplicate experiment of source A: 10 % augmented photos among others.

Every source photo is asked among its own edited copies and nine times as many other photos, so that a tenth of what it
is asked among should be found. All sources share the other photos. The backgrounds that copies are pasted on are of
neither.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from ..collection.staging import Staging
from ..core.errors import EngineError
from ..core.intervals import wilson_interval
from ..core.progress import Progress
from ..core.threads import map_parallel, one_blas_thread
from ..describe.describer import Describer
from ..engine import RetrievalEngine
from ..search.settings import SCALES
from .counting import Counts
from .experiment_settings import EvaluationSettings
from .labels import is_below
from .pools import WHOLE, Pool, vectors_of_images
from .transformations import TRANSFORMATIONS

N_SOURCES = 24
OTHERS = 9  # for every copy
LEAST_OTHERS = 20
RATIOS = (0.25, 0.3536, 0.5, 0.7071, 1.0, 1.4142, 2.0)  # at which the middle of a source photo is described, too
MIDDLE = 0.9  # of each side: a whole photo would be described at a scale of its own
SEED = 20


@dataclass(frozen=True)
class Described:
    """One source photo. copies: (t * m, d), transformation after transformation. scales: those that differ.
    scaled: (s, d), its middle at each scale.
    """

    query: np.ndarray
    copies: np.ndarray
    scales: tuple[float, ...]
    scaled: np.ndarray


def draw(engine: RetrievalEngine, settings: EvaluationSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image ids of (sources, others, backgrounds), always the same for the same database and settings.

    Raises EngineError where there are too few photos.
    """
    order = np.random.default_rng(SEED).permutation(engine.n_images)
    fit = np.array([not settings.targets or is_below(engine.path(i), settings.targets) for i in order])
    if not fit.any():
        raise EngineError(f"no photo of {engine.collection.root.name} lies in a folder named {settings.targets!r:.60}")
    n_others = OTHERS * len(TRANSFORMATIONS)
    n_sources = min(settings.n_queries or N_SOURCES, int(fit.sum()), max(0, engine.n_images - LEAST_OTHERS))
    if n_sources < 2:
        raise EngineError(
            f"{engine.collection.root.name} holds {engine.n_images:,} photos: the experiment needs two to ask for and "
            f"{LEAST_OTHERS} others, and {n_others + N_SOURCES} in all for a tenth of near duplicates"
        )
    sources = order[fit][:n_sources]
    rest = order[~np.isin(order, sources)]
    others, unused = rest[:n_others], rest[n_others:]
    return sources, others, unused if len(unused) else others


def describe_sources(
    engine: RetrievalEngine, settings: EvaluationSettings, staging: Staging, progress: Progress
) -> tuple[list[Described], np.ndarray]:
    """(every source photo with its copies, ids of the others). Each source is a piece that need not be done again."""
    sources, others, backgrounds = draw(engine, settings)
    records = staging.done("source")
    for n, source in enumerate(sources.tolist()):
        progress(n, len(sources), "describe copies")
        if n < len(records):
            continue
        try:
            with one_blas_thread():  # a run that was stopped ends as one that was not
                done = _describe(engine, settings, source, backgrounds)
        except EngineError as error:
            raise EngineError(f"cannot ask for {PurePosixPath(engine.path(source)).name}: {error}") from error
        staging.put(
            "source", {"scales": done.scales}, query=done.query, copies=done.copies, scaled=done.scaled
        )  # fmt: skip
    progress(len(sources), len(sources), "describe copies")

    def read(record: dict) -> Described:
        query, copies, scaled = (np.array(staging.array(record, name)) for name in ("query", "copies", "scaled"))
        return Described(query, copies, tuple(record["scales"]), scaled)

    return [read(record) for record in staging.done("source")], others


def _describe(engine: RetrievalEngine, settings: EvaluationSettings, source: int, backgrounds: np.ndarray) -> Described:
    database, photo = engine.collection, engine.photo(source)
    patches = database.patches if settings.patches else WHOLE
    describer = Describer(database.backbone.name, patches, database.precision)

    def copy(number: int) -> np.ndarray:
        rng = np.random.default_rng([SEED, source, number])
        edited = TRANSFORMATIONS[number].edit(photo, engine.photo(int(rng.choice(backgrounds))), rng)
        return describer.describe_image(edited, database.transform)[0]

    copies = map_parallel(copy, range(len(TRANSFORMATIONS)))
    if settings.patches:
        query = engine.describe(photo, None, SCALES["default"]).vectors
    else:
        query = vectors_of_images(database, np.array([source]), False)
    scaled = engine.describe(photo, _middle(photo), RATIOS)
    return Described(query, np.concatenate(copies), scaled.scales, scaled.vectors)


def _middle(photo: Image.Image) -> tuple[float, float, float, float]:
    x, y = (1 - MIDDLE) / 2 * photo.width, (1 - MIDDLE) / 2 * photo.height
    return x, y, photo.width - x, photo.height - y


def pools(
    engine: RetrievalEngine, settings: EvaluationSettings, described: list[Described], others: np.ndarray
) -> list[Pool]:
    """One for each source: its copies first, in the order of the transformations, then the others."""
    among = vectors_of_images(engine.collection, others, settings.patches)
    n_copies = len(TRANSFORMATIONS)
    targets = np.arange(n_copies + len(others))[None] < n_copies
    return [
        Pool(np.concatenate([one.copies, among]), targets.size, [one.query], targets, np.zeros_like(targets))
        for one in described
    ]


def transformation_rows(counts: list[Counts], angles: np.ndarray, names: dict[str, str]) -> list[dict]:
    """Recall of each transformation and strength, by method and delta, with Wilson's interval over sources.

    angles: (sources, transformations) radians, from each source to its copies. counts: over all sources and seeds;
    names: method -> as printed. An index of several seeds has the mean over seeds, and the interval of one seed.
    """
    rows = []
    groups: dict[tuple[str, float], list[list[int]]] = {}
    for one in counts:
        groups.setdefault((one.method, one.delta), []).append(one.target_found)
    for (method, delta), found in groups.items():
        means = np.mean(found, axis=0)
        for transformation, hits, own in zip(TRANSFORMATIONS, means, angles.T, strict=True):
            rows.append(
                {
                    "transformation": transformation.name,
                    "strength": transformation.strength,
                    "method": names[method],
                    "delta": delta,
                    "recall": float(hits / len(angles)),
                    "recall_interval": wilson_interval(hits, len(angles)),
                    "median_angle": float(np.median(own)),
                    "n_sources": len(angles),
                }
            )
    return rows


def angle_rows(described: list[Described], angles: np.ndarray) -> list[dict]:
    """Quartiles of the angle to the source photo over cover rate and over the query's scale: source A's two plots."""
    groups: dict[tuple[str, float], list[float]] = {}
    for i, transformation in enumerate(TRANSFORMATIONS):
        if transformation.name == "paste, cover":
            groups["cover rate", transformation.strength] = angles[:, i].tolist()
    for one in described:
        same = one.scaled[int(np.argmin(np.abs(np.array(one.scales) - 1)))]
        for scale, vector in zip(one.scales, one.scaled, strict=True):
            angle = 2 * np.arcsin(min(1.0, float(np.linalg.norm(vector - same)) / 2))  # exact for small angles
            groups.setdefault(("query scale", scale), []).append(float(angle))
    rows = []
    for (over, value), found in sorted(groups.items()):
        low, middle, high = np.quantile(found, (0.25, 0.5, 0.75)).tolist()
        rows.append({"over": over, "value": value, "q25": low, "median": middle, "q75": high, "n": len(found)})
    return rows
