"""Thresholds: what delta, k and L do on this database, and to the query of the Search page."""

import streamlit as st

from lsh_engine import EngineError
from pages.common import links
from pages.common.catalog import warm
from pages.common.database_picker import database_of_page
from pages.common.messages import show_error
from pages.common.navigation import load_menu
from pages.common.style import frame
from pages.thresholds.delta_view import delta_view
from pages.thresholds.hashing_view import hashing_view
from pages.thresholds.planner_view import planner_view
from pages.thresholds.size_view import size_view
from pages.thresholds.subject import apply_address, choose_subject, choose_view, write_address

VIEWS = {"delta": delta_view, "hashing": hashing_view, "planner": planner_view, "size": size_view}

load_menu("pages/2_Thresholds.py")
frame("Thresholds")
st.title("Thresholds", anchor=False)
st.markdown(
    "**Delta** is the largest angle that still counts as a match. See what it lets in, and what finding it costs."
)
opened_link = links.apply_settings()
apply_address(opened_link)

database = database_of_page()
if opened_link:
    links.apply_photo(database)
links.say(database)
try:
    subject = choose_subject(database)
    VIEWS[choose_view()](subject)
    write_address(database)
    warm(database)
except EngineError as error:
    show_error(error)
