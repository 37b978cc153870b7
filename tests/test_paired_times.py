"""Methods take turns, and a ratio is told with its range: on clocks that are wound by hand."""

import time

import numpy as np
import pytest
import small_photos

from lsh_engine import AskedCrops, Hits, LSHParams, SearchSettings, Speed
from lsh_engine.search import paired_times
from lsh_engine.search.paired_times import Run, median_stages, rounds_of, speed_of


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when a method runs."""
    now = [0.0]
    for name in ("perf_counter", "work_time"):
        monkeypatch.setattr(paired_times, name, lambda: now[0])
    monkeypatch.setattr(paired_times, "BUDGET", 0.1)
    return now


def ask(name: str, seconds: list[float], clock: list[float], order: list[str]):
    """A method that takes these seconds, one run after the other, the last of them ever after."""
    left = list(seconds)

    def run() -> list[Hits]:
        order.append(name)
        took = left.pop(0) if len(left) > 1 else left[0]
        clock[0] += took
        nothing = np.empty(0, np.int64), np.empty(0, np.float32)
        return [Hits(*nothing, True, 0, 1, {"scan": took / 2}), Hits(*nothing, True, 0, 1, {"scan": took / 2})]

    return run


def test_methods_take_turns_in_alternating_order(clock):
    order: list[str] = []
    runs = rounds_of({"a": ask("a", [0.01], clock, order), "b": ask("b", [0.01], clock, order)})
    assert order == [*"abbaabbaab"] and [len(run) for run in runs.values()] == [5, 5]
    assert runs["a"] == [Run({"scan": pytest.approx(0.01)}, pytest.approx(0.01))] * 5


@pytest.mark.parametrize(("seconds", "n"), [(1e-6, paired_times.MOST_ROUNDS), (0.02, 5), (0.06, 1), (3.0, 1)])
def test_the_budget_ends_them(clock, seconds, n):
    assert len(rounds_of({"a": ask("a", [seconds], clock, [])})["a"]) == n


def works(*seconds: float) -> list[Run]:
    return [Run({}, work) for work in seconds]


def test_the_ratio_is_of_pairs_and_ignores_an_outlier():
    reference, runs = works(*[0.010] * 11), works(*[0.001] * 9, 0.1, 0.0001)
    assert speed_of(runs, reference) == Speed(pytest.approx(10), pytest.approx(10), pytest.approx(10), 11)
    assert speed_of(runs[8:], reference[8:]) == Speed(*(pytest.approx(x) for x in (10, 0.1, 100)), 3)


def test_a_slow_moment_that_meets_both_changes_nothing():
    slow = [1, 1, 30, 1, 1]
    reference, runs = (works(*(base * factor for factor in slow)) for base in (0.01, 0.002))
    assert speed_of(runs, reference) == Speed(*(pytest.approx(5) for _ in range(3)), 5)


def test_waiting_for_a_processor_is_no_work():
    """By the clock on the wall a run that sleeps takes long; by its own it takes nothing."""

    def ask(seconds: float) -> list[Hits]:
        time.sleep(seconds)
        return [Hits(np.empty(0, np.int64), np.empty(0, np.float32), True, 0, 1, {"scan": seconds})]

    assert paired_times.timed(lambda: ask(0.2))[1].work < 0.1


def test_the_median_run_keeps_its_stages_together():
    stages = [{"hash": 1.0, "scan": 5.0}, {"hash": 3.0, "scan": 1.0}, {"hash": 0.5, "scan": 0.5}]
    assert median_stages([Run(each, 1.0) for each in stages]) == {"hash": 3.0, "scan": 1.0}
    assert median_stages([Run(each, 1.0) for each in stages[:2]]) == {"hash": 3.0, "scan": 1.0}


def test_a_warm_search_tells_speed_with_its_range(small_db, monkeypatch):
    monkeypatch.setattr(paired_times, "BUDGET", 5.0)  # enough on a busy machine
    engine = small_db.engine
    described = engine.describe(small_photos.photo(0), small_photos.BOXES[0], (0.7071, 1.0))
    settings = SearchSettings(delta=0.987654, params={"lsh": LSHParams("sketch")})  # a delta that nobody planned
    report = engine.search(AskedCrops((described,)), settings, warm=True)
    speed = report.speed
    assert speed.n_runs >= 5 and 0 < speed.low <= speed.median <= speed.high
    assert report.speed_up == report.speed_up_of("lsh") == speed.median and report.speed_up_of("exhaustive") == 1.0
    again = engine.search(AskedCrops((described,)), settings, warm=True)
    assert report.lsh.seconds["plan"] > 10 * again.lsh.seconds["plan"], "made once, and counted where it was made"
    cold = engine.search(described, settings)
    assert cold.speed.n_runs == 1 and cold.speed.low == cold.speed.high == cold.speed_up
    assert engine.search(described, settings, ("lsh",), warm=True).speed is None
