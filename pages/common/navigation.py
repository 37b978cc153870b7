"""The menu, which only app.py can draw.

Streamlit runs a page without app.py when that page is the first thing that anyone opens after a start, as a share
link or a reloaded tab is; its menu then shows the names of files. Such a page switches to app.py once, which
switches back to it with its link unchanged.
"""

import streamlit as st
from streamlit.errors import StreamlitAPIException

from .catalog import ROOT

MENU_LOADED, BACK = "_menu loaded", "_page to return to"


def load_menu(page: str) -> None:
    """Called by a page; `page` is its path below the root. Where there is no app.py to run, nothing happens."""
    if st.session_state.get(MENU_LOADED):
        return
    st.session_state[MENU_LOADED] = True
    st.session_state[BACK] = page, st.query_params.to_dict()
    try:
        st.switch_page(ROOT / "app.py")
    except StreamlitAPIException:  # the page itself was started
        del st.session_state[BACK]


def menu_loaded() -> None:
    """Called by app.py on every run."""
    st.session_state[MENU_LOADED] = True


def return_to_page() -> None:
    """Called by the home page: go on to the page for which the menu was loaded."""
    if BACK in st.session_state:
        page, link = st.session_state.pop(BACK)
        st.switch_page(page, query_params=link)
