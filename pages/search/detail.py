"""One match beside the query, large; and the step from a match to the next query."""

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lsh_engine import EngineError, Match

from ..common.catalog import Database
from ..common.cropper import clamp
from ..common.drawing import match_views, query_views
from ..common.messages import show_error
from ..common.photos import from_database
from ..common.question import Question
from ..common.session import session, whole_box
from ..common.text import one_line, scale_name
from ..common.widgets import figure
from .report_text import miss_text


@st.dialog("Query and match", width=1000, icon=":material/compare:")
def detail(match: Match, missed: bool, side: str, question: Question) -> None:
    """`side` is the column it was opened from."""
    database, query = question.database, question.query
    try:
        ours = query_views(query.sha, question.crop.box, query)
        theirs = match_views(database.key, match, missed, database)
    except EngineError as error:
        show_error(error)
        return
    _numbers(match)
    _mark(match, missed, side)
    left, right = st.columns(2, gap="small", wrap=False)  # side by side on a phone too
    _photo(left, "Your query", query.name, ours, "your crop")
    _photo(right, "Match", match.path, theirs, "the matched region")
    if st.button(
        "Use as query",
        key="detail-use",
        icon=":material/image_search:",
        type="primary",
        disabled=not database.engine.photos_found,
    ):
        use_as_query(match, database)


def _numbers(match: Match) -> None:
    rows = (
        ("Angle", f"{match.angle:.3f} rad", "Distance between query and match; 0 means identical."),
        ("In degrees", f"{math.degrees(match.angle):.1f}°", None),
        ("Cosine", f"{math.cos(match.angle):.3f}", "1 means identical, 0 unrelated."),
        ("Query scale", scale_name(match.scale), "The resize of your crop that came closest."),
    )
    with st.container(horizontal=True, gap="medium"):
        for label, value, help in rows:
            figure(label, value, help=help, width="content")


def _mark(match: Match, missed: bool, side: str) -> None:
    if missed:
        st.markdown(f":orange-badge[:material/visibility_off: {miss_text(match.found_probability)}]")
    else:
        by = "LSH" if side == "lsh" else "LSH and by the full scan"
        st.markdown(f":green-badge[:material/check: found by {by}]")


def _photo(column: DeltaGenerator, title: str, name: str, views: tuple[bytes, bytes], region: str) -> None:
    with column:
        st.markdown(f"**{title}**")
        st.text(one_line(name, 90))  # st.text shows a name letter by letter
        st.image(views[0], width="stretch", alt=f"{title}: the whole photo, {region} boxed")
        st.image(views[1], width="stretch", alt=f"{title}: {region}, enlarged")


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
