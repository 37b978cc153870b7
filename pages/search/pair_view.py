"""Query crop and match large, side by side, with what the engine knows of the pair."""

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lsh_engine import EngineError, LSHTrace, Match

from ..common.catalog import Database
from ..common.drawing import match_views, query_views
from ..common.messages import show_error
from ..common.question import Question
from ..common.text import one_line, percent, scale_name
from ..common.widgets import figure
from .report_text import miss_text
from .steps_text import PLANS
from .traces import box_of, trace_of

CHANCES_HELP = (
    "The chance each search plan had to find this photo, from the angles of all its patches within delta, and whether "
    "it really does."
)


def pair_view(question: Question, match: Match, missed: bool, side: str) -> None:
    database, query = question.database, question.query
    try:
        ours = query_views(query.sha, box_of(question, match), query)
        theirs = match_views(database.key, match, missed, database)
        trace = trace_of(question, match, side)
    except EngineError as error:
        show_error(error)
        return
    left, right = st.columns(2, gap="small", wrap=False)  # side by side on a phone too
    _large(left, "Your query", query.name, ours[1], "your crop")
    _large(right, "Match", match.path, theirs[1], "the matched patch")
    _numbers(match, database)
    _mark(match, missed, side, trace)
    _chances(trace)
    left, right = st.columns(2, gap="small", wrap=False)
    left.image(ours[0], width="stretch", alt="Your query: the whole photo, your crop boxed")
    right.image(theirs[0], width="stretch", alt="Match: the whole photo, the matched patch boxed")


def _large(column: DeltaGenerator, title: str, name: str, region: bytes, what: str) -> None:
    with column:
        st.markdown(f"**{title}**")
        st.text(one_line(name, 90))  # st.text shows a name letter by letter
        st.image(region, width="stretch", alt=f"{title}: {what}, enlarged")


def _numbers(match: Match, database: Database) -> None:
    n_patches = len(database.engine.patch_boxes(match.image_id))
    left, top, right, bottom = (round(edge) for edge in match.box)
    across = database.engine.image_size(match.image_id)[0]
    rows = (
        ("Angle", f"{match.angle:.3f} rad", f"{math.degrees(match.angle):.1f}°", "0 means identical."),
        ("Cosine", f"{math.cos(match.angle):.3f}", "of that angle", "1 means identical, 0 unrelated."),
        (
            "Patch",
            f"{match.patch + 1} of {n_patches}",
            f"{right - left} × {bottom - top} px at ({left}, {top})",
            f"The part of the photo that came nearest: {percent((right - left) / across)} of its width.",
        ),
        ("Query scale", scale_name(match.scale), "of the crop", "The resize of your crop that came closest."),
    )
    with st.container(horizontal=True, gap="medium"):
        for label, value, note, help in rows:
            figure(label, value, note, help=help, width="content")


def _mark(match: Match, missed: bool, side: str, trace: LSHTrace) -> None:
    if missed:
        st.markdown(f":orange-badge[:material/visibility_off: {miss_text(match.found_probability)}]")
    elif side == "exhaustive" and not trace.plan.found:
        st.markdown(":violet-badge[:material/check: found by the full scan]")
    else:
        by = "LSH and by the full scan" if side == "exhaustive" else "LSH"
        st.markdown(f":green-badge[:material/check: found by {by}]")


def _chances(trace: LSHTrace) -> None:
    """Chance and outcome for every plan, as badges."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="detail-chances"):
        st.caption("Chance of being found", help=CHANCES_HELP, width="content")
        for plan in trace.plans:
            text = f"{PLANS[plan.name]} {percent(plan.chance)}"
            if plan.name == "auto":  # it takes one of the others
                continue
            if plan.found:
                st.badge(text, icon=":material/check:", color="green")
            else:
                st.badge(text, icon=":material/visibility_off:", color="orange")
