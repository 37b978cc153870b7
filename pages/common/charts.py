"""Charts with their numbers: every chart can be taken along as PNG, SVG and, as rows, CSV."""

import io
from collections.abc import Callable, Sequence
from typing import Any, Literal

import altair as alt
import streamlit as st

from lookalike_charts import ORANGE
from lsh_engine import csv_text

from .downloads import download
from .style import shades

SAVED_WIDTH = 720  # pixels of a chart in a file; a PNG has twice as many
HEIGHT = 340  # pixels, axes and legend included
Drawing = alt.Chart | alt.LayerChart


def show_chart(
    chart: Drawing, rows: Sequence[dict], name: str, title: str, caption: str = "", help: str | None = None
) -> None:
    """Draw a chart as wide as its column, its title and its downloads above, what it says below.

    rows: the chart's numbers, one dict a row, all with the same keys. name: of the files and of the widgets. title,
    caption: Markdown.
    """
    with st.container(gap="xsmall"):
        chart_head(rows, name, title, lambda: chart, help)
        st.altair_chart(readable(chart), width="stretch", key=f"chart-{name}")
        if caption:
            st.caption(caption)


def chart_head(
    rows: Sequence[dict], name: str, title: str, saved: Callable[[], Drawing], help: str | None = None
) -> None:
    """The title of a chart and its downloads. saved: makes the chart for the files, once one is asked for."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{title}**", help=help, width="content")  # Streamlit's own toolbar appears on the right
        with st.popover("Save", icon=":material/download:", key=f"save-{name}", type="tertiary", width="content"):
            file = f"lookalike-{name}"
            download("png", file, lambda: as_picture(saved(), "png"), f"{name}-png", wide=True)
            download("svg", file, lambda: as_picture(saved(), "svg"), f"{name}-svg", wide=True)
            download("csv", file, lambda: csv_text(rows), f"{name}-csv", wide=True)


def as_picture(chart: Drawing, kind: Literal["png", "svg"]) -> bytes:
    """On white, whatever the page looks like."""
    fixed = chart.properties(width=SAVED_WIDTH, height=HEIGHT, background="white", padding=16)
    if kind == "svg":
        text = io.StringIO()
        fixed.save(text, format="svg")
        return text.getvalue().encode()
    picture = io.BytesIO()
    fixed.save(picture, format="png", scale_factor=2)
    return picture.getvalue()


def readable(chart: Drawing) -> Drawing:
    """The chart as a page shows it, its text in a shade that stands out from the page by 4.5 to 1 and more."""
    ink = shades()[0]
    axes = chart.configure_axis(labelColor=ink, titleColor=ink)
    return axes.configure_legend(labelColor=ink, titleColor=ink).configure_text(color=ink)


def chart_of(rows: Sequence[dict]) -> alt.Chart:
    """An empty chart over these rows."""
    return alt.Chart(alt.Data(values=list(rows)))


def radians(title: str, end: float, field: str = "angle") -> alt.X:
    """The axis of angles, the same on every chart of a page, so that delta stands in one place."""
    return alt.X(f"{field}:Q", title=title, scale=alt.Scale(domain=[0, end], nice=False), axis=alt.Axis(tickCount=8))


def coloured(field: str, colours: dict[str, str], **legend: Any) -> alt.Color:
    """A colour for each name, and a legend above the chart."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", title=None, scale=scale, legend=alt.Legend(**{"orient": "top"} | legend))


def rule_at(angle: float, text: str, end: float, colour: str = ORANGE, row: int = 0) -> alt.LayerChart:
    """A line across the chart with its name above it, clear of what is drawn; on the left where the right has no room.

    end: of the axis. row: how many lines of text higher the name stands.
    """
    base = chart_of([{"angle": angle, "name": text}]).encode(x="angle:Q")
    rule = base.mark_rule(color=colour, size=2, strokeDash=[6, 4])
    align: Literal["left", "right"] = "right" if angle > 0.8 * end else "left"
    return rule + base.mark_text(align=align, y=0, dy=-7 - 15 * row, fontWeight=600).encode(text="name:N")
