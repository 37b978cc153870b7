"""All that a session remembers, under one key that no widget owns: it survives page changes and new uploads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import streamlit as st

from lsh_engine import SCALES

KEY = "lookalike"
Box = tuple[int, int, int, int]
Place = tuple[int, int]  # (image id, number of the patch in it)
Combine = Literal["any", "all"]


@dataclass(frozen=True)
class Query:
    """The photo that is asked about. `data` holds an upload's or a sample's bytes; a photo of a database has none
    and is read again when it is needed.
    """

    name: str  # untrusted text
    sha: str  # names the pixels; part of every cache key
    size: tuple[int, int]  # width, height of the upright photo
    data: bytes | None = field(default=None, repr=False)
    database: str | None = None  # path of the database that holds it
    image_id: int | None = None
    sample: str | None = None  # its name in a share link
    upload: str | None = None  # its token in a link that only this visitor's browser can open


@dataclass(frozen=True)
class Crop:
    """A rectangle besides the first: `look` is searched too, `avoid` says what is not meant."""

    box: Box
    role: Literal["look", "avoid"] = "look"


@dataclass(frozen=True)
class SearchedCrop:
    """What the last search described. When any of it moved on, its results are stale.

    more: further rectangles on the same photo. combine: whether a photo must show any or all of those looked for.
    liked, disliked: regions of matches that the visitor marked as right and wrong.
    """

    sha: str
    box: Box
    scales: tuple[float, ...]
    more: tuple[Crop, ...] = ()
    combine: Combine = "any"
    liked: tuple[Place, ...] = ()
    disliked: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What the controls say. None: the database's own value."""

    delta: float | None = None
    scales: tuple[float, ...] = SCALES["default"]
    plan: str = "auto"
    recall_target: float | None = None
    database: str | None = None  # name in the picker
    right_plan: str = "exhaustive"  # what the left plan is compared with
    right_delta: float | None = None  # None: the same delta on both sides
    count_own: bool = False  # whether the query photo counts as a match of itself


@dataclass(frozen=True)
class Asked:
    """A question of this session, and what came of it the last time."""

    query: Query
    crop: SearchedCrop
    choice: Choice
    database: str  # its path
    database_name: str  # untrusted text
    delta: float
    found: int
    total: int  # matches of the exhaustive answer
    picture: bytes = field(repr=False)  # a small JPEG of the crop

    @property
    def key(self) -> tuple[str, SearchedCrop]:
        """The same for one question at another delta or by another plan."""
        return self.database, self.crop


@dataclass(frozen=True)
class Favourite:
    """A photo that the visitor wants to find again, with the region that matched."""

    database: str  # its path
    database_name: str  # untrusted text, as are both names below
    image_id: int
    name: str
    box: tuple[float, float, float, float]
    angle: float
    scale: float
    query: str  # name of the photo that was asked about

    @property
    def key(self) -> tuple[str, int]:
        return self.database, self.image_id


@dataclass
class Session:
    """What one visitor has chosen and asked: the controls, the query, its answer."""

    choice: Choice = Choice()
    query: Query | None = None
    box: Box = (0, 0, 1, 1)  # of the query, in its pixels
    searched: SearchedCrop | None = None
    problem: str | None = None  # the last refused photo, in one line
    link: dict[str, str] = field(default_factory=dict)  # what the address bar says
    former_links: list[tuple[float, dict[str, str]]] = field(default_factory=list)  # (when replaced, what it said)
    link_wrong: tuple[str, ...] = ()  # what of the opened link is not here, as Markdown
    link_seen: tuple | None = None  # what the page showed when that was found
    more: tuple[Crop, ...] = ()  # rectangles besides `box`
    combine: Combine = "any"
    liked: tuple[Place, ...] = ()
    disliked: tuple[Place, ...] = ()
    history: tuple[Asked, ...] = ()  # newest first
    favourites: tuple[Favourite, ...] = ()  # newest first
    heard: int = 0  # number of the last move of delta that the board told
    wish: Any = None  # what the next run of the page is to do
    crop_version: int = 0  # a new version mounts the cropper afresh
    crop_seen: tuple | None = None  # the last rectangle the cropper reported

    def choose(self, **changes: Any) -> None:
        self.choice = replace(self.choice, **changes)

    def take(self, query: Query, box: Box | None = None, search: bool = False) -> None:
        """Make `query` the photo in the cropper; with `search`, its box is searched at once."""
        self.query, self.problem = query, None
        self.put_box(box or middle(query.size))
        self.more, self.combine, self.liked, self.disliked = (), "any", (), ()
        self.searched = None
        if search:
            self.search()

    def drop(self) -> None:
        """No photo, as at the start."""
        self.query, self.searched, self.problem = None, None, None
        self.more, self.combine, self.liked, self.disliked = (), "any", (), ()

    def put_box(self, box: Box) -> None:
        """Set the crop from code: the cropper is mounted afresh, with this box drawn."""
        self.box = box
        self.crop_version += 1

    def search(self) -> None:
        """Search for what is in the cropper now."""
        self.searched = self.current()

    def current(self) -> SearchedCrop | None:
        if self.query is None:
            return None
        crops = self.box, self.choice.scales, self.more, self.combine
        return SearchedCrop(self.query.sha, *crops, self.liked, self.disliked)

    @property
    def stale(self) -> bool:
        return self.searched is not None and self.searched != self.current()


def session() -> Session:
    if KEY not in st.session_state:
        st.session_state[KEY] = Session()
    return st.session_state[KEY]


def whole_box(box: Sequence[float]) -> Box:
    """The box in whole pixels."""
    left, top, right, bottom = (round(edge) for edge in box)
    return left, top, right, bottom


def middle(size: tuple[int, int]) -> Box:
    """The box a fresh photo starts with: the middle 60 % of each side."""
    width, height = size
    return (round(0.2 * width), round(0.2 * height), max(1, round(0.8 * width)), max(1, round(0.8 * height)))
