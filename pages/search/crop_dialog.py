"""The cropper, large: on the page for a fresh photo, in a dialog once there is an answer."""

import streamlit as st

from lsh_engine import EngineError

from ..common.controls import scale_pills
from ..common.cropper import crop
from ..common.messages import show_error
from ..common.session import session
from ..common.text import plain


@st.dialog("Change the crop", width="large", icon=":material/crop:")
def crop_dialog() -> None:
    _cropper()


def fresh_photo() -> None:
    """A photo that was not searched yet: the cropper beside the button that searches."""
    me = session()
    if me.query is None:
        return
    picture, words = st.columns([3, 2], gap="large")
    with words.container(key="fresh-photo"):
        st.markdown(f"**{plain(me.query.name, 60)}**")
        st.markdown("Draw a rectangle round **one thing**. Only that is searched.")
        if st.button("Search", key="search", type="primary", icon=":material/search:", width="stretch"):
            me.search()
            st.rerun()
        scale_pills()
    with picture:
        _picture()


@st.fragment
def _picture() -> None:
    query = session().query
    if query is not None:
        try:
            crop(query)
        except EngineError as error:
            show_error(error)


@st.fragment
def _cropper() -> None:
    me = session()
    if me.query is None:
        return
    if st.button("Search", key="search-again", type="primary", icon=":material/search:", width="stretch"):
        me.search()
        st.rerun()
    try:
        crop(me.query)
    except EngineError as error:
        show_error(error)
