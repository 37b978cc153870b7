"""Databases: build one, see how far builds are, look through one, maintain it."""

import streamlit as st

from lsh_engine import EngineError
from pages.common import links
from pages.common.catalog import open_database
from pages.common.database_picker import database_card, sidebar_database
from pages.common.job_cards import job_cards
from pages.common.messages import show_error
from pages.common.navigation import load_menu
from pages.common.style import frame
from pages.common.widgets import choose_one
from pages.databases.facts_view import facts_view
from pages.databases.maintenance_view import maintenance_view
from pages.databases.photo_browser import photo_browser
from pages.databases.wizard import wizard

VIEWS = {"Photos": photo_browser, "Facts": facts_view, "Maintenance": maintenance_view}
ICONS = {"Photos": "photo_library", "Facts": "info", "Maintenance": "build", "New": "add"}

load_menu("pages/3_Databases.py")
frame("Databases")
st.title("Databases", anchor=False)

opened_link = links.apply_settings()
with st.sidebar:
    chosen = sidebar_database()
job_cards()
if chosen is None:
    st.markdown("There is no database yet. Build one from a folder of photos:")
    wizard()
    st.stop()

view = choose_one("View", {name: f":material/{icon}: {name}" for name, icon in ICONS.items()}, "databases-view")
try:
    database = open_database(*chosen)
    if opened_link:
        links.apply_photo(database)
    links.say(database)
    links.write(database)
    if view != "New":
        with st.sidebar:
            database_card(database)
        VIEWS[view](database)
except EngineError as error:
    show_error(error)
if view == "New":
    wizard()
