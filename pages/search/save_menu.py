"""The ways to keep one answer: each file is made when it is asked for."""

import io
from collections.abc import Callable
from zipfile import ZIP_DEFLATED, ZipFile

import streamlit as st

from ..common.downloads import Kind, download
from .answer_picture import as_png
from .export import as_csv, as_json
from .photo_zip import MOST_BYTES, Wanted, add_photos
from .report_page import as_html
from .sheet import Sheet

NAME = "lookalike"


def save_menu(sheet: Callable[[], Sheet]) -> None:
    """A popover with a line on what each file holds.

    sheet: called when a file is asked for, outside of the page's run, where `session()` is not to be had.
    """
    forms: tuple[tuple[Kind, str, Callable[[], str | bytes]], ...] = (
        ("png", "One picture: the crop, the verdict, the first matches of both columns.", lambda: as_png(sheet())),
        ("html", "A page to read, print or send: settings, figures, both columns.", lambda: as_html(sheet())),
        ("csv", "A table: every match with its angle, box, scale and chance.", lambda: as_csv(sheet().report)),
        ("json", "Both answers with all figures, for programs.", lambda: _json(sheet())),
        ("zip", f"All but the picture, and the photos: up to {MOST_BYTES // 10**6} MB.", lambda: as_zip(sheet())),
    )
    with st.popover("Save", icon=":material/download:"):
        for kind, what, content in forms:
            download(kind, NAME, content, f"save-{kind}", wide=True)
            st.caption(what)


def _json(sheet: Sheet) -> str:
    return as_json(sheet.report, sheet.question)


def as_zip(sheet: Sheet) -> bytes:
    """The table, the figures, the page, and the photos of the exhaustive answer, nearest first."""
    matches, engine = sheet.report.answers["exhaustive"].matches, sheet.question.database.engine
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}.csv", as_csv(sheet.report))
        archive.writestr(f"{NAME}.json", _json(sheet))
        archive.writestr("report.html", as_html(sheet))
        add_photos(archive, [Wanted(engine, match.image_id) for match in matches])
    return stream.getvalue()
