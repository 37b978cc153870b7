"""Pictures pasted from the clipboard, by a button or by Ctrl+V."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

import streamlit as st

FRONTEND = Path(__file__).parent / "frontend"
LONGEST = 4 * 12 * 2**20 // 3 + 4  # letters of base64: the 12 MB that clipboard.js lets pass
HTML = '<button type="button">Paste a picture</button><p role="status"></p>'

_clipboard = st.components.v2.component(
    "lookalike_clipboard",
    html=HTML,
    css=(FRONTEND / "clipboard.css").read_text(encoding="utf-8"),
    js=(FRONTEND / "clipboard.js").read_text(encoding="utf-8"),
)


def paste(key: str, on_picture: Callable[[bytes], None], button: bool, listen: bool) -> None:
    """A button that reads the clipboard, and an ear for Ctrl+V anywhere on the page, or one of the two.

    on_picture: gets the bytes, which nobody has looked at yet; none where what came is no base64 or too long.
    """
    _clipboard(
        key=key,
        data={"button": button, "listen": listen},
        on_picture_change=lambda: on_picture(_decoded(st.session_state[key].get("picture"))),
    )


def _decoded(sent: object) -> bytes:
    if not isinstance(sent, str) or len(sent) > LONGEST:
        return b""
    try:
        return base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):
        return b""
