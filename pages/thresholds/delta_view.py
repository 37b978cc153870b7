"""The photos, or random pairs, just within delta and just beyond it, and how many chance alone would bring."""

from functools import partial

import numpy as np
import streamlit as st

from ..common.question import slider_end
from ..common.text import count, percent
from ..common.widgets import figure
from .delta_line import Ranked, draggable
from .false_alarms import alarms
from .line_pictures import pair_card, photo_card
from .subject import Subject, chance_angles, delta_slider, fragment, nearness

BAR = 0.02  # radians, width of a bar
CARDS, PAIRS = 6, 4


@fragment
def delta_view(subject: Subject) -> None:
    left, right = st.columns([3, 1], gap="large", vertical_alignment="center")
    with left:
        delta = delta_slider(subject)
    end = slider_end(subject.database)
    with right:
        _nearest(subject)
    show = _pairs if subject.question is None else _photos
    show(subject, delta, end)
    alarms(subject, delta, end)


def _nearest(subject: Subject) -> None:
    if subject.question is None:
        chance = chance_angles(subject.database)
        figure("Nearest pair", f"{chance.angles[0]:.2f} rad", f"the median: {chance.bulk.mean:.2f} rad")
    else:
        figure("Nearest photo", f"{nearness(subject).angles[0]:.2f} rad", "an exact angle")


def _photos(subject: Subject, delta: float, end: float) -> None:
    near, edges = nearness(subject), np.arange(0, end + BAR, BAR)
    total = len(near.angles)
    draggable(
        Ranked(
            edges,
            np.histogram(near.angles, edges)[0],
            lambda at: f"{near.n_within(at):,} of {count(total, 'photo')}",
            near.n_within,
            partial(photo_card, subject.database, near),
            total,
            CARDS,
            104,
        ),
        delta,
        end,
        ("How far the photos lie", "Angle to your crop, radians", "Photos"),
        ("Farthest answers", "Nearest non-answers"),
        (f"No photo within delta: the nearest is at {near.angles[0]:.2f} rad.", "Every photo is within delta."),
        "**Drag the orange line**, or click. All left of it is the answer, by exact angles: what hashing misses of it, "
        "Search shows. Each photo counts once, at its nearest region and query scale.",
    )


def _pairs(subject: Subject, delta: float, end: float) -> None:
    chance, edges = chance_angles(subject.database), np.arange(0, end + BAR, BAR)
    total = len(chance.angles)
    draggable(
        Ranked(
            edges,
            np.diff(np.round(chance.n_within(edges))),
            lambda at: f"{_share(float(chance.share_within(at)))} of the pairs",
            lambda at: int(np.searchsorted(chance.angles, np.float32(at), side="right")),
            partial(pair_card, subject.database, chance),
            total,
            PAIRS,
            150,
        ),
        delta,
        end,
        ("How far random pairs lie", "Angle between two regions, radians", "Pairs (log scale)"),
        ("Pairs just within delta", "Pairs just beyond it"),
        (f"No pair within delta: the nearest is at {chance.angles[0]:.2f} rad.", "No pair lies farther."),
        "**Drag the orange line**, or click. Random pairs of regions, never of one photo: what chance alone brings "
        f"near. {chance.n_pairs:,} pairs were compared. Would you call those just beyond the line alike? Then delta is "
        "too small.",
        log=True,
    )


def _share(share: float) -> str:
    return percent(share) if share >= 1e-3 else f"1 in {1 / share:,.0f}" if share > 1e-12 else "none"
