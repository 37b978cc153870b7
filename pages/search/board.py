"""The answer board: a component of our own that draws delta, verdict and answers, and filters while delta moves.

Everything that a move of delta can show is sent at once, so that the browser need not ask. What the visitor does comes
back as events, which `events` checks: a browser can send anything.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

KEY = "board"
FRONTEND = Path(__file__).parent / "frontend"
SCRIPTS = ("cards.js", "delta.js", "found.js", "board.js")


def _read(*names: str) -> str:
    return "\n".join((FRONTEND / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "lookalike_board",
    html='<div class="lk-root"></div>',
    css=_read("board.css"),
    js=_read(*SCRIPTS),
    isolate_styles=False,  # the tour and presentation mode reach its parts by their classes
)


def board(data: dict[str, Any], on_event: Callable[[Any], None]) -> None:
    """Draw the board. on_event: called with each event, before the page runs again."""

    def heard() -> None:
        state = st.session_state.get(KEY)
        event = state.get("event") if state else None
        if event is not None:
            on_event(event)

    _mount(data=data, key=KEY, on_event_change=heard)
