"""A photo from an address on the web, where the server allows that: one at a time for each visitor, few for all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import streamlit as st

from lsh_engine import EngineError, fetch_picture

from .kept_photos import this_browser
from .permissions import may_fetch
from .session import session
from .text import one_line, plain

MOST = 4  # of all visitors at once: each may hold 20 MB
HELP = "A public http or https address that leads to the picture itself, up to 20 MB. The server fetches it."


class Fetching:
    """Who is being served. Safe in several threads."""

    def __init__(self) -> None:
        self._visitors: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, visitor: str) -> Iterator[None]:
        """EngineError where this visitor is being served already, or too many others are."""
        with self._lock:
            if visitor in self._visitors:
                raise EngineError("your former picture is still on its way; wait until it is here")
            if len(self._visitors) >= MOST:
                raise EngineError("the server fetches pictures for others just now; try again in a few seconds")
            self._visitors.add(visitor)
        try:
            yield
        finally:
            with self._lock:
                self._visitors.remove(visitor)


@st.cache_resource(show_spinner=False)
def fetching() -> Fetching:
    """The one list of this server."""
    return Fetching()


def photo_from_web(key: str, bring: Callable[[str, bytes], None]) -> None:
    """A field for an address, if the server allows that. bring: gets a name and bytes that nobody has looked at yet."""
    if not may_fetch():
        return
    with (
        st.form(f"web-{key}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        url = st.text_input(
            "From an address",
            key=f"web-address-{key}",
            placeholder="https://example.org/photo.jpg",
            help=HELP,
            width=460,
        )
        if not st.form_submit_button("Get the photo", key=f"web-get-{key}", icon=":material/download:"):
            return
    me = session()
    host, name = _names(url)
    with st.spinner(f"Getting the photo from {plain(host, 60)}"):
        try:
            with fetching().of(this_browser() or f"session {id(me)}"):
                data = fetch_picture(url)
            bring(name, data)
        except EngineError as error:
            me.problem = f"{one_line(url, 60)}: {error}" if url.strip() else str(error)
    if me.problem is None:
        st.rerun()


def _names(url: str) -> tuple[str, str]:
    """(host, name of the picture), both untrusted text."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or "that address"
    except ValueError:
        return "that address", "picture"
    file = unquote(PurePosixPath(parts.path).name)
    return host, f"{file} from {host}" if file else f"Picture from {host}"
