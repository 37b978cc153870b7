"""The answers to a question, each kept: moving delta back and forth asks the engine once for each place."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lsh_engine import AskedCrops, LSHParams, Match, QueryReport, SearchSettings

from ..common.question import Question, asked, delta_of
from ..common.session import session

LIVE = 300  # photos that the browser gets, nearest first: a move of delta shows them without asking
ASKED = 13  # thresholds at which hashing is asked ahead, besides the chosen one


@dataclass(frozen=True)
class Side:
    """One side of the board: how it is searched, and the threshold."""

    plan: str
    delta: float

    def settings(self, question: Question, recall: float | None) -> SearchSettings:
        params = {"lsh": LSHParams(self.plan, recall)}
        return SearchSettings(scales=question.crop.scales, delta=self.delta, params=params)


def sides_of(question: Question) -> tuple[Side, Side]:
    choice = session().choice
    delta = delta_of(choice, question.database)
    return Side(choice.plan, delta), Side(
        choice.right_plan, delta if choice.right_delta is None else choice.right_delta
    )


def reports_of(question: Question, sides: tuple[Side, Side]) -> tuple[QueryReport, QueryReport]:
    """A report of each side. The full scan at the delta of the left side stands in its report already."""
    left = report_of(question, sides[0])
    return left, left if sides[1] == Side("exhaustive", sides[0].delta) else report_of(question, sides[1])


def report_of(question: Question, side: Side) -> QueryReport:
    """The side's answer (method "lsh") beside the exhaustive one. EngineError when a number is out of bounds."""
    choice = session().choice
    settings = side.settings(question, choice.recall_target)
    return _report(question.database.key, question.crop, choice.count_own, settings, question)


def neighbours(question: Question) -> tuple[Match, ...]:
    """The nearest photos, whatever delta: at most LIVE."""
    own = session().choice.count_own
    return _neighbours(question.database.key, question.crop, own, question)


def asked_ahead(question: Question, side: Side, near: Sequence[Match]) -> list[tuple[float, frozenset[int]]]:
    """(delta, photos that the side finds there) at some thresholds round the chosen one, so that a move of delta shows
    misses as they occur. Empty where the side misses nothing by its nature.
    """
    if side.plan == "exhaustive" or not near:
        return []
    choice = session().choice
    deltas = thresholds_ahead(side.delta, near[0].angle, near[-1].angle)
    params = LSHParams(side.plan, choice.recall_target)
    found = _found(question.database.key, question.crop, choice.count_own, deltas, params, question)
    return list(zip(deltas, found, strict=True))


def thresholds_ahead(delta: float, nearest: float, farthest: float) -> tuple[float, ...]:
    """The chosen threshold among others evenly between the nearest photo and the farthest that is known."""
    step = max((farthest - nearest) / (ASKED - 1), 0.01)
    ahead = {round(nearest + i * step, 2) for i in range(ASKED)} | {round(delta, 2)}
    return tuple(sorted(at for at in ahead if at > 0))


@st.cache_resource(max_entries=64, show_spinner=False)
def _report(key: str, crop: object, own: bool, settings: SearchSettings, _question: Question) -> QueryReport:
    return _question.database.engine.search(_asked(_question, own), settings, warm=True)


@st.cache_resource(max_entries=64, show_spinner=False)
def _neighbours(key: str, crop: object, own: bool, _question: Question) -> tuple[Match, ...]:
    return _question.database.engine.neighbourhood(_asked(_question, own), LIVE)


@st.cache_resource(max_entries=128, show_spinner=False)
def _found(
    key: str, crop: object, own: bool, deltas: tuple[float, ...], params: LSHParams, _question: Question
) -> list[frozenset[int]]:
    return _question.database.engine.found_at(_asked(_question, own), deltas, "lsh", params)


def _asked(question: Question, count_own: bool) -> AskedCrops:
    return asked(question, count_own)
