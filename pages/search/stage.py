"""The stage: the question and both answers on one board, and what a click on it starts."""

import streamlit as st

from lsh_engine import EngineError, Match

from ..common.links import write
from ..common.messages import show_error
from ..common.photo_sources import other_photo_dialog
from ..common.question import Question, describe
from ..common.session import session
from . import events
from .answers import asked_ahead, neighbours, reports_of, sides_of
from .board import board
from .board_data import board_data
from .crop_dialog import crop_dialog
from .detail import Shown, detail, use_as_query
from .favourites import toggle_favourite
from .history import remember
from .top_row import keep_and_share, title_row

WAITING = "Looking at your crop… the first search also loads the network"


@st.fragment
def stage(question: Question) -> None:
    """Ask, and draw the board. A move of delta or another plan reruns this part alone."""
    me, row, place = session(), title_row(), st.empty()
    try:
        with place, st.spinner(WAITING, show_time=True):
            describe(question)
            sides = sides_of(question)
            reports = reports_of(question, sides)
            near = neighbours(question)
            ahead = asked_ahead(question, sides[0], near), asked_ahead(question, sides[1], near)
        place.empty()
        matches = {match.image_id: match for match in (*near, *reports[0].answers["exhaustive"].matches)}
        wish, me.wish = me.wish, None
        if wish is not None and wish.what == "star" and wish.image_id in matches:
            toggle_favourite(matches[wish.image_id], question)
        data = board_data(question, sides, reports, near, ahead)
    except EngineError as error:
        place.empty()
        show_error(error)
        return
    remember(reports[0], question)
    with row:
        keep_and_share(question, sides, reports)
    board(data, _hear)
    write(question.database)
    if wish is not None and wish.what != "star":
        missed = frozenset(match.image_id for match in reports[0].missed)
        among = tuple((one, one.image_id in missed) for one in reports[wish.side].answers["exhaustive"].matches)
        _fulfil(wish, matches.get(wish.image_id), among, question)


def scale_note(question: Question) -> None:
    """Which of the lit scales the crop cannot have, below them."""
    try:
        note = describe(question).scale_note
    except EngineError:  # the stage has said so
        return
    if note:
        st.caption(f":material/straighten: {note}")


def _hear(event: object) -> None:
    me = session()
    me.wish = events.take(event, me) or me.wish


def _fulfil(wish: events.Wish, match: Match | None, among: tuple[Shown, ...], question: Question) -> None:
    """Open a dialog, or change the question and start the page over. among: the matches of the side clicked on."""
    me = session()
    if wish.what == "crop":
        crop_dialog()
    elif wish.what == "photo":
        other_photo_dialog()
    elif wish.what in ("refine", "forget"):
        if wish.what == "forget":
            me.liked, me.disliked = (), ()
        me.search()
        st.rerun()
    elif match is None:
        return
    elif wish.what == "open":
        missed = any(was_missed for one, was_missed in among if one.image_id == match.image_id)
        detail(match, missed, ("lsh", "exhaustive")[wish.side], question, among)
    elif wish.what == "use":
        use_as_query(match, question.database)
