"""Matches that the visitor starred: kept for the session, listed with pictures, saved as a table or with the photos."""

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import streamlit as st

from lsh_engine import EngineError, Match, csv_text

from ..common.catalog import Database, available, open_database
from ..common.cropper import clamp
from ..common.downloads import download
from ..common.drawing import card
from ..common.messages import show_error
from ..common.photos import from_database
from ..common.question import Question
from ..common.session import Favourite, session, whole_box
from ..common.text import count, one_line, plain
from .photo_zip import Wanted, add_photos

MOST = 200
NAME = "lookalike-favourites"
COLUMNS = ("database", "path", "angle_rad", "left", "top", "right", "bottom", "scale", "query")


def toggle_favourite(match: Match, question: Question) -> None:
    """Star the match's photo, or take its star away. Beyond the most, the oldest star goes."""
    me, database = session(), question.database
    starred = Favourite(
        database=database.path,
        database_name=database.name,
        image_id=match.image_id,
        name=match.path,
        box=match.box,
        angle=match.angle,
        scale=match.scale,
        query=question.query.name,
    )
    others = tuple(one for one in me.favourites if one.key != starred.key)
    me.favourites = others if len(others) < len(me.favourites) else (starred, *others)[:MOST]


def is_favourite(image_id: int, database: Database) -> bool:
    return image_id in favourite_ids(database)


def favourite_ids(database: Database) -> frozenset[int]:
    """The starred photos of a database."""
    return frozenset(one.image_id for one in session().favourites if one.database == database.path)


def favourites_menu() -> None:
    """A popover with all of them, once there is one."""
    favourites = session().favourites
    if favourites:
        with st.popover(f"Favourites: {len(favourites)}", icon=":material/star:"):
            favourites_view()


def favourites_view() -> None:
    """Every starred photo with what can be done with it, and the files of all."""
    favourites = session().favourites
    if not favourites:
        st.caption("Star a match to find it here again, until you close this tab.")
        return
    st.caption(f"{count(len(favourites), 'photo')}, kept until you close this tab.")
    with st.grid(3, min_column_width=118, gap="small"):
        for number, favourite in enumerate(favourites):
            _card(f"favourite-{number}", favourite)
    with st.container(horizontal=True, gap="small"):
        download("csv", NAME, lambda: as_csv(favourites), "favourites-csv", help="Names, angles and boxes")
        download("zip", NAME, lambda: as_zip(favourites), "favourites-zip", help="The table and the photos")


def _card(name: str, favourite: Favourite) -> None:
    with st.container(key=f"card-{name}"):
        database = _shown(favourite)
        with st.container(horizontal=True, gap=None, horizontal_alignment="distribute"):
            if st.button(
                f"{favourite.angle:.2f} rad",
                key=f"open-{name}",
                type="tertiary",
                icon=":material/image_search:",
                disabled=database is None or not database.engine.photos_found,
                help=f"Use as query: {plain(favourite.name, 80)}, starred with {plain(favourite.query, 60)}",
            ):
                search_for(favourite)
                st.rerun()  # the whole page: this list may stand in a part that reruns alone
            st.button(
                "Remove",
                key=f"use-remove-{name}",
                on_click=_remove,
                args=(favourite,),
                type="tertiary",
                icon=":material/close:",
            )


def _shown(favourite: Favourite) -> Database | None:
    """Its picture, or one line where it has gone."""
    try:
        database = opened(favourite)
        picture = card(database.key, favourite.image_id, favourite.box, favourite.scale, False, database.engine)
    except EngineError as error:
        show_error(error)
        return None
    st.image(picture, width="stretch", alt=f"{one_line(favourite.name, 80)}; the region is boxed")
    return database


def _remove(favourite: Favourite) -> None:
    me = session()
    me.favourites = tuple(one for one in me.favourites if one.key != favourite.key)


def opened(favourite: Favourite) -> Database:
    """Its database. EngineError where that has gone, or where the photo is no longer in it."""
    for name, path in available().items():
        if str(path) == favourite.database:
            database = open_database(name, Path(path))
            n_images = database.engine.n_images
            if favourite.image_id < n_images and database.engine.path(favourite.image_id) == favourite.name:
                return database
            raise EngineError(f"the photo {one_line(favourite.name, 60)} has left its database")
    raise EngineError(f"the database {one_line(favourite.database_name, 40)} has gone")


def search_for(favourite: Favourite) -> None:
    """Put the photo and its region in the cropper, choose its database, and search."""
    me = session()
    try:
        database = opened(favourite)
        query = from_database(database, favourite.image_id)
    except EngineError as error:
        me.problem = str(error)
        return
    me.choose(database=database.name)
    me.take(query, clamp(whole_box(favourite.box), query.size), search=True)


def as_csv(favourites: tuple[Favourite, ...]) -> str:
    rows = []
    for one in favourites:
        figures = (round(one.angle, 6), *(round(edge, 1) for edge in one.box), round(one.scale, 4))
        cells = (one_line(one.database_name), one.name, *figures, one_line(one.query))
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return csv_text(rows, COLUMNS)


def as_zip(favourites: tuple[Favourite, ...]) -> bytes:
    """The table, and the photos of the databases that are still there."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}.csv", as_csv(favourites))
        add_photos(archive, [photo for one in favourites if (photo := _wanted(one))])
    return stream.getvalue()


def _wanted(favourite: Favourite) -> Wanted | None:
    try:
        return Wanted(opened(favourite).engine, favourite.image_id)
    except EngineError:
        return None
