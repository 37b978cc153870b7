"""The answers to a question, each kept: moving delta back and forth asks the engine once for each place."""

from collections.abc import Callable

import streamlit as st

from lsh_engine import Answer, QueryDescriptors, QueryReport, RetrievalEngine, SearchSettings

from ..common.question import Question, delta_of
from ..common.session import SearchedCrop, session

REPEATED = 20_000_000  # comparisons of two vectors, about half a second: a larger scan runs once


def settings_of(question: Question) -> SearchSettings:
    """What the controls say. EngineError when a number is out of bounds."""
    choice = session().choice
    return SearchSettings(
        scales=question.crop.scales,
        delta=delta_of(choice, question.database),
        plan=choice.plan,
        recall_target=choice.recall_target,
    )


def lsh_answer(question: Question, settings: SearchSettings, described: QueryDescriptors) -> Answer:
    return _lsh_answer(question.database.key, question.crop, settings, question.database.engine, described)


def full_report(question: Question, settings: SearchSettings, described: QueryDescriptors, lsh: Answer) -> QueryReport:
    """The exhaustive answer too, and how the two compare."""
    engine = question.database.engine
    return _full_report(question.database.key, question.crop, settings, engine, described, lsh)


@st.cache_resource(max_entries=32, show_spinner=False)
def _lsh_answer(
    key: str, crop: SearchedCrop, settings: SearchSettings, _engine: RetrievalEngine, _described: QueryDescriptors
) -> Answer:
    return _timed_warm(lambda: _engine.search_lsh(_described, settings))


@st.cache_resource(max_entries=32, show_spinner=False)
def _full_report(
    key: str,
    crop: SearchedCrop,
    settings: SearchSettings,
    _engine: RetrievalEngine,
    _described: QueryDescriptors,
    _lsh: Answer,
) -> QueryReport:
    exhaustive = _timed_warm(lambda: _engine.search_exhaustive(_described, settings))
    return _engine.compare(_lsh, exhaustive, _described, settings)


def _timed_warm(search: Callable[[], Answer]) -> Answer:
    """The quicker of two runs, for both methods alike: the first of its kind also compiles, plans, and reads
    the database from disk. Only a scan of a very large database is not repeated."""
    first = search()
    if first.method == "exhaustive" and first.n_candidates > REPEATED:  # not by its time, which may hold compiling
        return first
    return min(first, search(), key=lambda answer: answer.search_seconds)
