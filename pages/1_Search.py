"""Search: a photo, a rectangle on it, and the LSH answer beside the exhaustive one."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[1])
if ROOT not in sys.path:  # when this page is opened without app.py
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from pages.common import links  # noqa: E402
from pages.common.access import pass_through  # noqa: E402
from pages.common.databases import warm  # noqa: E402
from pages.common.session import session  # noqa: E402
from pages.common.settings import database_of_page  # noqa: E402
from pages.common.sources import choose_photo  # noqa: E402
from pages.common.style import frame  # noqa: E402
from pages.search.asking import Question  # noqa: E402
from pages.search.query_card import query_card  # noqa: E402
from pages.search.results import results  # noqa: E402

pass_through("pages/1_Search.py")
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
if me.query is not None and me.asked is not None:
    results(Question(database, me.query, me.asked))
links.write(database)
warm(database)
