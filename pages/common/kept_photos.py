"""Photos that visitors brought, kept on the server, so that a reload and Back find them again.

A link names one by a token. Only the browser that brought it gets it back: a reload starts a new session, so what
tells browsers apart is the random cookie that Streamlit gives to each. Nothing is written to the disk.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import streamlit as st

from lsh_engine import EngineError

from .session import Query

COOKIE = "_streamlit_xsrf"
MOST_BYTES = 256 * 2**20  # of all visitors together; the longest unused go first
MOST_OF_ONE = 80 * 2**20  # of one browser: four of the largest
MOST_SECONDS = 12 * 3600.0  # unused


@dataclass
class Kept:
    """A photo in the store."""

    owner: str  # a digest: which browser brought it
    query: Query = field(repr=False)
    used: float  # seconds of the clock

    @property
    def n_bytes(self) -> int:
        return len(self.query.data or b"")


class KeptPhotos:
    """Token -> photo, the longest unused first. Safe in several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._clock = clock

    def keep(self, query: Query, owner: str) -> Query:
        """The same query with its token. The same bytes from the same browser have one token. query: has passed the
        door of pictures.
        """
        with self._lock:
            found = (token for token, kept in self._kept.items() if kept.owner == owner and kept.query.sha == query.sha)
            token = next(found, None) or secrets.token_urlsafe(16)
            query = replace(query, upload=token)
            self._kept[token] = Kept(owner, query, self._clock())
            self._kept.move_to_end(token)
            self._make_room(owner)
            return query

    def find(self, token: str, owner: str | None) -> Query:
        """EngineError where it is another browser's, or has gone."""
        with self._lock:
            self._make_room(None)
            kept = self._kept.get(token)
            if kept is None:
                raise EngineError(
                    "its photo has gone: uploads are kept for 12 hours at most, until the app is started anew or room "
                    "is needed; upload it again"
                )
            if owner is None or not secrets.compare_digest(kept.owner, owner):
                raise EngineError("this photo was kept for the visitor who uploaded it only; bring one of your own")
            kept.used = self._clock()
            self._kept.move_to_end(token)
            return kept.query

    def forget(self, owner: str) -> None:
        """Let go what this browser brought."""
        with self._lock:
            for token in [token for token, kept in self._kept.items() if kept.owner == owner]:
                del self._kept[token]

    def _make_room(self, owner: str | None) -> None:
        """Let go what is too old, then what is too much of one owner, then what is too much in all."""
        oldest = self._clock() - MOST_SECONDS
        for token in [token for token, kept in self._kept.items() if kept.used < oldest]:
            del self._kept[token]
        own = [token for token, kept in self._kept.items() if kept.owner == owner]
        while sum(self._kept[token].n_bytes for token in own) > MOST_OF_ONE:
            del self._kept[own.pop(0)]
        while sum(kept.n_bytes for kept in self._kept.values()) > MOST_BYTES:
            self._kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def store() -> KeptPhotos:
    """The one store of this server."""
    return KeptPhotos()


def keep(query: Query) -> Query:
    """The query with its token, where the browser can be told from others; else as it is, for this session alone."""
    owner = this_browser()
    return store().keep(query, owner) if owner else query


def kept_photo(token: str) -> Query:
    """The photo of that token, for the browser that brought it. EngineError in every other case."""
    return store().find(token, this_browser())


def forget() -> None:
    """Let go what this browser brought: its visitor has left."""
    owner = this_browser()
    if owner:
        store().forget(owner)


def this_browser() -> str | None:
    """A digest that names the visitor's browser; None where it takes no cookies.

    The cookie holds sixteen random bytes under a mask that changes with every answer: 2|mask|masked bytes|time.
    """
    cookie = st.context.cookies.get(COOKIE)
    if not isinstance(cookie, str):
        return None
    parts = cookie.strip("\"'").split("|")
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        return None
    if len(mask) != 4 or len(masked) < 16:
        return None
    secret = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))
    return hashlib.sha256(secret).hexdigest()
