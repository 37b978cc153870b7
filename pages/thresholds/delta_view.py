"""The photos, or random pairs, just within delta and just beyond it, and how many chance alone would bring."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lsh_engine import ChanceAngles, Match

from ..common.catalog import Database
from ..common.drawing import card, pair_card
from ..common.question import slider_end
from ..common.text import count, one_line, percent
from ..common.widgets import figure
from .delta_line import draggable
from .false_alarms import alarms
from .subject import Subject, chance_angles, delta_slider, fragment, nearness

BAR = 0.02  # radians, width of a bar
CARDS, PAIRS = 6, 4
INSIDE, OUTSIDE = ":green[:material/check_circle:]", ":orange[:material/cancel:]"


@fragment
def delta_view(subject: Subject) -> None:
    left, right = st.columns(2, gap="large", vertical_alignment="center")
    with left:
        delta = delta_slider(subject)
    end = slider_end(subject.database)
    show = _pairs if subject.question is None else _photos
    show(subject, delta, end, right)
    alarms(subject, delta, end)


def _photos(subject: Subject, delta: float, end: float, numbers: DeltaGenerator) -> None:
    near = nearness(subject)
    n, total = near.n_within(delta), len(near.angles)
    with numbers, st.container(horizontal=True, gap="small"):
        figure("Photos within delta", f"{n:,}", f"{percent(n / total)} of {total:,}")
        figure("Nearest photo", f"{near.angles[0]:.2f} rad", "an exact angle")
    edges = np.arange(0, end + BAR, BAR)
    draggable(
        subject,
        edges,
        np.histogram(near.angles, edges)[0],
        lambda at: f"{near.n_within(at):,} of {count(total, 'photo')}",
        delta,
        end,
        ("How far the photos lie", "Angle to your crop, radians", "Photos"),
        "**Drag the orange line**, or click. All left of it is the answer, by exact angles: what hashing misses of it, "
        "Search shows. Each photo counts once, at its nearest region and query scale.",
    )
    thresholds = subject.database.engine.thresholds
    left, right = st.columns(2, gap="large")
    with left, st.container(key="farthest-answers"):
        st.markdown(f"{INSIDE} **Farthest of {count(n, 'answer')}**", help="A smaller delta would lose these first.")
        if not n:
            st.info(f"No photo within delta: the nearest is at {near.angles[0]:.2f} rad.", icon=":material/search_off:")
        _cards([thresholds.match(near, rank) for rank in range(max(0, n - CARDS), n)], False, subject.database)
    with right, st.container(key="nearest-others"):
        st.markdown(f"{OUTSIDE} **Nearest non-answers**", help="A larger delta would let these in first.")
        if n == total:
            st.info("Every photo is within delta.", icon=":material/select_all:")
        _cards([thresholds.match(near, rank) for rank in range(n, min(n + CARDS, total))], True, subject.database)


def _cards(matches: Sequence[Match], outside: bool, database: Database) -> None:
    with st.grid(3, min_column_width=105, gap="small"):
        for match in matches:
            with st.container(gap="xxsmall"):
                picture = card(database.key, match.image_id, match.box, match.scale, outside, database.engine)
                st.image(picture, width="stretch", alt=f"{one_line(match.path, 80)} at {match.angle:.3f} rad")
                st.caption(f"{match.angle:.3f} rad")


def _pairs(subject: Subject, delta: float, end: float, numbers: DeltaGenerator) -> None:
    chance = chance_angles(subject.database)
    with numbers, st.container(horizontal=True, gap="small"):
        share = float(chance.share_within(delta))
        figure("Pairs within delta", _share(share), f"of {chance.n_pairs:,}")
        figure("Nearest pair", f"{chance.angles[0]:.2f} rad", f"the median: {chance.bulk.mean:.2f} rad")
    edges = np.arange(0, end + BAR, BAR)
    draggable(
        subject,
        edges,
        np.diff(np.round(chance.n_within(edges))),
        lambda at: f"{_share(float(chance.share_within(at)))} of the pairs",
        delta,
        end,
        ("How far random pairs lie", "Angle between two regions, radians", "Pairs (log scale)"),
        "**Drag the orange line**, or click. Random pairs of regions, never of one photo: what chance alone brings "
        f"near. {chance.n_pairs:,} pairs were compared.",
    )
    n = int(np.searchsorted(chance.angles, np.float32(delta), side="right"))
    left, right = st.columns(2, gap="large")
    with left, st.container(key="farthest-answers"):
        st.markdown(f"{INSIDE} **Pairs just within delta**", help="Two regions of two photos, side by side.")
        if not n:
            text = f"No pair within delta: the nearest is at {chance.angles[0]:.2f} rad."
            st.info(text, icon=":material/search_off:")
        _pair_cards(subject.database, chance, range(max(0, n - PAIRS), n))
    with right, st.container(key="nearest-others"):
        st.markdown(f"{OUTSIDE} **Pairs just beyond it**", help="Would you call these alike? Then delta is too small.")
        _pair_cards(subject.database, chance, range(n, min(n + PAIRS, len(chance.angles))))


def _pair_cards(database: Database, chance: ChanceAngles, ranks: range) -> None:
    with st.grid(2, min_column_width=140, gap="small"):
        for rank in ranks:
            pair = database.engine.thresholds.pair(chance, rank)
            with st.container(gap="xxsmall"):
                picture = pair_card(database.key, pair, database.engine)
                st.image(picture, width="stretch", alt=" and ".join(one_line(one.path, 60) for one in pair))
                st.caption(f"{pair[0].angle:.3f} rad")


def _share(share: float) -> str:
    return percent(share) if share >= 1e-3 else f"1 in {1 / share:,.0f}" if share > 1e-12 else "none"
