"""The trace of one photo as the controls ask for it, kept: leafing through its views asks the engine once."""

import streamlit as st

from lsh_engine import LSHParams, LSHTrace, Match, QueryDescriptors

from ..common.question import Question, asked
from ..common.session import Box, SearchedCrop, session
from .answers import sides_of

RIGHT = ("right", "exhaustive")  # names of the right side


def trace_of(question: Question, match: Match, side: str) -> LSHTrace:
    """Why the search of this side found the photo or missed it; where the side looks at everything, that of the left.
    EngineError when a number is out of bounds.
    """
    choice, (left, right) = session().choice, sides_of(question)
    mine = right if side in RIGHT else left
    params = LSHParams(left.plan if mine.plan == "exhaustive" else mine.plan, choice.recall_target)
    where = match.image_id, match.crop, choice.count_own
    return _trace(question.database.key, question.crop, where, mine.delta, params, question)


@st.cache_resource(max_entries=64, show_spinner=False)
def _trace(
    key: str, crop: SearchedCrop, where: tuple[int, int, bool], delta: float, params: LSHParams, _question: Question
) -> LSHTrace:
    image_id, number, count_own = where
    own = asked(_question, count_own).own
    return _question.database.engine.explain(described_crop(_question, number), image_id, delta, params, own)


def described_crop(question: Question, number: int) -> QueryDescriptors:
    """The descriptors of one of the crops that are looked for."""
    look = asked(question).look
    return look[min(number, len(look) - 1)]


def box_of(question: Question, match: Match) -> Box:
    """The crop that brought this match, on the query photo."""
    look = [question.crop.box, *(crop.box for crop in question.crop.more if crop.role == "look")]
    return look[min(match.crop, len(look) - 1)]
