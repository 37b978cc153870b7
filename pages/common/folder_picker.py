"""A folder of the server, chosen by walking or by typing; never one outside the places it shares."""

from pathlib import Path

import streamlit as st

from lsh_engine import EngineError

from .folder_rules import allowed_folder, folders_inside, photo_roots, shown_place
from .text import one_line, plain

HERE = "Choose a folder inside…"


def folder_picker(key: str) -> Path | None:
    """The chosen folder. What was chosen is kept in the session under `key`."""
    roots = photo_roots()
    if not roots:
        st.warning("This server shares no photo folder: set LOOKALIKE_PHOTOS to one and start it again.")
        return None
    folder = _current(key, roots)
    _crumbs(key, folder, roots)
    inside = folders_inside(folder)
    if inside:
        version = st.session_state.setdefault(f"{key}-step", 0)
        picked = st.selectbox(
            "Folders inside",
            inside,
            index=None,
            placeholder=HERE,
            format_func=lambda name: one_line(name, 60),
            key=f"{key}-inside-{version}",
            label_visibility="collapsed",
        )
        if picked:
            _go(key, folder / picked)
    with st.popover("Type a path", icon=":material/keyboard:", type="tertiary"):
        st.text_input("Path of a folder on this server", key=f"{key}-typed", on_change=_typed, args=(key,))
        if st.session_state.get(f"{key}-problem"):  # beside the field: below the popover it would be covered
            st.error(plain(st.session_state[f"{key}-problem"], 200), icon=":material/error:")
    return folder


def _current(key: str, roots: list[Path]) -> Path:
    try:
        return allowed_folder(st.session_state[key])
    except (KeyError, EngineError):  # none yet, or it has gone
        st.session_state[key] = str(roots[0])
        return roots[0]


def _crumbs(key: str, folder: Path, roots: list[Path]) -> None:
    """The way from the shared place down to here; each step a button. Other shared places follow."""
    root = next(root for root in roots if folder.is_relative_to(root))
    steps = [root]
    for part in folder.relative_to(root).parts:
        steps.append(steps[-1] / part)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"{key}-crumbs"):
        for number, step in enumerate(steps):
            icon = ":material/home:" if number == 0 else None
            here = step == folder
            label = plain(step.name or "/", 32)
            label = f"**{label}**" if here else label
            st.button(
                label, key=f"{key}-crumb-{number}", icon=icon, type="tertiary", on_click=_set, args=(key, str(step))
            )
            if not here:
                st.caption(":material/chevron_right:", width="content")
    others = [other for other in roots if other != root]
    if others:
        with st.container(horizontal=True, gap="xsmall"):
            for number, other in enumerate(others):
                label = plain(shown_place(other), 32)
                st.button(
                    label,
                    key=f"{key}-root-{number}",
                    icon=":material/folder_shared:",
                    on_click=_set,
                    args=(key, str(other)),
                )


def _set(key: str, folder: str) -> None:
    st.session_state[key] = folder
    st.session_state[f"{key}-problem"] = None


def _go(key: str, folder: Path) -> None:
    _set(key, str(folder))
    st.session_state[f"{key}-step"] += 1  # a fresh list: it offers what is inside the new folder
    st.rerun()


def _typed(key: str) -> None:
    try:
        _set(key, str(allowed_folder(st.session_state[f"{key}-typed"])))
    except EngineError as error:
        st.session_state[f"{key}-problem"] = str(error)
