"""One match beside the query: large, as a heat map, and step by step; and the step from it to the next query."""

import streamlit as st

from lsh_engine import EngineError, Match

from ..common.boxes import clamp
from ..common.catalog import Database
from ..common.photos import from_database
from ..common.question import Question
from ..common.session import session, whole_box
from ..common.widgets import choose_one
from .heat_map import heat_map
from .pair_view import pair_view
from .steps import steps

VIEWS = {
    "pair": "Side by side",
    "heat": "Heat map",
    "steps": "Step through LSH",
}
PLACE = "_detail_place"
Shown = tuple[Match, bool]  # a match, and whether it was missed


def detail(match: Match, missed: bool, side: str, question: Question, among: tuple[Shown, ...] = ()) -> None:
    """Open the pair view. side: the column it was opened from. among: the matches shown there, in their order, to leaf
    through; without them the view has this match alone.
    """
    ids = [shown.image_id for shown, _ in among]
    if match.image_id not in ids:
        among, ids = ((match, missed),), [match.image_id]
    st.session_state[PLACE] = ids.index(match.image_id)
    _dialog(among, side, question)


@st.dialog("Query and match", width=1000, icon=":material/compare:")
def _dialog(among: tuple[Shown, ...], side: str, question: Question) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        view = choose_one("View", VIEWS, "detail-view")
        _leaf(len(among), by_keys=view != "steps")
    match, missed = among[st.session_state[PLACE]]
    if view == "steps":
        steps(question, match, side)
    elif view == "heat":
        heat_map(question, match, side)
    else:
        pair_view(question, match, missed, side)
    database = question.database
    if view != "steps" and st.button(
        "Use as query",
        key="detail-use",
        icon=":material/image_search:",
        type="primary",
        disabled=not database.engine.photos_found,
    ):
        use_as_query(match, database)


def _leaf(n: int, by_keys: bool) -> None:
    """Buttons to the match before and after. by_keys: the arrow keys press them, which the steps need themselves."""
    if n == 1:
        return
    place = st.session_state[PLACE]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="detail-leaf"):
        _leaf_button("Previous", "back", place - 1, place == 0, "Left" if by_keys else None)
        st.caption(f"{place + 1} of {n:,}", width="content")
        _leaf_button("Next", "next", place + 1, place == n - 1, "Right" if by_keys else None)


def _leaf_button(label: str, name: str, place: int, disabled: bool, key: str | None) -> None:
    icon = f":material/chevron_{'left' if name == 'back' else 'right'}:"

    def go() -> None:
        st.session_state[PLACE] = place

    st.button(label, key=f"detail-{name}", icon=icon, on_click=go, disabled=disabled, shortcut=key, type="tertiary")


def use_as_query(match: Match, database: Database) -> None:
    """Put the match's photo and its matched region in the cropper, search, and start the page over."""
    me = session()
    try:
        query = from_database(database, match.image_id)
    except EngineError as error:
        me.problem = str(error)
    else:
        me.take(query, clamp(whole_box(match.box), query.size), search=True)
    st.rerun()
