"""A benchmark as a picture: recall against time, and time against the number of vectors.

The chart is plain Vega-Lite, which a page can show as it is; writing a file needs vl-convert.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from ..core.errors import EngineError
from .benchmark_text import Benchmark
from .growth import Growth
from .peer import RECALL_TARGET
from .rows import BenchmarkRow

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
# Okabe and Ito's colours, told apart by colour-blind eyes, and two more; shapes tell them apart without colour
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#5B3A8E", "#000000", "#8C6D1F")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
WIDTH, HEIGHT = 420, 300  # pixels of one panel
LABEL_GAP = 13  # pixels between two labels at the ends of lines
STRETCH = 6  # power of the recall axis: what matters lies between 0.9 and 1
RECALL_TICKS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 1.0)
SUFFIXES = (".png", ".svg")


def check_plot_file(path: Path) -> None:
    """EngineError unless a picture can be written there: said before the work, not after."""
    if path.suffix.lower() not in SUFFIXES:
        raise EngineError(f"a plot is written as {' or '.join(SUFFIXES)}, got {path.name!r:.60}: change the ending")
    if not path.absolute().parent.is_dir():
        raise EngineError(f"there is no folder {path.absolute().parent.name} to write {path.name} to: make it first")


def write_plot(benchmark: Benchmark, path: Path) -> None:
    """Write the chart as PNG, twice the size for sharp print, or as SVG."""
    import vl_convert

    spec = chart(benchmark)
    png = path.suffix.lower() == ".png"
    picture = vl_convert.vegalite_to_png(spec, scale=2) if png else vl_convert.vegalite_to_svg(spec).encode()
    try:
        path.write_bytes(picture)
    except OSError as error:
        raise EngineError(f"cannot write {path.name}: {error.strerror}; choose another place") from None


def chart(benchmark: Benchmark) -> dict:
    """The Vega-Lite specification: a panel a delta, growth below where it was measured."""
    names = list(dict.fromkeys(row.index for row in benchmark.rows))
    deltas = sorted({row.delta for row in benchmark.rows})
    panels = [{"hconcat": [recall_panel(benchmark.rows, delta, names) for delta in deltas], "spacing": 40}]
    if benchmark.growth:
        panels.append({"hconcat": [growth_panel(benchmark.growth, delta, names) for delta in deltas], "spacing": 40})
    data, cpu = benchmark.data, benchmark.machine["cpu"]
    return {
        "$schema": SCHEMA,
        "background": "white",
        "padding": 20,
        "title": {
            "text": "Range search: recall against time",
            "subtitle": [
                f"{data['n_vectors']:,} x {data['dim']} vectors: {data['description']}",
                f"{cpu}, one thread, caches {benchmark.caches}; {data['n_queries']} queries",
            ],
            "anchor": "start",
            "fontSize": 18,
            "subtitleFontSize": 12,
            "subtitleColor": "#555",
            "offset": 16,
        },
        "vconcat": panels,
        "spacing": 36,
        "config": {
            "font": "DejaVu Sans, Helvetica, Arial, sans-serif",
            "axis": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "gridColor": "#E6E6E6"},
            "legend": {"labelFontSize": 12, "titleFontSize": 13, "symbolSize": 120, "labelLimit": 240},
            "view": {"stroke": "#BBB"},
        },
    }


def recall_panel(rows: Sequence[BenchmarkRow], delta: float, names: Sequence[str]) -> dict:
    """Recall in the ball over the median time; the best are in the upper left corner."""
    values = [
        {"index": row.index, "ms": row.median_ms, "recall": row.recall}
        for row in rows
        if row.delta == delta and row.recall is not None
    ]
    place = {"x": time_axis("ms", "Median time of one query (ms, log scale)"), "y": recall_axis(values)}
    goal = {
        "data": {"values": [{"recall": RECALL_TARGET}]},
        "mark": {"type": "rule", "strokeDash": [5, 4], "color": "#888"},
        "encoding": {"y": recall_axis(values)},
    }
    points = {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "size": 150, "opacity": 0.85},
        "encoding": place | marks(names),
    }
    return {
        "title": {"text": f"delta = {delta:g} rad (dashed: recall {RECALL_TARGET})", "fontSize": 13, "anchor": "start"},
        "width": WIDTH,
        "height": HEIGHT,
        "layer": [goal, points],
    }


def growth_panel(growth: Sequence[Growth], delta: float, names: Sequence[str]) -> dict:
    """Median time over the number of vectors, both logarithmic; the exponent stands at the end of each line."""
    entries = [entry for entry in growth if entry.delta == delta]
    values = [
        {"index": entry.index, "n": size, "ms": ms}
        for entry in entries
        for size, ms in zip(entry.sizes, entry.median_ms, strict=True)
    ]
    times = sorted(value["ms"] for value in values)
    sizes = sorted({value["n"] for value in values})
    low, high = times[0] / 1.3, times[-1] * 1.3
    place = {
        "x": {
            "field": "n",
            "type": "quantitative",
            "title": "Number of vectors (log scale)",
            "scale": {"type": "log", "domain": [sizes[0] * 0.9, sizes[-1] * 1.45], "nice": False},
            "axis": {"values": sizes, "format": "~s"},
        },
        "y": time_axis("ms", "Median time of one query (ms, log scale)", [low, high]),
    }
    colour = {"color": marks(names)["color"]}
    labels = {
        "data": {"values": end_labels(entries, low, high)},
        "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 11},
        "encoding": place | colour | {"text": {"field": "exponent"}},
    }
    lines = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": place | colour}
    points = {"mark": {"type": "point", "filled": True, "size": 70}, "encoding": place | marks(names)}
    return {
        "title": {"text": f"Growth at delta = {delta:g} rad, with exponents", "fontSize": 13, "anchor": "start"},
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": values},
        "layer": [lines, points, labels],
    }


def end_labels(entries: Sequence[Growth], low: float, high: float) -> list[dict]:
    """The exponents beside the last points, moved apart where they would lie on each other."""
    step = LABEL_GAP / HEIGHT * math.log(high / low)
    placed, highest = [], -math.inf
    for entry in sorted(entries, key=lambda entry: entry.median_ms[-1]):
        highest = max(math.log(entry.median_ms[-1]), highest + step)
        text = f"{entry.exponent:.2f}"
        placed.append({"index": entry.index, "n": entry.sizes[-1], "ms": math.exp(highest), "exponent": text})
    return placed


def recall_axis(values: Sequence[dict]) -> dict:
    """The upper end stretched; from below the worst value to 1."""
    lowest = min((value["recall"] for value in values), default=RECALL_TARGET)
    bottom = max(0.0, min(lowest - 0.04, 0.85))
    return {
        "field": "recall",
        "type": "quantitative",
        "title": "Recall within delta (stretched near 1)",
        "scale": {"type": "pow", "exponent": STRETCH, "domain": [bottom, 1.006], "nice": False, "zero": False},
        "axis": {"format": ".2f", "values": [tick for tick in RECALL_TICKS if tick >= bottom]},
    }


def time_axis(field: str, title: str, domain: Sequence[float] | None = None) -> dict:
    """Logarithmic, with room around the outer points."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "nice": False, **({"domain": list(domain)} if domain else {"padding": 20})},
        "axis": {"format": "~g", "tickCount": 6, "labelOverlap": True},
    }


def marks(names: Sequence[str]) -> dict:
    """One colour and one shape a method, the same in all panels."""
    legend = {"title": "Method", "orient": "right"}
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    nominal = {"field": "index", "type": "nominal", "legend": legend, "sort": None}
    return {
        "color": nominal | {"scale": {"domain": list(names), "range": colours}},
        "shape": nominal | {"scale": {"domain": list(names), "range": shapes}},
    }
