"""The answers to a question, each kept: moving delta back and forth asks the engine once for each place."""

import streamlit as st

from lsh_engine import LSHParams, OnAnswer, QueryDescriptors, QueryReport, SearchSettings

from ..common.question import Question, delta_of
from ..common.session import SearchedCrop, session


def search(question: Question, described: QueryDescriptors, on_answer: OnAnswer) -> QueryReport:
    """The LSH answer beside the exhaustive one, as the controls say. on_answer: called with each as soon as it is
    there. EngineError when a number is out of bounds.
    """
    choice, database = session().choice, question.database
    settings = SearchSettings(
        scales=question.crop.scales,
        delta=delta_of(choice, database),
        params={"lsh": LSHParams(choice.plan, choice.recall_target)},
    )
    kept = _kept(database.key, question.crop, settings)
    if kept:
        for answer in kept[0].answers.values():
            on_answer(answer)
    else:
        kept.append(database.engine.search(described, settings, on_answer=on_answer, warm=True))
    return kept[0]


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept(key: str, crop: SearchedCrop, settings: SearchSettings) -> list[QueryReport]:
    """Where one report is kept: empty until it is made. A function that draws its progress cannot be cached itself."""
    return []
