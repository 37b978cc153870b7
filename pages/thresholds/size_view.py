"""Source A's two figures for the current crop: the angle against its size, and against the share of photo it fills."""

from typing import Any

import altair as alt
import streamlit as st

from lookalike_charts import GREY, ORANGE, TEAL, VIOLET
from lsh_engine import PastedCrop

from ..common.charts import HEIGHT, chart_of, coloured, show_chart
from ..common.measuring import Measuring, watch
from ..common.photos import pixels
from ..common.question import Question
from ..common.text import plain
from .subject import Subject, delta_slider, fragment, nearness

WANTED = "size-wanted"


@fragment
def size_view(subject: Subject) -> None:
    st.markdown(
        "Your crop is pasted on photos that do not show it, large and small. How far does it move away when it is "
        "**shown at another size**, or **fills less of the photo**?"
    )
    if subject.question is None:
        st.info(
            "This needs a crop: choose “This query”, try a sample above, or bring a photo on Search.",
            icon=":material/crop:",
        )
        return
    delta = delta_slider(subject)
    wanted = st.session_state.setdefault(WANTED, set())
    if _of(subject) not in wanted and not _shelf(_of(subject)):
        st.button(
            "Paste and measure",
            key="size-measure",
            type="primary",
            icon=":material/content_paste:",
            on_click=lambda: wanted.add(_of(subject)),
        )
        st.caption("The network describes some 30 pictures: about five seconds on two cores.")
        return
    pasted = _pasted(subject, subject.question)
    if pasted is None:
        return
    rows = [_row(crop) for crop in pasted]
    left, right = st.columns(2, gap="large")
    with left:
        help = "Size of the thing in the photo over its size in your query at ×1."
        caption = (
            "Asked at ×1 alone, the angle grows on both sides of 1. Query scales hold it down as far as they reach."
        )
        show_chart(
            _figure(rows, "scale_ratio", BY_SIZE, delta), rows, "scale-ratio", "Angle against size", caption, help
        )
    with right:
        help = "Area of the thing over the area of the photo."
        caption = (
            "Asked at the thing's own size. One vector for a photo soon loses it; regions of several sizes hold on."
        )
        show_chart(
            _figure(rows, "cover", BY_COVER, delta), rows, "cover-rate", "Angle against cover rate", caption, help
        )
    names = ", ".join(dict.fromkeys(plain(row["background"], 40) for row in rows))
    st.caption(
        "Points: one background each; lines: their mean. **Background alone** is how near the nearest background came "
        "without the crop: a delta above it finds more than your thing. A pasted crop is an easy copy of itself; real "
        f"photos of the thing lie farther. Backgrounds: {names}."
    )


def _pasted(subject: Subject, question: Question) -> list[PastedCrop] | None:
    """Measured once for a crop and its scales; None while it goes on. EngineError where it cannot be measured."""
    shelf = _shelf(_of(subject))
    if not shelf:
        near, crop, picture = nearness(subject), question.crop, pixels(question.query)
        engine = subject.database.engine
        shelf.append(
            Measuring(
                lambda progress: engine.thresholds.pasted_crops(
                    picture, crop.box, crop.scales, near, engine.photo, progress
                )
            )
        )
    if not watch(shelf[0], "Describing picture"):
        return None
    measured = shelf[0]
    if measured.problem:
        shelf.clear()  # the next press tries again
        st.session_state[WANTED].discard(_of(subject))
        raise measured.problem
    return measured.result


def _of(subject: Subject) -> tuple:
    """What the result depends on: neither further rectangles nor marked matches."""
    crop = subject.question.crop if subject.question else None
    return subject.database.key, crop and (crop.sha, crop.box, crop.scales)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shelf(key: tuple) -> list[Measuring]:
    """Where the one measurement of a key is kept, for all visitors."""
    return []


def _row(crop: PastedCrop) -> dict[str, Any]:
    return {
        "background": crop.background,
        "cover": crop.cover,
        "scale_ratio": round(crop.scale_ratio, 4),
        "query_at_1": round(crop.as_is, 4),
        "query_scales": round(crop.scaled, 4),
        "regions": round(crop.matched, 4),
        "whole_photo": round(crop.whole, 4),
        "background_alone": round(crop.without, 4),
    }


BY_SIZE = {"query_at_1": ("query at ×1 only", VIOLET), "query_scales": ("your query scales", TEAL)}
BY_COVER = {"whole_photo": ("whole photo, one vector", VIOLET), "regions": ("nearest region", TEAL)}


def _figure(rows: list[dict], along: str, lines: dict, delta: float) -> alt.LayerChart:
    data = [
        {"background": row["background"], along: row[along], "query": title, "angle": row[name]}
        for row in rows
        for name, (title, _) in lines.items()
    ]
    if along == "cover":
        scale, axis = (
            alt.Scale(type="log", domain=[0.02, 1.15]),
            alt.Axis(format="~%", values=[0.025, 0.05, 0.1, 0.25, 0.5, 1]),
        )
        title = "Share of the photo that the thing covers (log scale)"
    else:
        ticks = [0.125, 0.25, 0.5, 1, 2, 4, 8]
        scale, axis = alt.Scale(type="log", nice=False, padding=8), alt.Axis(format="~g", values=ticks)
        title = "Size in the photo / size in the query (log scale)"
    base = chart_of(data).encode(
        x=alt.X(f"{along}:Q", title=title, scale=scale, axis=axis),
        color=coloured("query", dict(lines.values()), labelLimit=240),
    )
    top = max(1.6, max(point["angle"] for point in data) + 0.05)
    y = alt.Y("mean(angle):Q", title="Angle to the crop, radians", scale=alt.Scale(domain=[0, top]))
    means = base.mark_line(strokeWidth=2.5).encode(y=y)
    dots = base.mark_point(filled=True, size=40, opacity=0.55).encode(
        y="angle:Q",
        tooltip=[
            alt.Tooltip("background:N"),
            alt.Tooltip(f"{along}:Q", title=along.replace("_", " "), format=".3g"),
            alt.Tooltip("angle:Q", title="angle, rad", format=".2f"),
        ],
    )
    without = min(row["background_alone"] for row in rows)
    marks = [{"at": delta, "name": f"delta {delta:.2f}"}, {"at": without, "name": "background alone"}]
    colour = alt.condition("datum.name == 'background alone'", alt.value(GREY), alt.value(ORANGE))
    level = chart_of(marks).encode(y="at:Q", color=colour)
    rules = level.mark_rule(strokeDash=[6, 4], size=2)
    return (means + dots + rules + _names(marks, top)).properties(height=HEIGHT)


def _names(marks: list[dict], top: float) -> alt.LayerChart:
    """What the levels are called: right of the chart, clear of its points, and of each other where they lie close."""
    upper, lower = sorted(marks, key=lambda mark: mark["at"], reverse=True)
    apart = 13 if upper["at"] - lower["at"] < 0.15 * top else 0
    above, below = (
        chart_of([{"at": mark["at"], "says": mark["name"].split(" ")}])
        .mark_text(align="left", baseline="middle", x="width", dx=5, dy=dy, fontWeight=600)
        .encode(y="at:Q", text="says:N")
        for mark, dy in ((upper, -apart), (lower, apart))
    )
    return above + below
