"""Messages in one line. They may hold names of files and folders, so they are shown letter by letter."""

import streamlit as st

from .text import plain


def show_error(problem: object) -> None:
    st.error(plain(problem, 300), icon=":material/error:")
