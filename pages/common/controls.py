"""The controls beside the photo: query scales, delta, plan, recall target.

Every widget shows what the session holds (`seed`) and hands its value back in `on_change`: that is the one form that
keeps a value across pages.
"""

import math

import streamlit as st

from lsh_engine import SCALES

from .catalog import Database, facts
from .question import delta_of, slider_end
from .session import session
from .text import one_line, percent, scale_name
from .widgets import seed

ALL_SCALES = SCALES["thorough"]
PLAN_NAMES = {
    "auto": "Automatic",
    "tables": "Hash tables",
    "multiprobe": "Multiprobe",
    "sketch": "Sketch scan",
    "exhaustive": "Exhaustive",
}
RECALLS = (0.8, 0.9, 0.95, 0.97, 0.99, 0.999)


def scale_pills() -> None:
    me = session()
    seed("_scales", [scale for scale in ALL_SCALES if near(scale, me.choice.scales)])
    st.pills(
        "Query scales",
        ALL_SCALES,
        selection_mode="multi",
        format_func=scale_name,
        key="_scales",
        on_change=_keep_scales,
        help="The crop is resized by each factor before it is described, so that the thing is found nearer and "
        "farther away. Each scale costs one pass of the network.",
    )


def _keep_scales() -> None:
    """An empty choice becomes the original size: a search needs one scale at least."""
    picked = set(st.session_state["_scales"])
    me = session()
    me.choose(scales=tuple(scale for scale in ALL_SCALES if scale in picked) or (1.0,))
    if me.searched is not None:
        me.search()


def near(scale: float, chosen: tuple[float, ...]) -> bool:
    return any(abs(scale - other) < 1e-3 for other in chosen)


def delta_controls(database: Database) -> None:
    """The threshold: the database's presets, the slider, and what the angle means."""
    delta = delta_of(session().choice, database)
    presets = {float(angle): meaning for meaning, angle in facts(database)["presets"].items()}
    presets = {angle: presets[angle] for angle in sorted(presets) if angle <= slider_end(database)}
    if presets:
        _preset_pills(presets, delta)
    seed("_delta", delta)
    st.slider(
        "Distance threshold delta (radians)",
        0.0,
        slider_end(database),
        step=0.01,
        key="_delta",
        on_change=lambda: session().choose(delta=st.session_state["_delta"]),
        help="A photo is found when the angle between its vector and your crop's is at most delta. 0 means identical; "
        "about 1.57 (a right angle) means unrelated. Larger finds more, and more that is wrong.",
    )
    st.caption(f"{delta:.2f} rad = {math.degrees(delta):.0f}°, a cosine of {math.cos(delta):.2f} or more")


def _preset_pills(presets: dict[float, str], delta: float) -> None:
    seed("_preset", next((angle for angle in presets if abs(angle - delta) < 0.005), None))
    st.pills(
        "How alike? The same …",
        list(presets),
        format_func=lambda angle: f"{one_line(presets[angle], 40).removeprefix('same ')} · {angle:.2f}",
        key="_preset",
        on_change=_keep_preset,
        help="Thresholds measured for this database.",
    )


def _keep_preset() -> None:
    picked = st.session_state["_preset"]
    if picked is not None:
        session().choose(delta=round(picked, 2))


def recall_control(database: Database) -> None:
    """The recall that the automatic plan must reach."""
    me = session()
    own = facts(database).get("lsh", {}).get("recall_target") or 0.97
    options = tuple(sorted({*RECALLS, round(own, 4), me.choice.recall_target or own}))
    seed("_recall", me.choice.recall_target or round(own, 4))
    st.select_slider(
        "Recall target",
        options,
        format_func=percent,
        key="_recall",
        on_change=lambda: _keep_recall(own),
        help="Of the vectors right at delta, the share the automatic plan must be expected to find. Higher is more "
        "thorough and slower. Hash tables and exhaustive have no such target.",
    )


def _keep_recall(own: float) -> None:
    picked = st.session_state["_recall"]
    session().choose(recall_target=None if abs(picked - own) < 1e-6 else picked)
