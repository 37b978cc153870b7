"""What is asked of the engine: a crop of a photo, at some scales, on one database; and the delta it is asked with."""

from dataclasses import dataclass

import streamlit as st

from lsh_engine import QueryDescriptors

from .catalog import Database, facts
from .photos import pixels
from .session import Choice, Query, SearchedCrop


@dataclass(frozen=True)
class Question:
    """What the results on the page answer."""

    database: Database
    query: Query
    crop: SearchedCrop


def delta_of(choice: Choice, database: Database) -> float:
    """The chosen delta, no larger than this database's slider goes; by default its widest preset."""
    presets = facts(database)["presets"].values()
    widest = float(max(presets, default=min(1.0, database.engine.max_delta)))
    return min(widest if choice.delta is None else choice.delta, slider_end(database))


def slider_end(database: Database) -> float:
    return max(0.1, round(float(database.engine.max_delta), 2))


def describe(question: Question) -> QueryDescriptors:
    """The crop at every scale as descriptors: the forward passes of the network, kept for the next search."""
    return _describe(question.database.key, question.crop, question)


@st.cache_resource(max_entries=64, show_spinner=False)
def _describe(key: str, crop: SearchedCrop, _question: Question) -> QueryDescriptors:
    return _question.database.engine.describe(pixels(_question.query), box=crop.box, scales=crop.scales)
