"""What the report says in words, and the ways to keep it: link, CSV, JSON."""

import streamlit as st

from lsh_engine import QueryReport

from ..common.catalog import Database
from ..common.links import address, link_of
from ..common.question import Question
from ..common.session import session
from . import report_text
from .export import as_csv, as_json


def summary(report: QueryReport, question: Question) -> None:
    if report.exhaustive.matches:
        _callout(report)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        note = "Index recall compares LSH with the full scan, not with the truth."
        st.caption(note, help=report_text.RECALL_HELP, width="stretch")
        _share(question.database)
        if report.exhaustive.matches:
            _downloads(report, question)


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


def _downloads(report: QueryReport, question: Question) -> None:
    files = {
        "csv": ("text/csv", lambda: as_csv(report)),
        "json": ("application/json", lambda: as_json(report, question)),
    }
    for kind, (mime, content) in files.items():
        st.download_button(
            kind.upper(),
            content,
            f"lookalike.{kind}",
            mime,
            key=kind,
            on_click="ignore",
            icon=":material/download:",
            help=f"Every match with its angle, box and scale, as {kind.upper()}",
        )
