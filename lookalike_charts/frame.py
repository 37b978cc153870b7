"""What all charts share: palette, axes, series, and the way to a picture file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

Rows = Sequence[dict[str, Any]]
Panel = alt.Chart | alt.LayerChart

# 3 to 1 or more against both a light and a dark page
TEAL, VIOLET, ORANGE, BLUE, PINK, GREY = "#0E9488", "#8565D6", "#C96A12", "#3B82C4", "#C0578F", "#7B8B89"
SERIES = (VIOLET, ORANGE, TEAL, BLUE, PINK, "#A68A00", GREY, "#4F7A28", "#A8443E", "#5F6FA8")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
DASHES = ([1, 0], [1, 0], [7, 5], [2, 3])  # the planner often takes the exhaustive scan: two lines in one place
INK = {False: ("white", "#1F2430", "#E3E5EA"), True: ("#0E1117", "#E6E8EE", "#333845")}  # page, text, grid lines
WIDTH, HEIGHT = 420, 290  # pixels of one panel in a file
TENTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]  # Vega would label steps of 0.05 in tenths


@dataclass(frozen=True)
class Drawing:
    """One chart. panels: side by side in a file, in columns on a page. rows: the table it is drawn from."""

    title: str
    notes: Sequence[str]
    panels: Sequence[Panel]
    rows: Rows


def for_file(drawing: Drawing, dark: bool = False) -> alt.HConcatChart:
    """All panels under their title, three a line at most, with the background and ink of a light or dark page."""
    page, ink, grid = INK[dark]
    title = alt.TitleParams(drawing.title, subtitle=list(drawing.notes), anchor="start", offset=14)
    chart = alt.concat(*drawing.panels, columns=3, title=title, background=page, padding=16, spacing=36)
    text: dict[str, Any] = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 12}
    return chart.configure(
        font="DejaVu Sans, Helvetica, Arial, sans-serif",
        axis=alt.AxisConfig(gridColor=grid, domainColor=ink, tickColor=ink, titleFontWeight="normal", **text),
        legend=alt.LegendConfig(symbolSize=110, symbolOpacity=1, labelLimit=260, **text),
        title=alt.TitleConfig(color=ink, subtitleColor=ink, anchor="start"),
        text=alt.MarkConfig(color=ink),
        view=alt.ViewConfig(stroke=grid),
    )


def picture(drawing: Drawing, suffix: str, dark: bool = False) -> bytes:
    """The chart as ".png", twice the size for sharp print, or ".svg"."""
    import vl_convert

    chart = for_file(drawing, dark).to_dict()
    return (
        vl_convert.vegalite_to_png(chart, scale=2) if suffix == ".png" else vl_convert.vegalite_to_svg(chart).encode()
    )


def chart_of(rows: Rows, title: str = "") -> alt.Chart:
    """An empty panel over these rows."""
    chart = alt.Chart(alt.Data(values=list(rows)), width=WIDTH, height=HEIGHT)
    return chart.properties(title=title) if title else chart


def share(title: str) -> dict[str, Any]:
    """Options of an axis from 0 to 1."""
    return {"title": title, "scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".1f", values=TENTHS)}


def log(title: str, **axis: Any) -> dict[str, Any]:
    """Options of a logarithmic axis, with room around the outer points."""
    return {"title": title, "scale": alt.Scale(type="log", nice=False, padding=16), "axis": alt.Axis(**axis)}


def series(field: str, names: Sequence[str], title: str, dashed: bool = False) -> dict[str, Any]:
    """Colour and shape of a series, and dashes for lines, so that none alone has to tell it."""
    legend = alt.Legend(title=title, orient="bottom", columns=2)
    found: dict[str, Any] = {
        "color": alt.Color(f"{field}:N", legend=legend, scale=_scale(names, SERIES)),
        "shape": alt.Shape(f"{field}:N", legend=legend, scale=_scale(names, SHAPES)),
    }
    if dashed:
        found["strokeDash"] = alt.StrokeDash(f"{field}:N", legend=None, scale=_scale(names, DASHES))
    return found


def _scale(names: Sequence[str], values: Sequence[Any]) -> alt.Scale:
    return alt.Scale(domain=list(names), range=[values[i % len(values)] for i in range(len(names))])


def lines(rows: Rows, x: alt.X, y: alt.Y, look: dict[str, Any], title: str = "") -> alt.LayerChart:
    """Lines with a point at every row."""
    base = chart_of(rows, title).encode(x=x, y=y)
    dashed = {name: value for name, value in look.items() if name != "shape"}
    shaped = {name: look[name] for name in ("color", "shape")}
    return base.mark_line(strokeWidth=2.5).encode(**dashed) + base.mark_point(filled=True, size=70, opacity=1).encode(
        **shaped
    )


def names_of(rows: Rows, field: str) -> list[str]:
    """The values of a column, each once, in the order of the rows."""
    return list(dict.fromkeys(row[field] for row in rows))
