"""Times that can be compared: methods take turns on one question, so that whatever else the machine does meets all."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from ..index import Hits

BUDGET = 0.05  # seconds that repeating may take
MOST_ROUNDS = 25
FINE = 1e-5  # seconds: a clock that ticks less often cannot time a search

Ask = Callable[[], list[Hits]]
Stages = dict[str, float]  # stage -> seconds

# A search runs on one thread. Its own time on a processor is what it takes; on a clock on the wall it would stand
# still, sometimes for longer than that, while the processor works for others.
_BY_THREAD = time.get_clock_info("thread_time").resolution <= FINE
work_time = time.thread_time if _BY_THREAD else perf_counter


@dataclass(frozen=True)
class Run:
    """One run of a method. stages: seconds by the clock. work: seconds of a processor, all of it."""

    stages: Stages
    work: float


@dataclass(frozen=True)
class Speed:
    """How many times as fast as the reference a method is, over `n_runs` runs of both, one right after the other.

    low, high: the least and the greatest of the runs, of ten or more without the tenth at either end.
    """

    median: float
    low: float
    high: float
    n_runs: int


def stage_seconds(hits: Sequence[Hits]) -> Stages:
    """The stages of a run, added up over its queries."""
    seconds: Stages = {}
    for hit in hits:
        for stage, value in hit.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + value
    return seconds


def timed(ask: Ask) -> tuple[list[Hits], Run]:
    """What a method answers, and what that took."""
    started = work_time()
    hits = ask()
    work = work_time() - started
    return hits, Run(stage_seconds(hits), work)


def rounds_of(asks: Mapping[str, Ask]) -> dict[str, list[Run]]:
    """Method -> its runs, the same number of each: all methods once a round, every other round in reverse."""
    runs: dict[str, list[Run]] = {name: [] for name in asks}
    names, started, n_rounds, spent = list(asks), perf_counter(), 0, 0.0
    while not n_rounds or (n_rounds < MOST_ROUNDS and spent * (n_rounds + 1) / n_rounds <= BUDGET):
        for name in names:
            runs[name].append(timed(asks[name])[1])
        names.reverse()
        n_rounds, spent = n_rounds + 1, perf_counter() - started
    return runs


def median_stages(runs: Sequence[Run]) -> Stages:
    """The stages of the run in the middle by its seconds."""
    return sorted((run.stages for run in runs), key=lambda stages: sum(stages.values()))[(len(runs) - 1) // 2]


def speed_of(runs: Sequence[Run], reference: Sequence[Run]) -> Speed:
    """A method's runs beside those of the reference in the same rounds."""
    ratios = sorted(slow.work / max(own.work, 1e-9) for slow, own in zip(reference, runs, strict=True))
    left_out = len(ratios) // 10
    return Speed(median(ratios), ratios[left_out], ratios[-1 - left_out], len(ratios))
