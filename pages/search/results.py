"""The answers: LSH on the left, drawn first; the exhaustive scan on the right; the summary above both."""

import streamlit as st

from lsh_engine import Answer, EngineError, QueryReport

from ..common.messages import show_error
from ..common.question import Question, describe, slider_end
from ..common.session import session
from ..common.text import count, duration, plain
from ..common.widgets import figure
from . import report_text
from .answers import search
from .history import remember
from .match_grid import match_grid
from .summary import summary

STAGE_HELP = """Time by stage. Search times are the quicker of two runs, for both methods.
- **describe**: the network turns your crop into vectors, once for both methods; not part of the search time
- **plan**: the cheapest way to look is chosen
- **hash**: each vector becomes a short bit code
- **look-up** or **scan**: candidates are found by their codes, or every vector is compared
- **re-rank**: candidates are measured exactly and sorted"""
LSH_HELP = "Locality-sensitive hashing: similar vectors get the same bit codes, so only a few need a look."
FULL_HELP = "Compares your crop with every vector: it misses nothing, and takes longer the more there are."


def results(question: Question) -> None:
    """Search, and draw each part as soon as it is known."""
    above = st.container()
    left, right = st.columns(2, gap="large")
    waiting = "Looking at your crop… the first search also loads the network"
    lsh_column = left.container(key="lsh-column")
    heading, numbers = lsh_column.container(), lsh_column.empty()

    def draw_lsh(answer: Answer) -> None:
        """The scan that follows may take seconds, so the quick answer is drawn before it."""
        if answer.method == "lsh":
            with heading:
                name, _, reason = answer.plan.partition(":")
                _heading(":green[:material/bolt: LSH]", LSH_HELP, f"plan: {plain(name)}", plain(reason) or None)
            with numbers:
                _numbers(answer, question)
            with lsh_column:
                _stages(answer)
                if answer.matches:
                    match_grid("lsh", answer.matches, frozenset(), question)

    try:
        with above, st.spinner(waiting, show_time=True):
            described = describe(question)
        if described.scale_note:
            above.caption(f":material/straighten: {described.scale_note}")
        report = search(question, described, draw_lsh)
    except EngineError as error:
        with above:
            show_error(error)
        return
    with right, st.container(key="exhaustive-column"):
        _exhaustive_column(report, question)
    with numbers:
        _numbers(report.answers["lsh"], question, report_text.speed_badge(report))
    with left:
        _empty_left(report)
    with above, st.container(key="summary"):
        summary(report, question)
    remember(report, question)


def _exhaustive_column(report: QueryReport, question: Question) -> None:
    answer = report.answers["exhaustive"]
    _heading(":violet[:material/grid_on: Exhaustive]", FULL_HELP, "plan: look at everything", None)
    _numbers(answer, question, "the reference")
    _stages(answer)
    if answer.matches:
        missed = frozenset(match.image_id for match in report.missed)
        match_grid("exhaustive", answer.matches, missed, question)
    else:
        _empty_right(report, question)


def _heading(title: str, help: str, plan: str, reason: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(title, help=help, width="content", anchor=False)
        st.badge(plan, color="gray", help=reason)


def _numbers(answer: Answer, question: Question, speed: str = " ") -> None:
    n_vectors = question.database.engine.n_vectors
    n_scales = answer.n_vectors // max(1, n_vectors)
    every = f"{n_vectors:,}" if n_scales == 1 else f"{n_scales} × {n_vectors:,}"  # each scale asks every vector
    looked_at = f"{report_text.looked_at(answer)} of {every}"
    with st.container(horizontal=True, gap="small"):
        figure("Photos found", f"{len(answer.matches):,}", "within delta")
        figure("Search time", duration(answer.search_seconds), speed)
        figure("Vectors compared", f"{answer.n_candidates:,}", looked_at)


def _stages(answer: Answer) -> None:
    with st.container(key=f"stages-{answer.method}"):
        st.caption(report_text.stage_line(answer), help=STAGE_HELP)


def _empty_left(report: QueryReport) -> None:
    total = len(report.answers["exhaustive"].matches)
    if not report.answers["lsh"].matches and total:
        text = f"LSH found none of the {count(total, 'photo')} within delta."
        st.warning(text, icon=":material/visibility_off:")
    elif not report.answers["lsh"].matches:
        st.info("Nothing within delta; the full scan agrees.", icon=":material/search_off:")


def _empty_right(report: QueryReport, question: Question) -> None:
    """How far the nearest photo is, and a button that goes there."""
    if report.nearest is None:
        st.info(f"No photo lies within {report.delta:.2f} rad.", icon=":material/search_off:")
        return
    angle = report.nearest.angle
    text = f"Nothing this close: the nearest is **{angle:.2f} rad**, delta is **{report.delta:.2f}**."
    st.info(text, icon=":material/search_off:")
    reach = report_text.delta_to_reach(angle, slider_end(question.database))
    if reach >= angle:
        st.button(
            f"Set delta to {reach:.2f}",
            key="reach",
            type="primary",
            icon=":material/straighten:",
            on_click=lambda: session().choose(delta=reach),
        )
