"""A page with nothing but the pair view of one search of the demo, for tests: streamlit run tests/pair_view_page.py."""

import streamlit as st

from lsh_engine import LSHParams, SearchSettings
from pages.common.catalog import DEMO, open_database
from pages.common.photos import from_database
from pages.common.question import Question, describe
from pages.common.session import session
from pages.common.style import frame
from pages.search.detail import detail
from pages.search.steps import steps

PHOTO, BOX, DELTA = 134, (87, 117, 296, 299), 0.98

frame("Pair view")
st.title("Pair view", anchor=False)
database, me = open_database("demo", DEMO), session()
if me.query is None:
    me.choose(delta=DELTA, plan="tables")
    me.take(from_database(database, PHOTO), BOX, search=True)
question = Question(database, me.query, me.searched)
settings = SearchSettings(delta=DELTA, params={"lsh": LSHParams("tables")})
report = database.engine.search(describe(question), settings)
missed = {match.image_id for match in report.missed}
among = tuple((match, match.image_id in missed) for match in report.exhaustive.matches)
number = next(i for i, (_, was_missed) in enumerate(among) if was_missed)
if st.button("Open a missed match", key="show-missed"):
    detail(*among[number], "exhaustive", question, among)
if st.button("Open the nearest", key="show-nearest"):
    detail(*among[0], "lsh", question)
if st.toggle("Steps alone", key="alone"):
    steps(question, among[0][0], "lsh")
