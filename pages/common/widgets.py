"""Small widgets that several pages use in one form."""

from typing import Literal

import streamlit as st


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
