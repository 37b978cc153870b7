"""Evaluation: the sources' experiments on the visitor's own photos, beside what was published."""

import streamlit as st

from lsh_engine import EngineError
from pages.common import links
from pages.common.database_picker import database_of_page
from pages.common.job_cards import job_cards
from pages.common.messages import show_error
from pages.common.navigation import load_menu
from pages.common.style import frame
from pages.evaluation.experiment_form import experiment_form
from pages.evaluation.results_view import results_view

load_menu("pages/4_Evaluation.py")
frame("Evaluation")
st.title("Evaluation", anchor=False)
st.markdown(
    "How much does LSH lose, what does it save, and how well do the descriptors tell things apart? The experiments of "
    "the published method, run on your own photos, with its figures beside yours."
)
opened_link = links.apply_settings()

database = database_of_page()
if opened_link:
    links.apply_photo(database)
links.say(database)
try:
    job_cards()
    experiment_form(database)
    results_view(database)
    links.write(database)
except EngineError as error:
    show_error(error)
