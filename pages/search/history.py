"""The questions of this session as a strip of small pictures: a click brings one back with its answer."""

import io
from dataclasses import replace

import streamlit as st

from lsh_engine import EngineError, QueryReport, load_image

from ..common.catalog import Database, available, engine_at
from ..common.drawing import query_views
from ..common.question import Question
from ..common.session import Asked, Query, session
from ..common.text import count, one_line, plain

MOST_ASKED = 24
MOST_BYTES = 80_000_000  # of the photos they were asked about
PICTURE = (160, 120)


def remember(report: QueryReport, question: Question) -> None:
    """Put an answered question at the head of the history; one that stands there already keeps its place."""
    me, database = session(), question.database
    total = len(report.answers["exhaustive"].matches)
    found = total - len(report.missed)
    entry = Asked(
        query=question.query,
        crop=question.crop,
        choice=replace(me.choice, scales=question.crop.scales),
        database=database.path,
        database_name=database.name,
        delta=report.delta,
        found=found,
        total=total,
        picture=b"",
    )
    known = next((asked for asked in me.history if asked.key == entry.key), None)
    if known:
        entry = replace(entry, picture=known.picture)
        me.history = tuple(entry if asked is known else asked for asked in me.history)
    else:
        entry = replace(entry, picture=_small_crop(question))
        me.history = within_bounds((entry, *me.history))


def within_bounds(history: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """The newest of them: so many questions, and so many bytes of photos, each photo counted once."""
    kept: list[Asked] = []
    photos: dict[str, int] = {}
    for asked in history[:MOST_ASKED]:
        photos[asked.query.sha] = len(asked.query.data or b"")
        if kept and sum(photos.values()) > MOST_BYTES:
            break
        kept.append(asked)
    return tuple(kept)


def history_strip(database: Database) -> None:
    """Draw it, newest first, once there is something to go back to. database: of the answer on the page."""
    me = session()
    current = database.path, me.searched
    if all(asked.key == current for asked in me.history):
        return
    st.markdown("**Asked before**")
    with st.container(horizontal=True, wrap=False, gap="small", key="history-strip"):
        for number, asked in enumerate(me.history):
            _entry(number, asked, asked.key == current)


def _entry(number: int, asked: Asked, current: bool) -> None:
    with st.container(key=f"card-history-{number}", width=124):
        alt = f"Crop of {one_line(asked.query.name, 60)}{', shown now' if current else ''}"
        st.image(asked.picture, width="stretch", alt=alt)
        st.button(
            f"{asked.found:,} of {asked.total:,}",
            key=f"open-history-{number}",
            on_click=go_back,
            args=(asked,),
            type="tertiary",
            disabled=current,
            icon=":material/check:" if current else ":material/history:",
            help=f"{plain(asked.query.name, 60)}: LSH found {asked.found:,} of {count(asked.total, 'photo')}",
        )
        st.caption(f"{plain(asked.database_name, 24)} · {asked.delta:.2f} rad")


def go_back(asked: Asked) -> None:
    """Bring back the photo, its crops, the settings and the database; one line where any of it has gone."""
    me = session()
    try:
        database = _name_of(asked)
        _check_photo(asked.query)
    except EngineError as error:
        me.problem = str(error)
        return
    me.choice = replace(asked.choice, database=database)
    me.take(asked.query, asked.crop.box)
    me.more, me.combine = asked.crop.more, asked.crop.combine
    me.liked, me.disliked = asked.crop.liked, asked.crop.disliked
    me.searched = asked.crop


def _name_of(asked: Asked) -> str:
    """What the picker calls its database now."""
    for name, path in available().items():
        if str(path) == asked.database:
            return name
    raise EngineError(f"the database {one_line(asked.database_name, 40)} has gone: choose another and search again")


def _check_photo(query: Query) -> None:
    """EngineError where the photo was one of a database that has gone, or in which another has its number now."""
    if query.database is None or query.image_id is None:
        return
    engine = engine_at(query.database)
    if query.image_id >= engine.n_images or engine.path(query.image_id) != query.name:
        raise EngineError(f"the photo {one_line(query.name, 60)} has left its database: choose another")


def _small_crop(question: Question) -> bytes:
    picture = load_image(query_views(question.query.sha, question.crop.box, question.query)[1])
    stream = io.BytesIO()
    picture.resize(PICTURE).save(stream, "JPEG", quality=80)
    return stream.getvalue()
