"""The first page: what this is, in a few lines, and the quickest way in."""

import streamlit as st

from lsh_engine import EngineError

from ..common.catalog import available, chosen_name, open_database, warm
from ..common.navigation import return_to_page
from ..common.photo_sources import sample_grid
from ..common.photos import samples
from ..common.style import frame
from ..common.text import count, plain
from ..common.tour import tour, tour_button

SEARCH_PAGE = "pages/1_Search.py"
STEPS = (
    (
        ":material/crop:",
        "Draw a rectangle",
        "round the thing you look for: a bin, a skip, a bench. Only that is searched.",
    ),
    (
        ":material/straighten:",
        "Say how alike",
        "with one angle, delta. Small finds the same thing, larger the same kind.",
    ),
    (
        ":material/compare_arrows:",
        "See what speed costs",
        "the fast answer stands beside the complete one, every miss marked.",
    ),
)


def home() -> None:
    return_to_page()
    frame("Home")
    st.title("Visual search you can check")
    st.markdown(
        "Find every photo that shows the thing in your rectangle. Hashing (LSH) answers fast, "
        "a full scan shows beside it what that speed missed."
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Start searching", type="primary", icon=":material/search:", key="start"):
            st.switch_page(SEARCH_PAGE)
        tour_button("tour-home")
    tour("Home")
    offered = samples()
    if offered:
        st.header("Or click a sample")
        if sample_grid(offered, "home"):
            st.switch_page(SEARCH_PAGE)
    st.header("How it works")
    with st.grid(3, min_column_width=240, gap="small", border=True):
        for icon, title, text in STEPS:
            st.markdown(f"{icon} **{title}**  \n{text}")
    _database_line()


def _database_line() -> None:
    names = available()
    if not names:
        return
    name = chosen_name(names)
    try:
        database = open_database(name, names[name])
    except EngineError:
        return  # the Search page says what is wrong with it, where another can be chosen
    engine = database.engine
    size = f"{count(engine.n_images, 'photo')}, {count(engine.n_vectors, 'vector')}"
    st.caption(f":material/database: The database **{plain(name)}** is ready: {size}.")
    warm(database)
