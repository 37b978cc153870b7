"""Many photos at once: uploaded, or a folder of the server; asked one after another, each to be opened as the query."""

import json
from collections.abc import Iterable

import streamlit as st

from lsh_engine import EngineError

from ..common.catalog import Database
from ..common.downloads import download
from ..common.folder_picker import folder_picker
from ..common.messages import show_error
from ..common.permissions import may_build
from ..common.photos import from_bytes
from ..common.question import delta_of
from ..common.session import session
from ..common.text import count, one_line, plain, scale_name
from ..common.widgets import choose_one
from .batch_run import Batch, Photo, as_csv, as_dict, opened, photos_in, rows_of

KEPT, ROUND, TABLE = "_batch", "_batch round", "_batch table"
EVERY, AT_ONCE = 0.4, 0.5  # seconds between two steps, and of one
NAME = "lookalike-batch"
HELP = "As many as you like, up to 80 MB together. They stay in this session and are not stored."


def batch_view(database: Database) -> None:
    """An expander with all of it; its work goes on while the page is open."""
    batch = kept()
    with st.expander("Many photos at once", icon=":material/stacks:", expanded=batch is not None):
        st.caption("Each whole photo is asked with the settings of this page.")
        _sources(database)
        if batch is not None:
            st.fragment(_progress_and_table, run_every=EVERY if batch.running else None)(database)


def kept() -> Batch | None:
    return st.session_state.get(KEPT)


def _sources(database: Database) -> None:
    forms = {"upload": "Upload photos"} | ({"folder": "A folder of this server"} if may_build() else {})
    form = choose_one("Where the photos are", forms, "_batch from") if len(forms) > 1 else "upload"
    if form == "upload":
        this_round = st.session_state.setdefault(ROUND, 0)
        # No `type=`: a wrong extension would fail inside Streamlit. What a file is, its content tells.
        files = st.file_uploader("Photos", accept_multiple_files=True, key=f"_batch files {this_round}", help=HELP)
        if files:
            st.session_state[ROUND] += 1  # a fresh widget: this one would hold all of it in memory
            _begin(database, *_uploaded(files))
    else:
        folder = folder_picker("_batch folder")
        if folder and st.button("Ask all photos in it", key="_batch ask", icon=":material/play_arrow:"):
            try:
                _begin(database, photos_in(folder), [])
            except EngineError as error:
                show_error(error)


def _uploaded(files: Iterable) -> tuple[list[Photo], list[str]]:
    """(what are pictures, a line for each other file)"""
    photos: list[Photo] = []
    refused = []
    for file in files:
        try:
            photos.append(from_bytes(one_line(file.name, 80), file.getvalue()))
        except EngineError as error:
            refused.append(f"{one_line(file.name, 60)}: {error}")
    return photos, refused


def _begin(database: Database, photos: Iterable[Photo], refused: list[str]) -> None:
    """Start a batch, or add to the one that asks the same way."""
    me = session()
    fresh = Batch(database.path, database.name, me.choice, delta_of(me.choice, database))
    batch = kept()
    if batch is None or (batch.database, batch.choice, batch.delta) != (fresh.database, fresh.choice, fresh.delta):
        batch = fresh
    batch.add(photos)
    batch.left_out += refused
    batch.running = not batch.done
    st.session_state[KEPT] = batch
    st.rerun()


def _progress_and_table(database: Database) -> None:
    batch = kept()
    if batch is None:
        return
    if batch.running:
        if batch.database == database.path:
            batch.work(database, AT_ONCE)
        else:
            batch.running = False  # until its database is chosen again
        if not batch.running:
            st.rerun()  # nothing to look for any more
    _how_far(batch, database)
    if batch.left_out:
        with st.expander(f"{count(len(batch.left_out), 'file')} not taken", icon=":material/broken_image:"):
            st.dataframe([{"File": line} for line in batch.left_out], hide_index=True, width="stretch")
    if batch.outcomes:
        _table(batch)


def _how_far(batch: Batch, database: Database) -> None:
    done, total = len(batch.outcomes), len(batch.photos)
    scales = ", ".join(scale_name(scale) for scale in batch.choice.scales)
    how = f"{plain(batch.database_name, 40)}, delta {batch.delta:.2f} rad, scales {scales}"
    if not batch.done:
        st.progress(done / total, text=f"{done:,} of {count(total, 'photo')} · {how}")
    else:
        st.caption(f"{count(total, 'photo')} asked · {how}")
    with st.container(horizontal=True, gap="small"):
        if batch.running:
            st.button("Stop", key="_batch stop", icon=":material/stop:", on_click=_set_running, args=(False,))
        elif not batch.done:
            elsewhere = batch.database != database.path
            st.button(
                "Resume",
                key="_batch resume",
                icon=":material/play_arrow:",
                type="primary",
                on_click=_set_running,
                args=(True,),
                disabled=elsewhere,
                help=f"Choose the database {plain(batch.database_name, 40)} to go on" if elsewhere else None,
            )
        if batch.outcomes:
            download("csv", NAME, lambda: as_csv(batch), "batch-csv")
            download("json", NAME, lambda: json.dumps(as_dict(batch), indent=1), "batch-json")
        if not batch.running:
            st.button("Clear", key="_batch clear", icon=":material/close:", on_click=_clear)


def _set_running(running: bool) -> None:
    batch = kept()
    if batch is not None:
        batch.running = running and not batch.done


def _clear() -> None:
    st.session_state[KEPT] = None


def _table(batch: Batch) -> None:
    st.caption("Click a row to open that photo as the query.")
    titles = ("Photo", "Matches", "LSH found", "Nearest", "Nearest (rad)", "Problem")
    rows = [dict(zip(titles, row.values(), strict=True)) for row in rows_of(batch)]
    if not any(one.problem for one in batch.outcomes):
        rows = [{title: row[title] for title in titles[:-1]} for row in rows]
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        key="_batch table",
        on_select=_open_selected,
        selection_mode="single-cell",
    )


def _open_selected() -> None:
    cells = st.session_state[TABLE]["selection"]["cells"]
    if cells:
        open_photo(int(cells[0][0]))


def open_photo(number: int) -> None:
    """Make one photo of the batch the query, asked as it was asked there."""
    me, batch = session(), kept()
    if batch is None or not 0 <= number < len(batch.outcomes):
        return
    try:
        query = opened(batch.photos[number])
    except EngineError as error:
        me.problem = f"{batch.outcomes[number].photo}: {error}"
        return
    me.choice = batch.choice
    me.choose(database=batch.database_name, delta=batch.delta)
    me.take(query, (0, 0, *query.size), search=True)
