"""Query photos: from an upload, a sample, the camera or a database, and their pixels when they are needed."""

import hashlib
import json
import re
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from lsh_engine import SCALES, EngineError, load_image

from .catalog import ROOT, Database, engine_at
from .session import Box, Query, session, whole_box

SAMPLES = ROOT / "assets" / "samples.json"


@dataclass(frozen=True)
class Sample:
    """A query that works at one click."""

    title: str
    file: str  # relative to the assets folder
    box: Box
    delta: float
    scales: tuple[float, ...]

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@st.cache_data(show_spinner=False)
def samples() -> tuple[Sample, ...]:
    """The samples that come with the app; none when the file is missing or unreadable."""
    try:
        rows = json.loads(SAMPLES.read_text(encoding="utf-8"))
        found = [_sample(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(sample for sample in found if (SAMPLES.parent / sample.file).is_file())


def _sample(row: dict) -> Sample:
    scales = tuple(float(scale) for scale in row.get("scales", SCALES["default"]))
    return Sample(str(row["title"]), str(row["file"]), whole_box(row["box"]), float(row["delta"]), scales)


def take_sample(sample: Sample) -> None:
    """Put the sample in the cropper with its own settings, and search."""
    me = session()
    try:
        query = from_bytes(sample.title, (SAMPLES.parent / sample.file).read_bytes(), sample=sample.slug)
    except (EngineError, OSError):
        me.problem = f"The sample {sample.title} could not be read: try another one."
        return
    me.choose(delta=sample.delta, scales=sample.scales)
    me.take(query, sample.box, search=True)


def from_bytes(name: str, data: bytes, sample: str | None = None) -> Query:
    """EngineError when the bytes are no picture within the limits."""
    size = load_image(data).size
    return Query(name, hashlib.sha1(data, usedforsecurity=False).hexdigest(), size, data, sample=sample)


def from_database(database: Database, image_id: int) -> Query:
    """A photo of the database as the next query. EngineError when its original has gone."""
    size = database.engine.photo(image_id).size
    sha = hashlib.sha1(f"{database.key}#{image_id}".encode(), usedforsecurity=False).hexdigest()
    name = database.engine.path(image_id)
    return Query(name, sha, size, database=database.path, image_id=image_id)


def pixels(query: Query) -> Image.Image:
    """The upright RGB photo, decoded afresh: originals are large, so none is kept in memory."""
    if query.database is not None and query.image_id is not None:
        return engine_at(query.database).photo(query.image_id)
    return load_image(query.data or b"")
