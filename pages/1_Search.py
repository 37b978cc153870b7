"""Search: a photo, a rectangle on it, and the LSH answer beside the exhaustive one."""

import streamlit as st

from pages.common import links
from pages.common.catalog import warm
from pages.common.database_picker import database_of_page
from pages.common.navigation import load_menu
from pages.common.photo_sources import choose_photo
from pages.common.question import Question
from pages.common.session import session
from pages.common.style import frame
from pages.search.favourites import favourites_menu
from pages.search.history import history_strip
from pages.search.query_card import query_card
from pages.search.results import results

load_menu("pages/1_Search.py")
frame("Search")
st.title("Search", anchor=False)
opened_link = links.apply_settings()

database = database_of_page()
if opened_link:
    links.apply_photo(database)
choose_photo()
me = session()
if me.query is not None:
    query_card(database)
if me.query is not None and me.searched is not None:
    results(Question(database, me.query, me.searched))
favourites_menu()
history_strip(database)
links.write(database)
warm(database)
