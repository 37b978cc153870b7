"""How long the near-duplicate experiment will take, told before it begins: nearly all of it is describing copies."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ..core.progress import Progress, silent
from ..core.threads import map_parallel
from ..describe.describer import Describer
from ..engine import RetrievalEngine
from ..search.settings import SCALES
from .experiment_settings import EvaluationSettings
from .near_duplicates import RATIOS, SEED, draw
from .pools import WHOLE
from .transformations import TRANSFORMATIONS

N_TIMED = 8  # copies; the same ones twice, since the first time also loads the network


@dataclass(frozen=True)
class Foreseen:
    """sources: photos that are edited and asked for. pictures: descriptions by the network."""

    sources: int
    pictures: int
    seconds: float


def seconds_per_copy(engine: RetrievalEngine, progress: Progress = silent) -> float:
    """Time to edit and to describe one copy, on this machine as busy as it is now. EngineError as the experiment's."""
    sources, _, backgrounds = draw(engine, EvaluationSettings(experiment="near-duplicates"))
    photo, background = engine.photo(int(sources[0])), engine.photo(int(backgrounds[0]))
    describer = Describer(engine.collection.backbone.name, WHOLE, engine.collection.precision)
    picked = [TRANSFORMATIONS[i] for i in np.linspace(0, len(TRANSFORMATIONS) - 1, N_TIMED).round().astype(int)]

    def describe(number: int) -> None:
        edited = picked[number].edit(photo, background, np.random.default_rng([SEED, number]))
        describer.describe_image(edited, engine.collection.transform)

    taken = []
    for run in range(2):
        progress(run, 2, "time")
        started = perf_counter()
        map_parallel(describe, range(len(picked)))
        taken.append((perf_counter() - started) / len(picked))
    return min(taken)


def foresee(engine: RetrievalEngine, settings: EvaluationSettings, each: float) -> Foreseen:
    """each: seconds of one copy. EngineError where there are too few photos."""
    sources = len(draw(engine, settings)[0])
    asked = len(RATIOS) + (len(SCALES["default"]) if settings.patches else 0)
    pictures = sources * (len(TRANSFORMATIONS) + asked)
    return Foreseen(sources, pictures, pictures * each)
