"""Small widgets that several pages use in one form, and how a value gets into one."""

from typing import Any, Literal

import streamlit as st


def seed(key: str, value: Any) -> None:
    """Show `value` in the widget of this key, which is drawn next.

    Only where it shows another: after a link, another widget or a page change. A value that is set on every run is sent
    to the browser on every run, and takes back what the visitor entered meanwhile.
    """
    if key not in st.session_state or not _alike(st.session_state[key], value):
        st.session_state[key] = value


def _alike(shown: Any, value: Any) -> bool:
    """Several choices are the same in whatever order they were made."""
    return set(shown) == set(value) if isinstance(shown, list) else shown == value


def choose_one(label: str, shown: dict[str, str], key: str, show_label: bool = False) -> str:
    """A row of choices, one of which is always taken, at first the first. shown: choice -> what stands on it."""
    if st.session_state.get(key) not in shown:
        st.session_state[key] = next(iter(shown))
    st.segmented_control(
        label,
        list(shown),
        required=True,
        format_func=lambda choice: shown[choice],
        key=key,
        label_visibility="visible" if show_label else "collapsed",
    )
    return st.session_state[key]


def figure(
    label: str,
    value: str,
    note: str | None = None,
    help: str | None = None,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """A number with its name above and a quiet note below."""
    st.metric(label, value, note, delta_color="off", delta_arrow="off", help=help, width=width)
