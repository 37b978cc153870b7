"""The answers to a question, each kept: moving delta back and forth asks the engine once for each place."""

import streamlit as st

from lsh_engine import LSHParams, OnAnswer, QueryDescriptors, QueryReport, SearchSettings

from ..common.question import Question, delta_of
from ..common.session import SearchedCrop, session


def settings_of(question: Question) -> SearchSettings:
    """What the controls say. EngineError when a number is out of bounds."""
    choice = session().choice
    return SearchSettings(
        scales=question.crop.scales,
        delta=delta_of(choice, question.database),
        params={"lsh": LSHParams(choice.plan, choice.recall_target)},
    )


def search(
    question: Question, settings: SearchSettings, described: QueryDescriptors, on_answer: OnAnswer
) -> QueryReport:
    """The LSH answer beside the exhaustive one. on_answer: called with each as soon as it is there."""
    kept = _kept(question.database.key, question.crop, settings)
    if kept:
        for answer in kept[0].answers.values():
            on_answer(answer)
    else:
        engine = question.database.engine
        kept.append(engine.search(described, settings, on_answer=on_answer, warm=True))
    return kept[0]


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept(key: str, crop: SearchedCrop, settings: SearchSettings) -> list[QueryReport]:
    """The place of one report: empty until the search is done. Pages draw in between, which no cache could replay."""
    return []
