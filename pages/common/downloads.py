"""Buttons that hand out a file, which is made once it is asked for."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

Kind = Literal["png", "svg", "csv", "json", "html", "zip"]
TYPES = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "csv": "text/csv",
    "json": "application/json",
    "html": "text/html",
    "zip": "application/zip",
}


def download(
    kind: Kind, name: str, content: Callable[[], str | bytes], key: str, wide: bool = False, help: str | None = None
) -> None:
    """name: of the file, without its ending. wide: as wide as its container, for a list of buttons in a popover."""
    st.download_button(
        kind.upper(),
        content,
        f"{name}.{kind}",
        TYPES[kind],
        key=key,
        on_click="ignore",
        icon=None if wide else ":material/download:",
        width="stretch" if wide else "content",
        help=help,
    )
