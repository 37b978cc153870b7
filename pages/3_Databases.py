"""Databases: build one, see how far builds are, look through one, maintain it."""

import streamlit as st

from lsh_engine import EngineError
from pages.common.catalog import open_database
from pages.common.database_picker import database_card, sidebar_database
from pages.common.job_cards import job_cards
from pages.common.messages import show_error
from pages.common.navigation import load_menu
from pages.common.style import frame
from pages.databases.facts_view import facts_view
from pages.databases.maintenance_view import maintenance_view
from pages.databases.photo_browser import browser
from pages.databases.wizard import wizard

VIEWS = {
    "Photos": ":material/photo_library:",
    "Facts": ":material/info:",
    "Maintenance": ":material/build:",
    "New": ":material/add:",
}

load_menu("pages/3_Databases.py")
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
    {"Photos": browser, "Facts": facts_view, "Maintenance": maintenance_view}[view](database)
except EngineError as error:
    show_error(error)
