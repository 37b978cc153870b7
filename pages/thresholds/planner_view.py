"""The planner explained: which strategy answers at which delta, what that should cost, and what it did cost."""

import time
from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st

from lookalike_charts import BLUE, GREY, TEAL, VIOLET
from lsh_engine import QueryDescriptors, StrategyPoint, Thresholds

from ..common.charts import HEIGHT, chart_of, coloured, radians, rule_at, show_chart
from ..common.controls import PLAN_NAMES
from ..common.question import slider_end
from ..common.session import session
from ..common.text import count, duration, percent, plain
from ..common.widgets import choose_one
from .subject import Subject, delta_slider, described, fragment

Points = Sequence[StrategyPoint]
RECALL_TICKS = [0, 0.5, 0.7, 0.8, 0.9, 1]
SHOWN_AFTER = 0.3  # seconds: what takes less shows no progress
GRID = 0.1  # radians between the deltas that are asked
QUICK = 3_000_000  # comparisons of one scan: beyond, a button starts the measuring
COLOURS = {"tables": VIOLET, "multiprobe": TEAL, "sketch": BLUE, "exhaustive": GREY}
COSTS = {"time": "Time", "share": "Vectors looked at"}


@fragment
def planner_view(subject: Subject) -> None:
    st.markdown(
        "For every delta the planner predicts what each way of looking would cost, from the angles of random pairs, "
        "and takes **the cheapest that keeps the recall target**. Lines are its predictions; points are what happened."
    )
    delta = delta_slider(subject)
    queries = described(subject)
    recall = session().choice.recall_target
    _here(_points(subject.key, (delta,), recall, subject.database.engine.thresholds, queries), delta)
    comparisons = subject.database.engine.n_vectors * subject.n_scales
    if comparisons > QUICK and not _wanted(subject):
        return
    points = _measured(subject, recall, queries)
    _charts(points, delta, slider_end(subject.database))
    who = f"your query's {count(len(queries.vectors), 'vector')}" if queries else "four stored regions"
    st.caption(
        f"Measured with {who}, one batch, the quickest of three runs, on this machine. Predicted times are those of "
        "the machine that the planner was tuned on: compare strategies, not machines. The strip on top of both charts "
        "is what the planner takes."
    )


def _measured(subject: Subject, recall: float | None, queries: QueryDescriptors | None) -> Points:
    """Every strategy at every delta, one delta at a time: what was measured stays when the page is left."""
    deltas, place, start = _grid(slider_end(subject.database)), st.empty(), time.monotonic()
    points: list[StrategyPoint] = []
    for number, at in enumerate(deltas):
        if time.monotonic() - start > SHOWN_AFTER:
            place.progress(number / len(deltas), f"Asking every strategy at delta {at:.1f}, of {deltas[-1]:.1f} rad")
        points += _points(subject.key, (at,), recall, subject.database.engine.thresholds, queries)
    place.empty()
    return points


def _wanted(subject: Subject) -> bool:
    """A large database is scanned often: only on request."""
    st.session_state.setdefault("planner-wanted", set())
    if st.button("Measure every strategy at every delta", key="planner-measure", icon=":material/timer:"):
        st.session_state["planner-wanted"].add(subject.key)
    return subject.key in st.session_state["planner-wanted"]


def _grid(end: float) -> tuple[float, ...]:
    return tuple(round((i + 1) * GRID, 2) for i in range(int(end / GRID + 1e-9)))


def _here(points: Points, delta: float) -> None:
    """What "auto" does at this delta, and its rivals."""
    auto = next(point for point in points if point.strategy == "auto")
    st.success(
        f"At {delta:.2f} rad the planner takes **{PLAN_NAMES[auto.taken]}**: {plain(auto.reason, 200)}.",
        icon=":material/route:",
    )
    rows = [
        {
            "Strategy": ("→ " if point.strategy == auto.taken else "") + PLAN_NAMES[point.strategy],
            "Predicted time": duration(point.predicted_seconds),
            "Measured time": duration(point.seconds),
            "Predicted share": _share(point.predicted_share),
            "Measured share": _share(point.share),
            "Recall at delta": percent(point.edge_recall),
            "Expected recall": _recall(point.expected_recall),
            "Measured recall": _recall(point.recall),
        }
        for point in points
        if point.strategy != "auto"
    ]
    st.dataframe(rows, hide_index=True)
    st.caption(
        "Time: for one query vector. Share: of all vectors, looked at exactly. **Recall at delta** is the promise for "
        "a vector right at delta; **expected** and **measured** recall are of all vectors within it."
    )


def _share(share: float) -> str:
    return percent(share)


def _recall(recall: float | None) -> str:
    return "–" if recall is None else percent(recall)


def _charts(points: Points, delta: float, end: float) -> None:
    cost = choose_one("Cost", COSTS, "planner-cost")
    rivals = [_row(point) for point in points if point.strategy != "auto"]
    chosen = [_row(point) for point in points if point.strategy == "auto"]
    left, right = st.columns(2, gap="large")
    with left:
        if cost == "time":
            name, title, axis = "milliseconds", "Time a query vector, ms", alt.Axis(format="~g", tickCount=5)
        else:
            name, title, axis = "share", "Share of the vectors", alt.Axis(format="~%", tickCount=5)
        y = {"title": f"{title} (log scale)", "scale": alt.Scale(type="log"), "axis": axis}
        caption = "Left of where lines cross, hashing pays; right of it, looking at everything is cheaper."
        show_chart(
            _chart(rivals, chosen, name, y, delta, end), rivals, f"planner-{cost}", "Cost against delta", caption
        )
    with right:
        stretched = alt.Scale(type="pow", exponent=2.5, domain=[0, 1])
        y = {
            "title": "Recall (stretched scale)",
            "scale": stretched,
            "axis": alt.Axis(format="~%", values=RECALL_TICKS, labelOverlap=False),
        }
        caption = "Of the vectors within delta. Lines: what the formula expects for exactly these vectors."
        show_chart(
            _chart(rivals, chosen, "recall", y, delta, end), rivals, "planner-recall", "Recall against delta", caption
        )


def _row(point: StrategyPoint) -> dict[str, Any]:
    return {
        "angle": point.delta,
        "strategy": point.strategy,
        "taken": point.taken,
        "predicted_milliseconds": 1000 * point.predicted_seconds,
        "measured_milliseconds": 1000 * point.seconds,
        "predicted_share": max(point.predicted_share, 1e-6),
        "measured_share": max(point.share, 1e-6),
        "predicted_recall": point.expected_recall,
        "measured_recall": point.recall,
        "vectors_within": point.n_within,
    }


def _colour(field: str) -> alt.Color:
    return coloured(field, COLOURS, orient="bottom", columns=2, labelExpr=f"{PLAN_NAMES}[datum.label]")


def _chart(rivals: list[dict], chosen: list[dict], name: str, y: dict, delta: float, end: float) -> alt.LayerChart:
    base = chart_of(rivals).encode(
        x=radians("Delta, radians", end),
        color=_colour("strategy"),
        tooltip=[
            alt.Tooltip("strategy:N"),
            alt.Tooltip("angle:Q", title="delta, rad", format=".2f"),
            alt.Tooltip(f"predicted_{name}:Q", title=f"predicted {name}", format=".3g"),
            alt.Tooltip(f"measured_{name}:Q", title=f"measured {name}", format=".3g"),
            alt.Tooltip("vectors_within:Q", title="vectors within delta"),
        ],
    )
    lines = base.mark_line(clip=True, strokeWidth=2.5).encode(y=alt.Y(f"predicted_{name}:Q", **y))
    dots = base.mark_point(filled=True, clip=True, size=55, opacity=1).encode(y=f"measured_{name}:Q")
    return (lines + dots + _strip(chosen) + rule_at(delta, f"delta {delta:.2f}", end, row=1)).properties(
        height=HEIGHT + 60
    )


def _strip(rows: list[dict]) -> alt.Chart:
    """What the planner takes, delta by delta, along the upper edge."""
    cells = [row | {"left": row["angle"] - GRID / 2, "right": row["angle"] + GRID / 2} for row in rows]
    return (
        chart_of(cells)
        .mark_rect(opacity=1)
        .encode(
            x="left:Q",
            x2="right:Q",
            y=alt.value(-12),
            y2=alt.value(-3),
            color=_colour("taken"),
            tooltip=[alt.Tooltip("angle:Q", title="delta, rad"), alt.Tooltip("taken:N", title="the planner takes")],
        )
    )


@st.cache_resource(max_entries=512, show_spinner=False)
def _points(
    key: tuple,
    deltas: tuple[float, ...],
    recall: float | None,
    _thresholds: Thresholds,
    _described: QueryDescriptors | None,
) -> Points:
    return _thresholds.strategies(_described, deltas, recall)
