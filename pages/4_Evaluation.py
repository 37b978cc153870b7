"""Evaluation: the sources' experiments on the visitor's own photos, beside what was published."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[1])
if ROOT not in sys.path:  # when this page is opened without app.py
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from lsh_engine import EngineError  # noqa: E402
from pages.common import links  # noqa: E402
from pages.common.access import pass_through  # noqa: E402
from pages.common.settings import database_of_page  # noqa: E402
from pages.common.style import frame  # noqa: E402
from pages.common.text import plain  # noqa: E402
from pages.databases.jobs import job_cards  # noqa: E402
from pages.evaluation.ask import ask  # noqa: E402
from pages.evaluation.evaluation_results import results  # noqa: E402

pass_through("pages/4_Evaluation.py")
frame("Evaluation")
st.title("Evaluation", anchor=False)
st.markdown(
    "How much does LSH lose, what does it save, and how well do the descriptors tell things apart? The experiments of "
    "the published method, run on your own photos, with its figures beside yours."
)
links.apply_settings()

database = database_of_page()
try:
    job_cards()
    ask(database)
    results(database)
    links.write(database)
except EngineError as error:
    st.error(plain(error, 300), icon=":material/error:")
