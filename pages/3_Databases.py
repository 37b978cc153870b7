"""Databases: build one, see how far builds are, look through one, care for it."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[1])
if ROOT not in sys.path:  # when this page is opened without app.py
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from lsh_engine import EngineError  # noqa: E402
from pages.common.access import pass_through  # noqa: E402
from pages.common.databases import open_database  # noqa: E402
from pages.common.settings import database_card, sidebar_database  # noqa: E402
from pages.common.style import frame  # noqa: E402
from pages.common.text import plain  # noqa: E402
from pages.databases.browser import browser  # noqa: E402
from pages.databases.care import care  # noqa: E402
from pages.databases.facts import about  # noqa: E402
from pages.databases.jobs import job_cards  # noqa: E402
from pages.databases.wizard import wizard  # noqa: E402

VIEWS = {
    "Photos": ":material/photo_library:",
    "Facts": ":material/info:",
    "Care": ":material/build:",
    "New": ":material/add:",
}

pass_through("pages/3_Databases.py")
frame("Databases")
st.title("Databases", anchor=False)

with st.sidebar:
    chosen = sidebar_database()
job_cards()
if chosen is None:
    st.markdown("There is no database yet. Build one from a folder of photos:")
    wizard()
    st.stop()

st.session_state.setdefault("databases-view", "Photos")
view = st.segmented_control(
    "View",
    list(VIEWS),
    required=True,
    format_func=lambda name: f"{VIEWS[name]} {name}",
    key="databases-view",
    label_visibility="collapsed",
)
if view == "New":
    wizard()
    st.stop()
try:
    database = open_database(*chosen)
    with st.sidebar:
        database_card(database)
    {"Photos": browser, "Facts": about, "Care": care}[view](database)
except EngineError as error:
    st.error(plain(error, 300), icon=":material/error:")
