"""Presentation mode: type and pictures for a room, prepared slides, and a reset for a kiosk.

The browser's side, `frontend/present.js`, hears the keys and wishes for a state; this side holds the state and writes
it into the address: `present=1&slide=3&idle=60`.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from lsh_engine import EngineError

from . import kept_photos
from .boxes import clamp
from .catalog import Database
from .messages import show_error
from .photos import SAMPLES, from_bytes, from_database, samples
from .session import Box, Choice, Query, middle, session
from .slides import Slide, prepared
from .text import one_line

KEY, COMPONENT = "lookalike-presentation", "lookalike-present"
NAMES = ("present", "slide", "idle")  # in the address
SEARCH_PAGE = "pages/1_Search.py"
SHORTEST_IDLE, LONGEST_IDLE = 5, 86_400  # seconds
SETTLED = 2.0  # seconds after which the browser's address says what was wished last

_FRONTEND = Path(__file__).parent / "frontend"
_mount = st.components.v2.component(
    "lookalike_present",
    css=(_FRONTEND / "present.css").read_text(encoding="utf-8"),
    js=(_FRONTEND / "present.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # it restyles the page
)


@dataclass
class Presentation:
    """What one visitor's presentation is at."""

    on: bool = False
    slide: int = 0  # counted from 1; 0: none of the slides
    idle: int = 0  # seconds until the kiosk starts over; 0: never
    due: bool = False  # the slide is to be put on
    turn: int = 0  # how often the browser has wished: it takes no older state back
    wished: float = -SETTLED  # when, in seconds of the clock
    page: str = ""
    address: dict[str, str] = field(default_factory=dict)  # what the address last said of this
    prepared_link: dict[str, str] = field(default_factory=dict)  # how a link says the slide as its file has it


def presentation() -> Presentation:
    if KEY not in st.session_state:
        st.session_state[KEY] = Presentation()
    return st.session_state[KEY]


def present(page: str) -> None:
    """Called on every page by its title. Goes to Search when a slide waits that another page cannot show."""
    state = presentation()
    _read_address(state, page)
    found = prepared()
    state.slide = min(state.slide, len(found.slides))
    state.due = state.due and state.slide > 0
    if state.due and page != "Search":
        state.page = ""
        st.switch_page(SEARCH_PAGE, query_params=_names(state, "Search"))
    slide = found.slides[state.slide - 1] if state.slide else None
    if state.due and slide and slide.database:
        session().choose(database=slide.database)
    _write_address(state)
    with st.container(key="presentation"):
        _mount(key=COMPONENT, data=_data(state, slide, len(found.slides)), on_wish_change=_follow)
    if state.on:
        for mistake in found.mistakes:
            show_error(mistake)


def _data(state: Presentation, slide: Slide | None, count: int) -> dict[str, Any]:
    """What the browser's side shows; it never takes any of it as HTML."""
    return {
        "on": state.on,
        "slide": state.slide,
        "count": count,
        "title": one_line(slide.title, 200) if slide else "",
        "say": one_line(slide.say, 200) if slide else "",
        "idle": state.idle,
        "turn": state.turn,
        "page": state.page,
    }


def _follow() -> None:
    """The browser wishes for a state, or that the visitor be forgotten."""
    state, wish = presentation(), st.session_state[COMPONENT].get("wish")
    if not isinstance(wish, dict):
        return
    if wish.get("forget"):
        kept_photos.forget()
        for name in list(st.session_state):
            if name != COMPONENT:
                del st.session_state[name]
        return
    slide = wish.get("slide")
    if isinstance(slide, int) and slide != state.slide:
        state.slide, state.due = max(0, slide), True
    state.on, state.wished = bool(wish.get("on")), time.monotonic()
    state.turn = turn if isinstance(turn := wish.get("turn"), int) else state.turn


def _read_address(state: Presentation, page: str) -> None:
    """Follow a link that was just opened. A page reached from another has no word of this in its address: then the
    presentation goes on.
    """
    said = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    moved, state.page = page != state.page, page
    late = time.monotonic() - state.wished < SETTLED  # keys pressed quickly arrive with the address of the first
    if said == state.address or (moved and not said) or late:
        return
    state.on = said.get("present") == "1"
    idle = _whole(said.get("idle"))
    state.idle = idle if SHORTEST_IDLE <= idle <= LONGEST_IDLE else 0
    slide = _whole(said.get("slide"))
    if not slide and page == "Search" and session().query is None and set(st.query_params) <= {"present", "idle"}:
        slide = 1  # nothing else is asked for
    if state.on and slide and page in ("Search", "Home"):
        state.slide, state.due = slide, True


def _write_address(state: Presentation) -> None:
    state.address = in_address()
    others = {name: value for name, value in st.query_params.to_dict().items() if name not in NAMES}
    if others | state.address != st.query_params.to_dict():
        st.query_params.from_dict(others | state.address)


def in_address() -> dict[str, str]:
    """What the address bar says of the presentation."""
    state = presentation()
    return _names(state, state.page)


def _names(state: Presentation, page: str) -> dict[str, str]:
    if not state.on:
        return {}
    values = {"present": 1, "slide": state.slide if page == "Search" else 0, "idle": state.idle}
    return {name: str(value) for name, value in values.items() if value}


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0


def put_on_slide(database: Database) -> bool:
    """Put the slide that waits in the cropper and the controls, and search. Whether one was put on."""
    state, me, found = presentation(), session(), prepared().slides
    if not state.due or not 1 <= state.slide <= len(found):
        return False
    state.due = False
    slide = found[state.slide - 1]
    try:
        query, box, delta, scales = _query(slide, database)
    except (EngineError, OSError) as error:
        me.problem = f"Slide {state.slide}: {error}"
        return False
    me.choose(
        delta=slide.delta if slide.delta is not None else delta,
        scales=slide.scales or scales,
        plan=slide.left,
        right_plan=slide.right,
        right_delta=slide.right_delta,
        recall_target=None,
    )
    me.take(query, clamp(slide.box or box, query.size) or box, search=True)
    return True


def _query(slide: Slide, database: Database) -> tuple[Query, Box, float | None, tuple[float, ...]]:
    """The photo, with the box, delta and scales that it comes with. EngineError when it is not to be had."""
    if slide.database and slide.database != database.name:
        raise EngineError(f"there is no database {slide.database}: build it, or name another in the file of slides")
    if slide.sample:
        sample = next(sample for sample in samples() if sample.slug == slide.sample)
        data = (SAMPLES.parent / sample.file).read_bytes()
        return from_bytes(sample.title, data, sample=sample.slug), sample.box, sample.delta, sample.scales
    if slide.image is None or slide.image >= database.engine.n_images:
        raise EngineError(f"{database.name} has {database.engine.n_images} photos, none with the number {slide.image}")
    query = from_database(database, slide.image)
    return query, middle(query.size), None, Choice().scales


def beyond_slide(link: dict[str, str]) -> dict[str, str]:
    """Of a link, only what is not as the slide on the screen prepared it."""
    state = presentation()
    if not (state.on and state.slide and state.page == "Search"):
        return link
    as_prepared = state.prepared_link
    query = ("database", "sample", "image", "photo", "box", "crop", "more", "combine")
    same_query = all(link.get(name) == as_prepared.get(name) for name in query)
    kept = {name: value for name, value in link.items() if as_prepared.get(name) != value}
    kept |= {} if same_query else {name: link[name] for name in query if name in link}
    gone = as_prepared.keys() - link.keys()
    return kept | {name: value for name, value in _defaults().items() if name in gone}


def _defaults() -> dict[str, str]:
    """How a link says what it otherwise leaves out."""
    scales = "-".join(f"{scale:g}" for scale in Choice().scales)
    return {"plan": Choice().plan, "against": Choice().right_plan, "scales": scales}
