"""One answer as it is kept in a file: what was asked, how, what came, in words and figures that every form shares."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lsh_engine import Answer, Match, QueryReport

from ..common.controls import PLAN_NAMES
from ..common.question import Question
from ..common.session import Box, Choice
from ..common.text import count, duration, one_line, percent, scale_name
from . import report_text


@dataclass(frozen=True)
class Column:
    """One of the two answers side by side. missed: image ids of it that the left one did not find."""

    title: str
    answer: Answer
    delta: float
    missed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Sheet:
    """A report with the question it answers and the controls it was asked with.

    other: the report of the right side, where that is not the exhaustive answer at the same delta.
    """

    report: QueryReport
    question: Question
    choice: Choice
    other: QueryReport | None = None

    @property
    def columns(self) -> tuple[Column, Column]:
        left = _column(self.report, self.choice.plan)
        right = _column(self.other or self.report, self.choice.right_plan if self.other else "exhaustive")
        found = {match.image_id for match in left.answer.matches}
        missed = frozenset(match.image_id for match in right.answer.matches if match.image_id not in found)
        return left, replace(right, missed=missed)

    @property
    def chances(self) -> dict[int, float | None]:
        """Image id -> chance that LSH had to find it."""
        return {match.image_id: match.found_probability for match in self.report.answers["exhaustive"].matches}

    def verdict(self) -> tuple[str, ...]:
        """What came of it, a headline first, as plain text."""
        left, right = self.columns
        if not left.answer.matches and not right.answer.matches:
            nearest = self.report.nearest
            near = f" The nearest photo is {nearest.angle:.2f} rad away." if nearest else ""
            return (f"No photo lies within {right.delta:.2f} rad.{near}",)
        if self.other is not None:
            both = len(right.answer.matches) - len(right.missed)
            sides = [f"{side.title}: {count(len(side.answer.matches), 'photo')}" for side in (left, right)]
            return (f"{'. '.join(sides)}. In both: {both:,}.",)
        headline = report_text.headline(self.report, self.choice.plan)
        return headline, *filter(None, [self._recall(), report_text.notes_line(self.report)])

    def _recall(self) -> str | None:
        measured, expected = self.report.index_recall, self.report.predicted_recall
        if measured is None or expected is None:
            return None
        missed = len(self.report.missed)
        what = f"missed {count(missed, 'photo')} that the full scan shows" if missed else "missed nothing"
        name = report_text.title_of(self.choice.plan)
        recall = f"Index recall: {percent(measured)} measured, {percent(expected)} expected by the formula"
        return f"{recall}. {name} {what}."

    def settings(self) -> Iterator[tuple[str, str]]:
        """(what, its value with a unit)"""
        question, crop, engine = self.question, self.question.crop, self.question.database.engine
        width, height = question.query.size
        yield "Photo", f"{one_line(question.query.name, 90)}, {width} × {height} pixels"
        yield "Crop", _corners(crop.box)
        for extra in crop.more:
            yield ("Also looked for" if extra.role == "look" else "Not this"), _corners(extra.box)
        if any(extra.role == "look" for extra in crop.more):
            yield "Crops", f"a photo shows {'all' if crop.combine == 'all' else 'any'} of them"
        if crop.liked or crop.disliked:
            yield "Marked", f"{len(crop.liked)} right, {len(crop.disliked)} wrong"
        photos, vectors = count(engine.n_images, "photo"), count(engine.n_vectors, "vector")
        yield "Database", f"{one_line(question.database.name, 60)}: {photos}, {vectors}"
        deltas = dict.fromkeys(column.delta for column in self.columns)
        for delta in deltas:
            yield "Delta", f"{delta:.2f} rad = {math.degrees(delta):.0f}°, a cosine of {math.cos(delta):.2f} or more"
        yield "Query scales", ", ".join(scale_name(scale) for scale in crop.scales)
        for column in self.columns if self.other else self.columns[:1]:
            yield "Plan", f"{column.title} ({column.answer.plan})"
        if self.choice.recall_target is not None:
            yield "Recall target", percent(self.choice.recall_target)

    def figures(self, answer: Answer) -> Iterator[tuple[str, str]]:
        """(what, figure with its unit) of one column."""
        yield "Photos found", f"{len(answer.matches):,}"
        yield "Search time", duration(answer.search_seconds)
        yield "Vectors compared", f"{answer.n_candidates:,} of {answer.n_vectors:,} ({report_text.looked_at(answer)})"

    def mark(self, match: Match, missed: bool) -> str:
        """'missed, 43 % likely to be found', or the chance of one that was found."""
        chance = self.chances.get(match.image_id)
        if chance is None:
            return "missed by LSH" if missed else ""
        return f"missed, {percent(chance)} likely to be found" if missed else f"{percent(chance)} likely to be found"


def _corners(box: Box) -> str:
    left, top, right, bottom = box
    return f"{right - left} × {bottom - top} pixels from ({left}, {top})"


def _column(report: QueryReport, plan: str) -> Column:
    answer = report.answers["exhaustive" if plan == "exhaustive" else "lsh"]
    return Column("LSH" if plan == "auto" else PLAN_NAMES.get(plan, plan), answer, report.delta)
