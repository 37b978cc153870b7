"""Thresholds: what delta, k and L do on this database, and to the query of the Search page."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[1])
if ROOT not in sys.path:  # when this page is opened without app.py
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from lsh_engine import EngineError  # noqa: E402
from pages.common import links  # noqa: E402
from pages.common.access import pass_through  # noqa: E402
from pages.common.databases import warm  # noqa: E402
from pages.common.settings import database_of_page  # noqa: E402
from pages.common.style import frame  # noqa: E402
from pages.common.text import plain  # noqa: E402
from pages.thresholds.delta import delta_view  # noqa: E402
from pages.thresholds.hashing import hashing_view  # noqa: E402
from pages.thresholds.planner_view import planner_view  # noqa: E402
from pages.thresholds.size import size_view  # noqa: E402
from pages.thresholds.subject import apply_address, apply_photo, choose_subject, choose_view, write_address  # noqa: E402

VIEWS = {"delta": delta_view, "hashing": hashing_view, "planner": planner_view, "size": size_view}

pass_through("pages/2_Thresholds.py")
frame("Thresholds")
st.title("Thresholds", anchor=False)
st.markdown(
    "**Delta** is the largest angle that still counts as a match. See what it lets in, and what finding it costs."
)
opened_link = links.apply_settings()
apply_address(opened_link)

database = database_of_page()
try:
    if opened_link:
        apply_photo(database)
    subject = choose_subject(database)
    VIEWS[choose_view()](subject)
    write_address(database)
    warm(database)
except EngineError as error:
    st.error(plain(error, 300), icon=":material/error:")
