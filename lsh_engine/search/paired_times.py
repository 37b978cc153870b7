"""Times that can be compared: methods take turns on one question, so that whatever else the machine does meets all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from ..index import Hits

BUDGET = 0.1  # seconds that repeating may take
MOST_ROUNDS = 25
ONCE = 0.5  # seconds: where one round takes longer, nothing is repeated

Ask = Callable[[], list[Hits]]
Stages = dict[str, float]  # stage -> seconds


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


def rounds_of(asks: Mapping[str, Ask]) -> dict[str, list[Stages]]:
    """Method -> its runs, the same number of each: all methods once a round, every other round in reverse."""
    runs: dict[str, list[Stages]] = {name: [] for name in asks}
    names, started, n_rounds, spent = list(asks), perf_counter(), 0, 0.0
    while not n_rounds or (n_rounds < MOST_ROUNDS and spent * (n_rounds + 1) / n_rounds <= BUDGET):
        for name in names:
            runs[name].append(stage_seconds(asks[name]()))
        names.reverse()
        n_rounds, spent = n_rounds + 1, perf_counter() - started
    return runs


def median_run(runs: Sequence[Stages]) -> Stages:
    """The run in the middle by its time, its stages as they were."""
    return sorted(runs, key=lambda stages: sum(stages.values()))[(len(runs) - 1) // 2]


def speed_of(runs: Sequence[Stages], reference: Sequence[Stages]) -> Speed:
    """A method's runs beside those of the reference in the same rounds."""
    times = zip(reference, runs, strict=True)
    ratios = sorted(sum(slow.values()) / max(sum(own.values()), 1e-9) for slow, own in times)
    left_out = len(ratios) // 10
    return Speed(median(ratios), ratios[left_out], ratios[-1 - left_out], len(ratios))
