"""Small widgets that several pages use in one form, and how a value gets into one."""

from typing import Any, Literal

import streamlit as st

DRAWN = " drawn"  # after the key of a row of choices: what it was last drawn with


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
    """A row of choices, one of which is always taken, at first the first. shown: choice -> what stands on it.

    What is taken is said on every run: said once, it may get lost where that run was cut short by the next, and the
    row would stand there with nothing taken. Not on a run in which code has taken it: Streamlit warns of both.
    """
    if st.session_state.get(key, next(iter(shown))) not in shown:
        take_one(key, next(iter(shown)))
    taken = st.session_state.get(key)
    drawn = st.session_state.get(key + DRAWN)
    st.session_state[key + DRAWN] = taken or next(iter(shown))
    st.segmented_control(
        label,
        list(shown),
        default=st.session_state[key + DRAWN] if taken in (None, drawn) else None,
        required=True,
        format_func=lambda choice: shown[choice],
        key=key,
        label_visibility="visible" if show_label else "collapsed",
    )
    return st.session_state[key]


def take_one(key: str, choice: str) -> None:
    """Take a choice of the row of this key from code, before the row is drawn."""
    st.session_state[key] = choice
    st.session_state.pop(key + DRAWN, None)


def figure(
    label: str,
    value: str,
    note: str | None = None,
    help: str | None = None,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """A number with its name above and a quiet note below."""
    st.metric(label, value, note, delta_color="off", delta_arrow="off", help=help, width=width)
