"""The guided tour for first visitors: six stops on the real Search page, at the reader's own pace.

It is offered once in a quiet line, and can be taken again from Home and Search. `frontend/tour.js` walks through it.
"""

import secrets
from pathlib import Path

import streamlit as st

from .photos import samples, take_sample
from .session import session

RUN, COMPONENT = "lookalike-tour-run", "lookalike-tour"
SEARCH_PAGE = "pages/1_Search.py"

# title, text, where on the page: the first that is on show is lit, and where none is, the card stands in the middle
STOPS = (
    (
        "A photo and a rectangle",
        "Put a rectangle round one thing in a photo. Only what is inside is searched, in every photo of the database.",
        (".st-key-query-rail",),
    ),
    (
        "Query scales",
        "The rectangle is looked at larger and smaller too, so that the thing is found near and far away. "
        "Each scale costs a moment more.",
        (".st-key-_scales",),
    ),
    (
        "Delta: how alike is alike",
        "Delta is the largest angle that counts as a match. Small finds the same thing, larger the same kind, "
        "too large anything at all. Drag it and watch.",
        (".st-key-delta-bar",),
    ),
    (
        "Two answers, side by side",
        "Left, the quick answer by hashing. Right, the full scan, which compares every region of every photo: "
        "what the quick answer has to be measured by. Nearest photos come first.",
        (".st-key-board",),
    ),
    (
        "What hashing misses",
        "Speed has a price: now and then a photo is overlooked. It is marked orange, with the chance it had to be "
        "found. The automatic plan rarely misses any: press “What classic hashing misses” to see some.",
        (".st-key-verdict",),
    ),
    (
        "Share or save",
        "The address bar holds the photo, the rectangle and every setting: copy it, and others see what you see. "
        "Or save the answer as a file.",
        (".st-key-save-share",),
    ),
)

_FRONTEND = Path(__file__).parent / "frontend"
_mount = st.components.v2.component(
    "lookalike_tour",
    css=(_FRONTEND / "tour.css").read_text(encoding="utf-8"),
    js=(_FRONTEND / "tour.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # it lights up parts of the page
)


def tour(page: str) -> None:
    """The offer on a first visit, and the tour itself. Drawn on Home and Search; it takes no room."""
    on_search = page == "Search"
    if st.session_state.get(RUN) and not on_search:
        st.switch_page(SEARCH_PAGE)
    stops = [{"title": title, "text": text, "where": list(where)} for title, text, where in STOPS]
    ready = on_search and session().searched is not None
    data = {"stops": stops, "ready": ready, "run": st.session_state.get(RUN, "") if ready else ""}
    with st.container(key="tour"):
        _mount(key=f"{COMPONENT}-{page}", data=data, on_start_change=start_tour)


def tour_button(key: str) -> None:
    """Take it again, or for the first time."""
    st.button(
        "Take the tour",
        key=key,
        icon=":material/tour:",
        type="tertiary",
        on_click=start_tour,
    )


def start_tour() -> None:
    """Starts on Search when the page is next drawn, with a sample where nothing is searched yet."""
    me, offered = session(), samples()
    if me.searched is None and offered:
        take_sample(offered[0])
    st.session_state[RUN] = secrets.token_hex(8)
