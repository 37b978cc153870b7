"""Photos for a new database out of the visitor's own browser: checked, kept in a folder of their own, shown."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from lsh_engine import EngineError, keep_photos

from ..common.folder_rules import new_upload_folder, shown_place, upload_room
from ..common.text import count, one_line, plain

FOLDER, REFUSED, ROUND = "_uploads folder", "_uploads refused", "_uploads round"
LIMITS = "As many as you like: JPEG, HEIC, PNG, WebP, AVIF, BMP, GIF or TIFF, up to 20 MB each."


def upload_photos() -> Path | None:
    """The folder of what this visitor uploaded; None where there is nothing yet."""
    this_round = st.session_state.setdefault(ROUND, 0)
    # No `type=`: a wrong extension would fail inside Streamlit. What a file is, its content tells.
    files = st.file_uploader("Photos", accept_multiple_files=True, key=f"wizard-upload-{this_round}", help=LIMITS)
    if files:
        _keep(files)
    _refused()
    folder = _folder()
    photos = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder else []
    if folder is None or not photos:
        st.caption(
            "They are kept in a folder on this server, without the place and time they carry. Whoever may build "
            "databases here can see them."
        )
        return None
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":green[:material/check:] {count(len(photos), 'photo')} in {plain(shown_place(folder), 80)}")
        st.button("Discard them", key="wizard-upload-discard", icon=":material/delete:", on_click=_discard)
    return folder


def _keep(files: list) -> None:
    """Move what arrived to the folder, and begin a new round: the widget would hold all of it in memory."""
    refused: list[tuple[str, str]] = []  # what was refused before is of the past
    try:
        folder = _folder() or new_upload_folder()
        st.session_state[FOLDER] = str(folder)
        with st.spinner(f"Looking at {count(len(files), 'file')}…", show_time=True):
            refused += keep_photos(folder, _contents(files), upload_room(folder))[1]
    except EngineError as error:
        refused.append(("all", str(error)))
    st.session_state[REFUSED] = refused
    st.session_state[ROUND] += 1
    st.rerun()


def _contents(files: list) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each file, read one at a time."""
    for file in files:
        yield file.name, file.getvalue()


def _folder() -> Path | None:
    """The folder of this session, while it is there."""
    kept = st.session_state.get(FOLDER)
    return Path(kept) if kept and Path(kept).is_dir() else None


def _refused() -> None:
    refused = st.session_state.get(REFUSED)
    if refused:
        with st.expander(f"{count(len(refused), 'file')} not taken", icon=":material/broken_image:", expanded=True):
            rows = [{"File": one_line(name, 120), "Why": one_line(why, 160)} for name, why in refused]
            widths = {"File": st.column_config.TextColumn(width=80), "Why": st.column_config.TextColumn(width=270)}
            st.dataframe(rows, hide_index=True, width="stretch", row_height=92, column_config=widths)  # reasons wrap


def _discard() -> None:
    folder = _folder()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    forget_upload()


def forget_upload() -> None:
    """Begin a new folder with the next upload: this one belongs to a database, or was discarded."""
    st.session_state[FOLDER], st.session_state[REFUSED] = None, []
