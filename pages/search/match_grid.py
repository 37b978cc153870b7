"""A page of matches as pictures, each with its details and "use as query"."""

import hashlib

import streamlit as st

from lsh_engine import Match

from ..common.drawing import card
from ..common.question import Question
from ..common.text import count, one_line, percent, scale_name
from .detail import detail, use_as_query

PER_PAGE = 12
MISSED_HELP = "LSH did not find this photo. The share is the chance it had to be found at this angle."


@st.fragment
def match_grid(side: str, matches: tuple[Match, ...], missed: frozenset[int], question: Question) -> None:
    """`side` is "lsh" or "exhaustive". Turning a page reruns this grid alone."""
    with st.container(key=f"tools-{side}"):
        matches = _filtered(side, matches, missed)
    cards = st.container()
    pages = -(-len(matches) // PER_PAGE)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=f"page-{side}-{_fingerprint(matches)}", max_visible_pages=5)
    with cards, st.grid(4, min_column_width=118, gap="small"):
        for match in matches[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _match_card(side, match, match.image_id in missed, question)


def _filtered(side: str, matches: tuple[Match, ...], missed: frozenset[int]) -> tuple[Match, ...]:
    """All matches, or on request only those that LSH missed."""
    if not missed:
        st.caption(f"{count(len(matches), 'photo')}, nearest first")
        return matches
    everything = f"All {len(matches):,}"
    only_missed = f":material/visibility_off: Missed by LSH: {len(missed):,}"
    shown = st.segmented_control(
        "Show",
        (everything, only_missed),
        default=everything,
        required=True,
        label_visibility="collapsed",
        key=f"show-{side}-{_fingerprint(matches)}",
    )
    return tuple(match for match in matches if match.image_id in missed) if shown == only_missed else matches


def _match_card(side: str, match: Match, missed: bool, question: Question) -> None:
    database = question.database
    name = f"{side}-{match.image_id}"
    with st.container(key=f"card-{name}"):
        picture = card(database.key, match.image_id, match.box, match.scale, missed, database.engine)
        st.image(picture, width="stretch", alt=_alt(match, missed))
        if missed:
            _missed_badge(match)
        with st.container(horizontal=True, gap=None, horizontal_alignment="distribute"):
            if st.button(f"{match.angle:.2f} rad", key=f"open-{name}", type="tertiary", help="Details"):
                detail(match, missed, side, question)
            if st.button(
                "Use",
                icon=":material/image_search:",
                key=f"use-{name}",
                type="tertiary",
                disabled=not database.engine.photos_found,
                help="Use as query: search for this region",
            ):
                use_as_query(match, database)


def _missed_badge(match: Match) -> None:
    chance = match.found_probability
    text = "missed" if chance is None else f"missed · {percent(chance)}"
    st.badge(text, icon=":material/visibility_off:", color="orange", help=MISSED_HELP)


def _alt(match: Match, missed: bool) -> str:
    where = f"{match.angle:.2f} rad at scale {scale_name(match.scale)}"
    mark = "missed by LSH" if missed else "found"
    return f"{one_line(match.path, 80)}: {where}, {mark}; the matched region is boxed"


def _fingerprint(matches: tuple[Match, ...]) -> str:
    """Changes with the answer, so that a new answer starts at its first page."""
    ids = ",".join(f"{match.image_id}" for match in matches[:50])
    return hashlib.sha1(f"{len(matches)}:{ids}".encode(), usedforsecurity=False).hexdigest()[:10]
