"""What is asked of the engine: a crop of a photo, at some scales, on one database; and the delta it is asked with."""

from dataclasses import dataclass

import streamlit as st

from lsh_engine import AskedCrops, QueryDescriptors

from .catalog import Database, facts
from .photos import pixels
from .session import Box, Choice, Query, SearchedCrop


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
    """The first crop at every scale as descriptors: the forward passes of the network, kept for the next search."""
    return _described(question, question.crop.box)


def asked(question: Question, count_own: bool = False) -> AskedCrops:
    """All crops of a question as descriptors, its marked matches taken in. count_own: whether the query photo itself,
    where it is in the database, counts as a match.
    """
    crop, engine = question.crop, question.database.engine
    first = describe(question)
    if crop.liked or crop.disliked:
        first = engine.refined(first, crop.liked, crop.disliked)
    look = (first, *(_described(question, one.box) for one in crop.more if one.role == "look"))
    avoid = tuple(_described(question, one.box) for one in crop.more if one.role == "avoid")
    return AskedCrops(look, avoid, crop.combine, None if count_own else own_photo(question.database, question.query))


def own_photo(database: Database, query: Query) -> int | None:
    """The photo of the database that is the query photo itself; None where it is not there."""
    if query.database is not None:
        return query.image_id if query.database == database.path else None
    return _own_photo(database.key, query.sha, database, query)


def _described(question: Question, box: Box) -> QueryDescriptors:
    crop = question.crop
    return _describe(question.database.key, crop.sha, box, crop.scales, question)


@st.cache_resource(max_entries=64, show_spinner=False)
def _describe(key: str, sha: str, box: Box, scales: tuple[float, ...], _question: Question) -> QueryDescriptors:
    return _question.database.engine.describe(pixels(_question.query), box=box, scales=scales)


@st.cache_resource(max_entries=256, show_spinner=False)
def _own_photo(key: str, sha: str, _database: Database, _query: Query) -> int | None:
    return _database.engine.own_photo(_query.data or b"")
