"""The database picker in the sidebar, and the database that a page works on."""

from pathlib import Path

import streamlit as st

from lsh_engine import EngineError

from .catalog import HOW_TO_BUILD, Database, available, chosen_name, facts, open_database, without_databases
from .messages import show_error
from .session import session
from .text import count, plain
from .widgets import seed


def database_of_page() -> Database:
    """The database chosen in the sidebar, opened. Where there is none, or it cannot be opened, the page says so and
    ends here.
    """
    with st.sidebar:
        chosen = sidebar_database()
    if chosen is None:
        st.info("There is no database yet. Build one from a folder of photos:", icon=":material/database:")
        st.code(HOW_TO_BUILD, language="bash")
        st.stop()
    try:
        database = open_database(*chosen)
        with st.sidebar:
            database_card(database)
    except EngineError as error:
        show_error(error)
        st.stop()
    return database


def sidebar_database() -> tuple[str, Path] | None:
    """Draw the picker; (name, path) of the chosen database, or None where there is none at all."""
    names = available()
    for folder in without_databases():
        st.caption(f":orange[:material/folder_off: No database in {plain(folder.name, 40)}]")
    if not names:
        return None
    name = database_picker(names)
    return name, names[name]


def database_picker(names: dict[str, Path]) -> str:
    """Name of the chosen database. Drawn in the sidebar."""
    name = chosen_name(names)
    seed("_database", name)
    st.selectbox(
        "Database",
        list(names),
        key="_database",
        on_change=lambda: session().choose(database=st.session_state["_database"]),
        help="The photo collection that is searched.",
    )
    return name


def database_card(database: Database) -> None:
    """What is in the chosen database, in two lines."""
    info = facts(database)
    patches = info.get("patches_per_image")
    st.caption(
        f"{count(database.engine.n_images, 'photo')}, {count(database.engine.n_vectors, 'vector')}"
        + (f" ({patches:g} regions a photo)" if patches else ""),
        help="Each photo is cut into overlapping regions of several sizes. The network turns each region into a vector "
        f"of {info.get('dim')} numbers; similar regions point in similar directions.",
    )
    if not database.engine.photos_found:
        st.warning(
            "The photo folder is not where it was: thumbnails still show, originals do not. Put it back to use "
            "a match as query.",
            icon=":material/folder_off:",
        )
