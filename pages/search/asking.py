"""Questions to the engine, each answered once: describing a crop is slow, searching for it is not.

A described crop is kept, so that moving delta, the plan or the recall target searches again without the network."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from lsh_engine import Answer, QueryReport, SearchSettings

from ..common.databases import Database, facts
from ..common.photos import pixels
from ..common.session import Asked, Choice, Query

REPEATED = 20_000_000  # comparisons of two vectors, about half a second: a larger scan runs once


@dataclass(frozen=True)
class Question:
    """What the results on the page answer."""

    database: Database
    query: Query
    asked: Asked


def default_delta(database: Database) -> float:
    """The widest of the database's own presets: the same kind of thing."""
    presets = facts(database.key, database.engine)["presets"].values()
    return float(max(presets, default=min(1.0, database.engine.max_delta)))


def delta_of(choice: Choice, database: Database) -> float:
    """The chosen delta, no larger than this database's slider goes."""
    delta = default_delta(database) if choice.delta is None else choice.delta
    return min(delta, slider_end(database))


def slider_end(database: Database) -> float:
    return max(0.1, round(float(database.engine.max_delta), 2))


def settings_of(choice: Choice, question: Question) -> SearchSettings:
    """EngineError when a number is out of bounds."""
    return SearchSettings(
        scales=question.asked.scales,
        delta=delta_of(choice, question.database),
        plan=choice.plan,
        recall_target=choice.recall_target,
    )


def describe(question: Question):
    """The crop at every scale as descriptors: the forward passes of the network."""
    return _describe(question.database.key, question.asked, question)


def lsh_answer(question: Question, settings: SearchSettings, described) -> Answer:
    return _lsh_answer(question.database.key, question.asked, settings, question.database.engine, described)


def full_report(question: Question, settings: SearchSettings, described, lsh: Answer) -> QueryReport:
    """The exhaustive answer too, and how the two compare."""
    engine = question.database.engine
    return _full_report(question.database.key, question.asked, settings, engine, described, lsh)


@st.cache_resource(max_entries=64, show_spinner=False)
def _describe(key: str, asked: Asked, _question: Question):
    return _question.database.engine.describe(pixels(_question.query), box=asked.box, scales=asked.scales)


@st.cache_resource(max_entries=32, show_spinner=False)
def _lsh_answer(key: str, asked: Asked, settings: SearchSettings, _engine, _described) -> Answer:
    return _timed_warm(lambda: _engine.search_lsh(_described, settings))


@st.cache_resource(max_entries=32, show_spinner=False)
def _full_report(key: str, asked: Asked, settings: SearchSettings, _engine, _described, _lsh: Answer) -> QueryReport:
    exhaustive = _timed_warm(lambda: _engine.search_exhaustive(_described, settings))
    return _engine.compare(_lsh, exhaustive, _described, settings)


def _timed_warm(ask: Callable[[], Answer]) -> Answer:
    """The quicker of two runs, for both methods alike: the first of its kind also compiles, plans, and reads
    the database from disk. Only a scan of a very large database is not repeated."""
    first = ask()
    if first.method == "exhaustive" and first.n_candidates > REPEATED:  # not by its time, which may hold compiling
        return first
    return min(first, ask(), key=lambda answer: answer.search_seconds)
