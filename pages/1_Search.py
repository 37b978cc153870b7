"""Search: a photo, a rectangle on it, and the LSH answer beside the exhaustive one."""

import streamlit as st

from pages.common import links
from pages.common.catalog import warm
from pages.common.controls import recall_control, scale_pills
from pages.common.database_picker import database_of_page
from pages.common.navigation import load_menu
from pages.common.photo_sources import first_photo
from pages.common.question import Question
from pages.common.session import session
from pages.common.style import frame
from pages.common.tour import tour, tour_button
from pages.search.batch import batch_view
from pages.search.crop_dialog import fresh_photo
from pages.search.history import history_strip
from pages.search.stage import scale_note, stage
from pages.search.top_row import other_photo_button, title_row

load_menu("pages/1_Search.py")
frame("Search")
tour("Search")
opened_link = links.apply_settings()

database = database_of_page()
links.apply_slide(database, opened_link)
if opened_link:
    links.apply_photo(database)
links.say(database)
me = session()
question = Question(database, me.query, me.searched) if me.query and me.searched else None
if question is None:
    with title_row():
        if me.query is not None:
            other_photo_button()
first_photo()
if question is None:
    fresh_photo()
else:
    with st.sidebar:
        scale_pills()
        below_scales = st.container()
        recall_control(database)
    stage(question)
    with below_scales:
        scale_note(question)
history_strip(database)
batch_view(database)
with st.sidebar:
    tour_button("tour-search")
links.write(database)
warm(database)
