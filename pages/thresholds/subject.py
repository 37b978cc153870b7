"""What the Thresholds page is about: a query or random pairs, its views, its address, and what it asks the engine."""

import functools
from dataclasses import dataclass

import streamlit as st

from lsh_engine import EngineError

from ..common import links
from ..common.catalog import Database, facts
from ..common.controls import delta_controls
from ..common.drawing import query_views
from ..common.messages import show_error
from ..common.photo_sources import sample_grid
from ..common.photos import samples
from ..common.question import Question, delta_of, describe
from ..common.session import SearchedCrop, session
from ..common.text import plain

SEARCH_PAGE = "pages/1_Search.py"
VIEW, KEYS, TABLES = "thresholds-view", "thresholds-k", "thresholds-L"
VIEWS = {
    "delta": ":material/straighten: Delta",
    "hashing": ":material/tag: Hashing",
    "planner": ":material/route: Planner",
    "size": ":material/photo_size_select_large: Size",
}
QUIET = {"delta_color": "off", "delta_arrow": "off"}  # a metric's second line is a note
MOST_K, MOST_TABLES = 32, 200
WHOLE = {"k": (KEYS, MOST_K), "L": (TABLES, MOST_TABLES)}  # name in the address -> its widget's key, its end


@dataclass(frozen=True)
class Subject:
    """question: None where random pairs of the database are looked at."""

    database: Database
    question: Question | None

    @property
    def key(self) -> tuple:
        """Names what is looked at; part of every cache key."""
        return self.database.key, self.question.crop if self.question else None

    @property
    def n_scales(self) -> int:
        """S of the false alarms: the query's scales, or those a search would ask."""
        return len((self.question.crop if self.question else session().choice).scales)


# ---- address


def apply_address(opened: bool) -> None:
    """View, k and L of a link that was just opened; what cannot be read is told, and the default stays."""
    if not opened:
        return
    link, wrong = session().link, []
    if link.get("view") in VIEWS:
        st.session_state[VIEW] = link["view"]
    elif "view" in link:
        wrong.append(f"view is one of {', '.join(VIEWS)}")
    for name, (key, end) in WHOLE.items():
        text = link.get(name, "")
        if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= end:
            st.session_state[key] = int(text)
        elif name in link:
            wrong.append(f"{name} is a whole number from 1 to {end}")
    if "delta" in link and session().choice.delta is None:
        wrong.append("delta is an angle from 0 to 3.14 radians")
    _warn(wrong)


def apply_photo(database: Database) -> None:
    """The photo of a link that was just opened; a database or a photo that is not here is told."""
    link, wrong = session().link, []
    links.apply_photo(database)
    if link.get("database", database.name) != database.name:
        wrong.append(f"there is no such database here, this is {plain(database.name, 40)}")
    if session().query is None and {"sample", "image"} & link.keys():
        wrong.append("its photo is not here")
    _warn(wrong)


def _warn(wrong: list[str]) -> None:
    if wrong:
        st.warning(f"Part of this link could not be read: {'; '.join(wrong)}.", icon=":material/link_off:")


def write_address(database: Database) -> None:
    """Call at the end of every rerun, of a fragment too."""
    own = {"view": st.session_state.get(VIEW, "delta")} | {name: st.session_state.get(WHOLE[name][0]) for name in WHOLE}
    lsh = facts(database)["lsh"]
    usual = {"view": "delta", "k": lsh["n_hyperplanes"], "L": lsh["n_tables"]}
    links.write(database, {name: str(own[name]) for name in own if own[name] not in (None, usual[name])})


# ---- what is looked at


def choose_subject(database: Database) -> Subject:
    """The query of the Search page, or random pairs; and the ways to another query."""
    me = session()
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium", key="thresholds-query"):
        crop = _crop_shown() if me.query else None
        what = _look_at() if me.query else "pairs"
        if me.query is None:
            st.markdown("You see **random pairs** of this database, until you bring a query.", width="stretch")
        with st.popover("Try a sample", icon=":material/photo_library:", width="content"):
            sample_grid(samples(), "thresholds")
        if st.button("Crop on Search", key="to-search", type="tertiary", icon=":material/crop:"):
            st.switch_page(SEARCH_PAGE)
    if me.problem:
        show_error(me.problem)
    return Subject(database, Question(database, me.query, crop) if what == "query" else None)


def _crop_shown() -> SearchedCrop:
    me = session()
    crop = me.searched or me.current()
    st.image(query_views(crop.sha, crop.box, me.query)[1], width=96, alt="The crop")
    st.markdown(f"**{plain(me.query.name, 40)}**", width="stretch")
    return crop


def _look_at() -> str:
    return st.segmented_control(
        "Look at",
        ("query", "pairs"),
        default="query",
        required=True,
        format_func={"query": "This query", "pairs": "Random pairs"}.get,
        key="thresholds-subject",
        label_visibility="collapsed",
        width="content",
    )


def choose_view() -> str:
    if st.session_state.get(VIEW) not in VIEWS:
        st.session_state[VIEW] = "delta"
    return st.segmented_control(
        "View", list(VIEWS), required=True, format_func=VIEWS.get, key=VIEW, label_visibility="collapsed"
    )


def delta_slider(subject: Subject) -> float:
    """The slider of the Search page, inside the view that it moves."""
    delta_controls(subject.database)
    return delta_of(session().choice, subject.database)


# ---- what the engine knows, asked once


def described(subject: Subject):
    """The query's descriptors; None for random pairs."""
    if subject.question is None:
        return None
    with st.spinner("Looking at your crop… the first one also loads the network", show_time=True):
        return describe(subject.question)


def nearness(subject: Subject):
    return _nearness(subject.key, subject.database.engine.thresholds, described(subject))


def chance_angles(database: Database):
    """EngineError below two photos."""
    return _chance_angles(database.key, database.engine.thresholds)


@st.cache_resource(max_entries=16, show_spinner="Comparing your crop with every region…")
def _nearness(key: tuple, _thresholds, _described):
    return _thresholds.nearness(_described)


@st.cache_resource(max_entries=4, show_spinner="Comparing random pairs…")
def _chance_angles(key: str, _thresholds):
    return _thresholds.chance_angles()


def fragment(view):
    """A view that a move of delta reruns alone: its errors are one line, and the address bar follows."""

    @functools.wraps(view)  # its name tells fragments apart
    def run(subject: Subject) -> None:
        try:
            view(subject)
            write_address(subject.database)
        except EngineError as error:
            show_error(error)

    return st.fragment(run)
