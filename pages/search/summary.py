"""What the report says in words, and the ways to keep it: a link, files."""

import streamlit as st

from lsh_engine import QueryReport

from ..common.catalog import Database
from ..common.links import address, link_of
from ..common.question import Question
from ..common.session import session
from . import report_text
from .save_menu import save_menu
from .sheet import Sheet


def summary(report: QueryReport, question: Question) -> None:
    if report.answers["exhaustive"].matches:
        _callout(report)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        note = "Index recall compares LSH with the full scan, not with the truth."
        st.caption(note, help=report_text.RECALL_HELP, width="stretch")
        _share(question.database)
        if report.answers["exhaustive"].matches:
            sheet = Sheet(report, question, session().choice)
            save_menu(lambda: sheet)


def _callout(report: QueryReport) -> None:
    lines = [f"**{report_text.headline(report)}**", report_text.recall_line(report)]
    lines += filter(None, [report_text.small_database_note(report)])
    if report.missed:
        st.info("  \n".join(lines), icon=":material/insights:")
    else:
        st.success("  \n".join(lines), icon=":material/check_circle:")


def _share(database: Database) -> None:
    me = session()
    with st.popover("Share", icon=":material/link:"):
        if {"sample", "image"} & link_of(me, database).keys():
            st.markdown("This link brings back the photo, the crop and every setting.")
        else:
            st.markdown("This link brings back every setting. Your uploaded photo stays here.")
        st.code(address(me, database), language=None, wrap_lines=True)
