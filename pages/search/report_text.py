"""What a report means, in words a layman understands. Pure functions: report -> text."""

import math

from lsh_engine import Answer, QueryReport

from ..common.text import count, duration, percent, times

NO_TIME = 5e-6  # seconds; a stage that took less is left out
CLOSE_CALL = 1.15  # times whose ratio is below this count as equal
STAGES = {
    "describe": "describe",
    "plan": "plan",
    "hash": "hash",
    "lookup": "look-up",
    "scan": "scan",
    "rerank": "re-rank",
}


def headline(report: QueryReport) -> str:
    """'LSH found 41 of 42 photos (98 %), looking at 0.6 % of the vectors, 9× faster.'"""
    total = len(report.answers["exhaustive"].matches)
    found = total - len(report.missed)
    return (
        f"{_found(found, total)}, looking at {looked_at(report.answers['lsh'])} of the vectors{_speed_clause(report)}."
    )


def _found(found: int, total: int) -> str:
    if found == total:
        return "LSH found the one photo there is" if total == 1 else f"LSH found all {total:,} photos"
    return f"LSH found {found:,} of {count(total, 'photo')} ({percent(found / total)})"


def _speed_clause(report: QueryReport) -> str:
    ratio = report.speed_up or 1.0
    if ratio >= CLOSE_CALL:
        return f", {times(ratio)} faster than looking at everything"
    if ratio > 1 / CLOSE_CALL:
        return ", about as fast as looking at everything"
    return f". Here a plain scan is {times(1 / ratio)} faster"


def small_database_note(report: QueryReport) -> str | None:
    """Why exhaustive won, where it did."""
    if (report.speed_up or 1.0) >= 1 / CLOSE_CALL:
        return None
    n_comparisons = report.answers["exhaustive"].n_vectors
    return (
        f"With only {n_comparisons:,} comparisons to make, looking at everything costs next to nothing. "
        "LSH pays off as the collection grows: its share of the vectors shrinks, the scan's does not."
    )


def recall_line(report: QueryReport) -> str:
    """Index recall, measured and expected, in one line."""
    measured, expected = report.index_recall, report.predicted_recall
    if measured is None or expected is None:
        return "Nothing lies within delta, so there was nothing to miss."
    missed = len(report.missed)
    what = "missed nothing" if not missed else f"missed {count(missed, 'photo')} that the full scan shows"
    return f"Index recall: **{percent(measured)} measured**, {percent(expected)} expected by the formula. LSH {what}."


RECALL_HELP = (
    "Index recall is the share of the exhaustive answer that LSH found too. The mathematics of random hyperplanes says "
    "how likely each of those photos was to be found; their mean is what to expect. It says nothing about "
    "whether a photo shows the right thing: that is for delta to decide."
)


def looked_at(answer: Answer) -> str:
    """'0.6 %' of the vectors were compared exactly."""
    return percent(answer.n_candidates / answer.n_vectors) if answer.n_vectors else "0 %"


def stage_line(answer: Answer) -> str:
    """'describe 310 ms · hash 0.03 ms · look-up 1.1 ms · re-rank 0.3 ms'"""
    order = [*STAGES, *(stage for stage in answer.seconds if stage not in STAGES)]
    order = [stage for stage in order if answer.seconds.get(stage, 0) >= NO_TIME]
    parts = [f"{STAGES.get(stage, stage)} {duration(answer.seconds[stage])}" for stage in order]
    return " · ".join(parts)


def speed_badge(report: QueryReport) -> str:
    """'9× faster', for the LSH column."""
    ratio = report.speed_up or 1.0
    if ratio >= CLOSE_CALL:
        return f"{times(ratio)} faster"
    return "same speed" if ratio > 1 / CLOSE_CALL else f"{times(1 / ratio)} slower"


def delta_to_reach(angle: float, slider_end: float) -> float:
    """The smallest step of the slider that lets a photo at `angle` in."""
    return min(math.ceil(round(angle * 100, 6)) / 100, slider_end)


def miss_text(probability: float | None) -> str:
    """'missed, expected to be found with 93 %'"""
    if probability is None:
        return "missed by LSH"
    return f"missed by LSH; it was expected to be found with {percent(probability)}"
