"""What the Thresholds page is about: a query or random pairs, its views, its address, and what it asks the engine."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from lsh_engine import ChanceAngles, EngineError, Nearness, QueryDescriptors, Thresholds

from ..common import links
from ..common.catalog import Database, facts
from ..common.controls import delta_controls
from ..common.drawing import query_views
from ..common.messages import show_error
from ..common.photo_sources import sample_grid
from ..common.photos import samples
from ..common.question import Question, delta_of, describe
from ..common.session import session
from ..common.text import plain
from ..common.widgets import choose_one, take_one

SEARCH_PAGE = "pages/1_Search.py"
VIEW, KEYS, TABLES = "thresholds-view", "thresholds-k", "thresholds-L"
VIEWS = {
    "delta": ":material/straighten: Delta",
    "hashing": ":material/tag: Hashing",
    "planner": ":material/route: Planner",
    "size": ":material/photo_size_select_large: Size",
}
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
    """View, k and L of a link that was just opened; parts that cannot be read are reported, and keep their defaults."""
    if not opened:
        return
    link = session().link
    if link.get("view") in VIEWS:
        take_one(VIEW, link["view"])
    elif "view" in link:
        links.not_here(f"view is one of {', '.join(VIEWS)}")
    for name, (key, end) in WHOLE.items():
        text = link.get(name, "")
        if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= end:
            st.session_state[key] = int(text)
        elif name in link:
            links.not_here(f"{name} is a whole number from 1 to {end}")


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
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="thresholds-query"):
        question = _question(database)
        if me.query is None:
            st.markdown("You see **random pairs** of this database, until you bring a query.", width="stretch")
        with st.popover("Try a sample", icon=":material/photo_library:", width="content"):
            sample_grid(samples(), "thresholds")
        words = "Use your own photo" if me.query is None else "See the answer"
        if st.button(words, key="to-search", type="tertiary", icon=":material/image_search:"):
            st.switch_page(SEARCH_PAGE)
    if me.problem:
        show_error(me.problem)
    return Subject(database, question)


def _question(database: Database) -> Question | None:
    """The session's query with its crop, unless the visitor looks at random pairs."""
    query, crop = session().query, session().searched or session().current()
    if query is None or crop is None:
        return None
    st.image(query_views(crop.sha, crop.box, query)[1], width=96, alt="The crop")
    st.markdown(f"**{plain(query.name, 40)}**", width="stretch")
    what = choose_one("Look at", {"query": "This query", "pairs": "Random pairs"}, "thresholds-subject")
    return Question(database, query, crop) if what == "query" else None


def choose_view() -> str:
    return choose_one("View", VIEWS, VIEW)


def delta_slider(subject: Subject) -> float:
    """The slider of the Search page, inside the view that it moves."""
    delta_controls(subject.database)
    return delta_of(session().choice, subject.database)


# ---- what the engine knows, asked once


def described(subject: Subject) -> QueryDescriptors | None:
    """The query's descriptors; None for random pairs."""
    if subject.question is None:
        return None
    with st.spinner("Looking at your crop… the first one also loads the network", show_time=True):
        return describe(subject.question)


def nearness(subject: Subject) -> Nearness:
    """How far every photo is from the query; only where there is one."""
    queries = described(subject)
    if queries is None:
        raise EngineError("there is no query: choose a sample, or a photo of your own on Search")
    return _nearness(subject.key, subject.database.engine.thresholds, queries)


def chance_angles(database: Database) -> ChanceAngles:
    """EngineError below two photos."""
    return _chance_angles(database.key, database.engine.thresholds)


@st.cache_resource(max_entries=16, show_spinner="Comparing your crop with every region…")
def _nearness(key: tuple, _thresholds: Thresholds, _described: QueryDescriptors) -> Nearness:
    return _thresholds.nearness(_described)


@st.cache_resource(max_entries=4, show_spinner="Comparing random pairs…")
def _chance_angles(key: str, _thresholds: Thresholds) -> ChanceAngles:
    return _thresholds.chance_angles()


def fragment(view: Callable[[Subject], None]) -> Callable[[Subject], None]:
    """A view that a move of delta reruns alone: its errors are one line, and the address bar follows."""

    @functools.wraps(view)  # its name tells fragments apart
    def run(subject: Subject) -> None:
        try:
            view(subject)
            write_address(subject.database)
        except EngineError as error:
            show_error(error)

    return st.fragment(run)
