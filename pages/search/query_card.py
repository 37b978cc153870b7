"""The question: the photo with its rectangle on the left, the controls on the right."""

import streamlit as st

from lsh_engine import EngineError

from ..common.catalog import Database
from ..common.controls import delta_controls, plan_controls, scale_pills
from ..common.cropper import crop
from ..common.messages import show_error
from ..common.session import session
from ..common.text import plain


def query_card(database: Database) -> None:
    with st.container(border=True, key="query"):
        picture, controls = st.columns([1, 1], gap="large")
        with picture:
            _picture()
        with controls:
            _controls(database)


@st.fragment
def _picture() -> None:
    """Dragging the rectangle reruns this part alone. It ends with the Search button, which knows whether the
    results below still belong to the rectangle.
    """
    me = session()
    if me.query is None:
        return
    st.markdown(f"**{plain(me.query.name, 60)}**")
    try:
        crop(me.query)
    except EngineError as error:
        show_error(error)
        return
    stale = me.stale
    if st.button("Search", key="search", type="primary", icon=":material/search:", width="stretch"):
        me.search()
        st.rerun()
    if stale:
        st.caption(":orange[:material/update: The crop or scales changed: press Search to update the results.]")
    elif me.searched is None:
        st.caption(":material/info: Put the rectangle round one thing, then press Search.")


def _controls(database: Database) -> None:
    delta_controls(database)
    scale_pills()
    plan_controls(database)
