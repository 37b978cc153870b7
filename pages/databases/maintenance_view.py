"""Maintenance of a database: new and changed photos, checks, measured presets, deletion."""

from pathlib import Path

import streamlit as st

from lsh_engine import EngineError, Request, changed_photos, delete_database, vanished_photos

from ..common.catalog import Database
from ..common.folder_picker import folder_picker
from ..common.job_cards import busy, start
from ..common.messages import show_error
from ..common.permissions import may_change
from ..common.session import session
from ..common.text import count, one_line, plain

ACTIONS = (
    (
        "add",
        "Add new photos",
        ":material/add_photo_alternate:",
        "Describes files that are not in it yet, and anew those that changed.",
    ),
    ("sync", "Sync", ":material/sync:", "Adds what is new, describes anew what changed, removes what has vanished."),
    ("verify", "Verify", ":material/verified:", "Reads every file of the database against its SHA-256 checksum."),
    ("calibrate", "Measure presets", ":material/straighten:", "Finds what the three deltas mean among these photos."),
)


def maintenance_view(database: Database) -> None:
    if not may_change(database.path):
        st.info(
            "This database is only read here: it lies outside the folder that this server writes databases to, or "
            "changing databases is switched off.",
            icon=":material/lock:",
        )
        return
    working = busy(database.path)
    if working:
        st.caption(":material/hourglass_top: A job works on this database. Searching goes on meanwhile.")
    _changed(database)
    for kind, title, icon, text in ACTIONS:
        _action(database, kind, title, icon, text, working)
    _vanished(database, working)
    _another_folder(database, working)
    _delete(database, working)


def _action(database: Database, kind: str, title: str, icon: str, text: str, working: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(title, key=f"maintenance-{kind}", icon=icon, disabled=working, width=230)
        st.caption(text, width="stretch")
    if pressed:
        start(database.path, Request(kind=kind))


def _changed(database: Database) -> None:
    """Photos that no longer look as they were described."""
    changed = changed_photos(database.path)
    if changed:
        what = f"{count(len(changed), 'photo')} changed since the last build, such as {plain(changed[0], 60)}"
        st.warning(f"{what}. Sync describes what changed anew.", icon=":material/edit:")


def _vanished(database: Database, working: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        try:
            gone = vanished_photos(database.path)
        except EngineError as error:
            st.warning(plain(error, 300), icon=":material/folder_off:")
            return
        pressed = st.button(
            "Remove vanished",
            key="maintenance-remove",
            icon=":material/playlist_remove:",
            disabled=working or not gone,
            width=230,
        )
        if gone:
            st.caption(f"{count(len(gone), 'original')} gone, such as {plain(gone[0], 60)}.", width="stretch")
        else:
            st.caption("Every original is where it was.", width="stretch")
    if gone:
        with st.expander("Which ones"):
            st.dataframe([{"File": one_line(path, 120)} for path in gone[:1000]], hide_index=True)
    if pressed:
        start(database.path, Request(kind="remove"))


def _another_folder(database: Database, working: bool) -> None:
    with st.expander("Add the photos of another folder", icon=":material/create_new_folder:"):
        folder = folder_picker("maintenance-folder")
        if folder and st.button(
            "Add this folder", key="maintenance-add-folder", icon=":material/add:", disabled=working
        ):
            start(database.path, Request(kind="add", photos=str(folder)))


def _delete(database: Database, working: bool) -> None:
    with st.popover("Delete…", icon=":material/delete:", disabled=working, width=230):
        st.markdown(f"Deletes the database **{plain(database.name, 60)}** for good. Its photos stay where they are.")
        typed = st.text_input("Type its name to confirm", key="maintenance-delete-name")
        if st.button("Delete", key="maintenance-delete", type="primary", disabled=typed.strip() != database.name):
            try:
                delete_database(Path(database.path))
            except EngineError as error:
                show_error(error)
                return
            session().choose(database=None)
            st.toast("The database is deleted.", icon=":material/delete:")
            st.rerun()
