"""The row above everything: the title, and on the right what can be done with what is shown."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lsh_engine import QueryReport

from ..common.catalog import Database
from ..common.links import address, link_of
from ..common.photo_sources import other_photo_dialog
from ..common.question import Question
from ..common.session import session
from .answers import Side
from .favourites import favourites_menu
from .save_menu import save_menu
from .sheet import Sheet


def title_row() -> DeltaGenerator:
    """Draw the title; the row it stands in comes back."""
    row = st.container(key="save-share", horizontal=True, vertical_alignment="center", gap="small")
    row.title("Search", anchor=False, width="stretch")
    return row


def other_photo_button() -> None:
    if st.button("Other photo", key="other-photo", icon=":material/add_photo_alternate:"):
        other_photo_dialog()


def keep_and_share(question: Question, sides: tuple[Side, Side], reports: tuple[QueryReport, QueryReport]) -> None:
    """Files of the answer, and its link."""
    compared = (sides[1].plan, sides[1].delta) != ("exhaustive", sides[0].delta)
    if any(answer.matches for report in reports for answer in report.answers.values()):
        sheet = Sheet(reports[0], question, session().choice, reports[1] if compared else None)
        save_menu(lambda: sheet)
    favourites_menu()
    _share(question.database)


def _share(database: Database) -> None:
    me = session()
    with st.popover("Share", icon=":material/link:"):
        if {"sample", "image"} & link_of(me, database).keys():
            st.markdown("This link brings back the photo, the crop and every setting.")
        else:
            st.markdown("This link brings back every setting. Your uploaded photo stays here.")
        st.code(address(me, database), language=None, wrap_lines=True)
