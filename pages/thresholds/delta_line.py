"""A histogram whose line is delta, and can be dragged.

The line is a point selection of Vega-Lite that follows the pressed pointer: line, colours and count move in the browser
at once, and the rest of the page when the pointer is let go. No component of our own is needed.
"""

from collections.abc import Callable
from typing import Literal

import altair as alt
import numpy as np
import streamlit as st

from lookalike_charts import GREY, ORANGE, TEAL

from ..common.charts import HEIGHT, chart_of, radians, show_chart
from ..common.session import session
from .subject import Subject

LINE = "thresholds-line"
STEP = 0.01  # radians between places of the line
DECADES = [10**power for power in range(9)]
WITHIN = "datum.to_rad <= delta.angle[0] + 0.005"  # a bar that the selection named "delta" takes in
FOLLOW = "pointerdown, [pointerdown, window:pointerup] > pointermove"


def draggable(
    subject: Subject,
    edges: np.ndarray,
    counts: np.ndarray,
    label: Callable[[float], str],
    delta: float,
    end: float,
    titles: tuple[str, str, str],
    caption: str,
) -> None:
    """edges: of the bars, radians. counts: of each bar. label: angle -> what the line says there. titles: of the chart,
    of x and of y.

    The chart is mounted afresh when delta was moved elsewhere, and only then: one that changes under the pointer would
    let go of the line.
    """
    line = st.session_state.setdefault(LINE, {"at": None, "from": delta, "version": 0, "of": None})
    if line["at"] != delta or line["of"] != subject.key:
        line |= {"at": delta, "from": delta, "version": line["version"] + 1, "of": subject.key}
    key = f"line-{line['version']}"
    rows = [
        {"from_rad": round(float(left), 4), "to_rad": round(float(right), 4), "count": int(n)}
        for left, right, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    places, histogram = _places(end, label), _histogram(rows, end, titles[1:], subject.question is None)

    def chart_at(place: float) -> alt.LayerChart:
        return alt.LayerChart(layer=[histogram, *_line(places, place, end)]).properties(height=HEIGHT)

    with st.container(key="delta-line"):
        show_chart(
            chart_at(line["from"]),
            rows,
            "angles",
            titles[0],
            caption,
            saved=lambda: chart_at(delta),
            key=key,
            on_select=lambda: _take(key),
            selection_mode="delta",
        )


def _take(key: str) -> None:
    """The line was let go: its place is the new delta."""
    chosen = (st.session_state.get(key) or {}).get("selection", {}).get("delta") or []
    angle = chosen[0].get("angle") if chosen else None
    if isinstance(angle, int | float):
        angle = round(float(angle), 2)
        session().choose(delta=angle)
        st.session_state[LINE]["at"] = angle


def _places(end: float, label: Callable[[float], str]) -> list[dict]:
    """Where the line can stand, and what it says there."""
    angles = [round(i * STEP, 2) for i in range(round(end / STEP) + 1)]
    return [{"angle": angle, "label": f"{angle:.2f} rad · {label(angle)}"} for angle in angles]


def _histogram(rows: list[dict], end: float, titles: tuple[str, str], log: bool) -> alt.Chart:
    x, y = titles
    numbers = alt.Scale(type="symlog") if log else alt.Scale()
    ticks = alt.Axis(values=DECADES, format=",d") if log else alt.Axis()
    return (
        chart_of(rows)
        .mark_rect(clip=True)
        .encode(
            x=radians(x, end, "from_rad"),
            x2="to_rad:Q",
            y=alt.Y("count:Q", title=y, scale=numbers, axis=ticks),
            y2=alt.datum(0),
            color=alt.condition(WITHIN, alt.value(TEAL), alt.value(GREY)),
            opacity=alt.condition(WITHIN, alt.value(1.0), alt.value(0.45)),
            tooltip=[
                alt.Tooltip("from_rad:Q", title="from, rad", format=".2f"),
                alt.Tooltip("to_rad:Q", title="to, rad", format=".2f"),
                alt.Tooltip("count:Q", title="count", format=",.0f"),
            ],
        )
    )


def _line(places: list[dict], place: float, end: float) -> list[alt.Chart]:
    drag = alt.selection_point(
        name="delta", encodings=["x"], nearest=True, toggle=False, clear=False, on=FOLLOW, value=[{"angle": place}]
    )
    every = chart_of(places).encode(x="angle:Q")
    one = every.transform_filter(drag)
    places_to_grab = every.mark_rule(opacity=0, size=8).encode(tooltip=alt.value(None)).add_params(drag)
    rule = one.mark_rule(color=ORANGE, size=3)
    grip = one.mark_point(color=ORANGE, filled=True, size=280, opacity=1, y="height", yOffset=-9)
    middle = 0.55 * end
    return [
        places_to_grab,
        rule,
        grip,
        _label(one.transform_filter(f"datum.angle <= {middle}"), "left", 9),
        _label(one.transform_filter(f"datum.angle > {middle}"), "right", -9),
    ]


def _label(place: alt.Chart, align: Literal["left", "right"], dx: int) -> alt.Chart:
    """What the line says, on the side where there is room."""
    text = place.mark_text(color=ORANGE, align=align, dx=dx, dy=10, y=0, fontSize=14, fontWeight=700)
    return text.encode(text="label:N")
