"""What a report means, in words a layman understands. Pure functions: report -> text."""

import math

from lsh_engine import Answer, QueryReport

from ..common.text import count, duration, percent, times

NO_TIME = 5e-6  # seconds; a stage that took less is left out
NOTED = 0.1  # of the search: planning that took less is not told apart
CLOSE_CALL = 1.15  # times whose ratio is below this count as equal
STAGES = {
    "describe": "describe",
    "plan": "plan",
    "hash": "hash",
    "lookup": "look-up",
    "scan": "scan",
    "rerank": "re-rank",
}


SAYS = {  # the verdict while delta moves: the board fills in the numbers
    "one": "1 photo",
    "many": "{n} photos",
    "nothing": "Nothing this close: delta is {delta} rad, the nearest photo lies at {nearest} rad.",
    "only": "{left} found the one photo there is",
    "all": "{left} found all {total}",
    "some": "{left} found {found} of {total} ({percent})",
    "compare": "{left}: {a}. {right}: {b}. Both: {both}, only left: {onlyLeft}, only right: {onlyRight}.",
    "none": "None of the photos within delta was found.",
}
TITLES = {
    "auto": "LSH",
    "tables": "Hash tables",
    "multiprobe": "Multiprobe",
    "sketch": "Sketch scan",
    "exhaustive": "The full scan",
}

PLANS_HELP = {  # what stands on the choice of a plan
    "auto": "takes whichever is predicted cheapest at this delta and recall target",
    "tables": "classic LSH: photos that share a hash key with your crop in at least one table",
    "multiprobe": "looks into the buckets where a match most likely lies, as many as the recall target takes",
    "sketch": "compares short bit signatures of every vector, then checks the closest exactly",
    "exhaustive": "compares your crop with every vector: it misses nothing",
}
RECALL_HELP = (
    "Index recall is the share of the exhaustive answer that LSH found too. The mathematics of random hyperplanes says "
    "how likely each of those photos was to be found; their mean is what to expect. It says nothing about "
    "whether a photo shows the right thing: that is for delta to decide."
)


def title_of(plan: str) -> str:
    """What stands for a plan in a sentence."""
    return TITLES.get(plan, plan)


def headline(report: QueryReport, plan: str = "auto") -> str:
    """'LSH found 41 of 42 photos (98 %), looking at 0.6 % of the vectors, 9× faster.'"""
    total = len(report.answers["exhaustive"].matches)
    if plan == "exhaustive":
        return f"{title_of(plan)} found {count(total, 'photo')}, looking at every vector."
    found = total - len(report.missed)
    looked = looked_at(report.answers["lsh"])
    return f"{_found(title_of(plan), found, total)}, looking at {looked} of the vectors{_speed_clause(report)}."


def _found(name: str, found: int, total: int) -> str:
    if found == total:
        return f"{name} found the one photo there is" if total == 1 else f"{name} found all {total:,} photos"
    return f"{name} found {found:,} of {count(total, 'photo')} ({percent(found / total)})"


def facts_line(report: QueryReport, plan: str) -> str:
    """What stands below the verdict: work, speed, recall, and the wait that both sides share."""
    parts = []
    if plan != "exhaustive":
        parts.append(f"looked at {looked_at(report.answers['lsh'])} of the vectors")
        parts.append(f"{speed_badge(report)}{speed_range(report)}")
        measured, expected = report.index_recall, report.predicted_recall
        if measured is not None and expected is not None:
            parts.append(f"index recall {percent(measured)} measured, {percent(expected)} expected")
    described = report.answers["exhaustive"].seconds.get("describe")
    if described:
        parts.append(f"your crop was described in {duration(described)}, once for both")
    line = " · ".join(parts)
    return line[:1].upper() + line[1:]


def notes_line(report: QueryReport) -> str:
    """What else is to be said, or nothing."""
    notes = []
    if report.own is not None:
        notes.append(f"Your photo is in this database too ({report.own.angle:.2f} rad): not counted.")
    notes += filter(None, [small_database_note(report)])
    return " ".join(notes)


def speed_badge(report: QueryReport) -> str:
    """'9× faster', against the full scan."""
    ratio = report.speed_up or 1.0
    if ratio >= CLOSE_CALL:
        return f"{times(ratio)} faster than the full scan"
    return "as fast as the full scan" if ratio > 1 / CLOSE_CALL else f"{times(1 / ratio)} slower than the full scan"


def _speed_clause(report: QueryReport) -> str:
    ratio = report.speed_up or 1.0
    if ratio >= CLOSE_CALL:
        return f", {times(ratio)} faster than looking at everything{speed_range(report)}"
    if ratio > 1 / CLOSE_CALL:
        return f", about as fast as looking at everything{speed_range(report)}"
    return f". Here a plain scan is {times(1 / ratio)} faster"


def speed_range(report: QueryReport) -> str:
    """' (7× to 11× in 9 runs)': a median of one run has no range."""
    speed = report.speed
    if speed is None or speed.n_runs < 2:
        return ""
    return f" ({times(speed.low)} to {times(speed.high)} in {speed.n_runs} runs)"


def small_database_note(report: QueryReport) -> str | None:
    """Why exhaustive won, where it did."""
    if (report.speed_up or 1.0) >= 1 / CLOSE_CALL:
        return None
    n_comparisons = report.answers["exhaustive"].n_vectors
    return (
        f"With only {n_comparisons:,} comparisons to make, looking at everything costs next to nothing. "
        "LSH pays off as the collection grows: its share of the vectors shrinks, the scan's does not."
    )


def looked_at(answer: Answer) -> str:
    """'0.6 %' of the vectors were compared exactly."""
    return percent(answer.n_candidates / answer.n_vectors) if answer.n_vectors else "0 %"


def time_line(answer: Answer) -> str:
    """'0.6 ms after 1.2 ms to plan': a plan is made once for a delta, then kept; one that took next to nothing is left
    out.
    """
    planning = answer.seconds.get("plan", 0.0)
    looking = answer.search_seconds - planning
    if planning < NOTED * looking:
        return duration(answer.search_seconds)
    return f"{duration(looking)} after {duration(planning)} to plan"


def stage_line(answer: Answer) -> str:
    """'describe 310 ms · hash 0.03 ms · look-up 1.1 ms · re-rank 0.3 ms'"""
    order = [*STAGES, *(stage for stage in answer.seconds if stage not in STAGES)]
    order = [stage for stage in order if answer.seconds.get(stage, 0) >= NO_TIME]
    parts = [f"{STAGES.get(stage, stage)} {duration(answer.seconds[stage])}" for stage in order]
    return " · ".join(parts)


def delta_to_reach(angle: float, slider_end: float) -> float:
    """The smallest step of the slider that lets a photo at `angle` in."""
    return min(math.ceil(round(angle * 100, 6)) / 100, slider_end)


def miss_text(probability: float | None) -> str:
    """'missed, expected to be found with 93 %'"""
    if probability is None:
        return "missed by LSH"
    return f"missed by LSH; it was expected to be found with {percent(probability)}"
