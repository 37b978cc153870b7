"""What all charts of experiments share: page and ink in light and dark, axes, series, and the way to a picture."""

from collections.abc import Sequence

from .benchmark_chart import SCHEMA, SHAPES
from .records import EvaluationRecord

WIDTH, HEIGHT = 420, 280  # pixels of one panel
FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"
INK = {False: ("white", "#1F2430", "#E3E5EA"), True: ("#0E1117", "#E6E8EE", "#333845")}  # page, text, grid lines
# As on the pages: violet for exhaustive, which comes first, then orange for fixed tables, teal for the planner's LSH
COLOURS = {False: ("#6D4AC4", "#B45309", "#0F766E", "#2563A8"), True: ("#9F86E8", "#E08E3C", "#2BB5A6", "#6AA9E9")}
REFERENCE = "#8A8F99"
TENTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]  # Vega would label steps of 0.05 in tenths

Rows = Sequence[dict]


def picture(spec: dict, suffix: str) -> bytes:
    """The chart as ".png", twice the size for sharp print, or ".svg"."""
    import vl_convert

    return vl_convert.vegalite_to_png(spec, scale=2) if suffix == ".png" else vl_convert.vegalite_to_svg(spec).encode()


def framed(spec: dict, dark: bool) -> dict:
    page, ink, grid = INK[dark]
    axis = {"labelColor": ink, "titleColor": ink, "gridColor": grid, "domainColor": ink, "tickColor": ink}
    fonts = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "$schema": SCHEMA,
        "background": page,
        "padding": 16,
        **spec,
        "config": {
            "font": FONT,
            "axis": axis | fonts,
            "legend": {"labelColor": ink, "titleColor": ink, "symbolSize": 110, "symbolOpacity": 1, "labelLimit": 260}
            | fonts,
            "title": {"color": ink, "subtitleColor": ink, "anchor": "start", "fontSize": 14, "subtitleFontSize": 11},
            "view": {"stroke": grid},
            "mark": {"color": COLOURS[dark][2]},  # of what is no series
            "range": {"category": list(COLOURS[dark])},
            "header": {"labelColor": ink, "titleColor": ink},
            "text": {"color": ink},
        },
    }


def told(record: EvaluationRecord) -> str:
    ran = record.ran_on
    return f"{ran['database']}: {ran['photos']:,} photos, {ran['backbone']}, {ran['asked_among']}"


def number(field: str, title: str, **more) -> dict:
    scale = {"scale": more.pop("scale")} if "scale" in more else {}
    return {"field": field, "type": "quantitative", "title": title, **scale, **({"axis": more} if more else {})}


def share_axis(field: str, title: str) -> dict:
    return number(field, title, scale={"domain": [0, 1]}, format=".1f", values=TENTHS)


def series_of(rows: Rows, field: str, title: str) -> dict:
    """Colour and shape of a series, so that neither alone has to tell it."""
    names = list(dict.fromkeys(row[field] for row in rows))
    legend = {"title": title, "orient": "bottom", "columns": 3}
    one = {"field": field, "type": "nominal", "sort": names, "legend": legend}
    dashes = [[1, 0], [1, 0], [7, 5], [2, 3]]  # the planner often takes the exhaustive scan: two lines in one place
    return {
        "color": one | {"scale": {"domain": names}},
        "shape": one | {"scale": {"domain": names, "range": list(SHAPES[: len(names)])}},
        "strokeDash": one | {"scale": {"domain": names, "range": dashes[: len(names)]}, "legend": None},
    }


def lines(values: Rows, x: dict, y: dict, series: dict, title: str, below: Sequence[dict] = ()) -> dict:
    place = {"x": x, "y": y}
    dashed = {name: series[name] for name in ("color", "strokeDash")}
    shaped = {name: series[name] for name in ("color", "shape")}
    line = {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": place | dashed}
    point = {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": place | shaped}
    return {
        "title": title,
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(values)},
        "layer": [*below, line, point],
    }
