"""A benchmark as a picture: recall against time, and time against the number of vectors."""

import math
from typing import Any

import altair as alt

from .frame import GREY, HEIGHT, Drawing, Panel, Rows, chart_of, log, names_of, series

LABEL_GAP = 13  # pixels between two labels at the ends of lines
STRETCH = 6  # power of the recall axis: what matters lies between 0.9 and 1
RECALL_TICKS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 1.0)


def benchmark_drawing(benchmark: dict[str, Any], recall_target: float) -> Drawing:
    """A panel a delta, and one of growth where it was measured. benchmark: as `benchmark --json` prints it."""
    rows, growth, data = benchmark["rows"], benchmark["growth"], benchmark["data"]
    names, deltas = names_of(rows, "index"), sorted({row["delta"] for row in rows})
    panels = [_recall([row for row in rows if row["delta"] == delta], names, recall_target) for delta in deltas]
    if growth:
        panels += [_growth([row for row in growth if row["delta"] == delta], names) for delta in deltas]
    notes = [
        f"{data['n_vectors']:,} x {data['dim']} vectors: {data['description']}",
        f"{benchmark['machine']['cpu']}, one thread, caches {benchmark['caches']}; {data['n_queries']} queries",
    ]
    return Drawing("Range search: recall against time", notes, panels, rows)


def _recall(rows: Rows, names: list[str], target: float) -> Panel:
    """Recall in the ball over the median time; the best are in the upper left corner."""
    points = [
        {name: row[name] for name in ("index", "median_ms", "recall")} for row in rows if row["recall"] is not None
    ]
    bottom = max(0.0, min(min((point["recall"] for point in points), default=target) - 0.04, 0.85))
    y = alt.Y(
        "recall:Q",
        title="Recall within delta (stretched near 1)",
        scale=alt.Scale(type="pow", exponent=STRETCH, domain=[bottom, 1.006], nice=False, zero=False),
        axis=alt.Axis(format=".2f", values=[tick for tick in RECALL_TICKS if tick >= bottom]),
    )
    x = alt.X("median_ms:Q", **log("Median time of one query (ms, log scale)", format="~g", labelOverlap=True))
    goal = chart_of([{"recall": target}]).mark_rule(strokeDash=[5, 4], color=GREY).encode(y=y)
    marks = chart_of(points, f"delta = {rows[0]['delta']:g} rad (dashed: recall {target})")
    look = series("index", names, "Method")
    return goal + marks.mark_point(filled=True, size=150, opacity=0.85).encode(x=x, y=y, **look)


def _growth(entries: Rows, names: list[str]) -> Panel:
    """Median time over the number of vectors, both logarithmic; the exponent stands at the end of each line."""
    values = [
        {"index": entry["index"], "n": size, "ms": ms}
        for entry in entries
        for size, ms in zip(entry["sizes"], entry["median_ms"], strict=True)
    ]
    times, sizes = [value["ms"] for value in values], sorted({value["n"] for value in values})
    low, high = min(times) / 1.3, max(times) * 1.3
    x = alt.X(
        "n:Q",
        title="Number of vectors (log scale)",
        scale=alt.Scale(type="log", domain=[sizes[0] * 0.9, sizes[-1] * 1.45], nice=False),
        axis=alt.Axis(values=sizes, format="~s"),
    )
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    y = alt.Y("ms:Q", title="Median time of one query (ms, log scale)", scale=scale, axis=alt.Axis(format="~g"))
    look = series("index", names, "Method")
    base = chart_of(values, f"Growth at delta = {entries[0]['delta']:g} rad, with exponents").encode(x=x, y=y)
    labels = chart_of(end_labels(entries, low, high)).mark_text(align="left", dx=9, fontSize=11)
    return (
        base.mark_line(strokeWidth=2).encode(color=look["color"])
        + base.mark_point(filled=True, size=70).encode(**look)
        + labels.encode(x=x, y=y, color=look["color"], text="exponent:N")
    )


def end_labels(entries: Rows, low: float, high: float) -> list[dict[str, Any]]:
    """The exponents beside the last points, moved apart where they would lie on each other."""
    step = LABEL_GAP / HEIGHT * math.log(high / low)
    placed, highest = [], -math.inf
    for entry in sorted(entries, key=lambda entry: entry["median_ms"][-1]):
        highest = max(math.log(entry["median_ms"][-1]), highest + step)
        text = f"{entry['exponent']:.2f}"
        placed.append({"index": entry["index"], "n": entry["sizes"][-1], "ms": math.exp(highest), "exponent": text})
    return placed
