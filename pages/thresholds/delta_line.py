"""A histogram whose line is delta, with the pictures on both sides of it.

While the line is dragged, or moved by keys, everything in it follows in the browser (frontend/line.js): what it shows
was asked once. The rest of the page follows when the line is let go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import streamlit as st

from lookalike_charts import GREY, TEAL

from ..common.charts import HEIGHT, chart_head, chart_of, radians, rule_at
from ..common.session import session

STEP = 0.01  # radians between places of the line
SENT = 300  # pictures that the browser has at hand, those nearest to the line
DECADES = [10**power for power in range(9)]
FRONTEND = Path(__file__).parent / "frontend"


def _source(*names: str) -> str:
    return "\n".join((FRONTEND / name).read_text(encoding="utf-8") for name in names)


_line = st.components.v2.component(
    "lookalike_delta_line", html='<div class="root"></div>', css=_source("line.css"), js=_source("cards.js", "line.js")
)


@dataclass(frozen=True)
class Ranked:
    """What lies at growing angles: photos, or pairs of regions.

    edges, counts: of the bars, radians. label: angle -> how many lie within. rank: angle -> how many of the `total`
    pictures lie within. card: rank -> its pictures and caption for the browser. shown: pictures a side, each at least
    so many pixels wide.
    """

    edges: np.ndarray
    counts: np.ndarray
    label: Callable[[float], str]
    rank: Callable[[float], int]
    card: Callable[[int], dict[str, Any]]
    total: int
    shown: int
    least: int

    def sent(self, delta: float) -> range:
        """The ranks whose pictures the browser has at hand while the line starts at delta."""
        start = max(0, min(self.rank(delta) - SENT // 2, self.total - SENT))
        return range(start, min(start + SENT, self.total))


def draggable(
    ranked: Ranked,
    delta: float,
    end: float,
    titles: tuple[str, str, str],
    headings: tuple[str, str],
    empty: tuple[str, str],
    help: str,
    log: bool = False,
) -> None:
    """titles: of the chart, of x and of y. headings: of what lies within and beyond. empty: what is said where nothing
    does. log: whether the bars stand on a logarithmic scale.
    """
    rows = [
        {"from_rad": round(float(left), 4), "to_rad": round(float(right), 4), "count": int(n)}
        for left, right, n in zip(ranked.edges[:-1], ranked.edges[1:], ranked.counts, strict=True)
    ]
    chart_head(rows, "angles", titles[0], lambda: _saved(rows, delta, end, titles[1:], log), help)
    places = [round(i * STEP, 2) for i in range(round(end / STEP) + 1)]
    key = "delta-line"
    _line(
        key=key,
        data={
            "delta": delta,
            "end": end,
            "bar": float(ranked.edges[1] - ranked.edges[0]),
            "counts": [row["count"] for row in rows],
            "log": log,
            "titles": titles[1:],
            "headings": headings,
            "empty": empty,
            "labels": [ranked.label(at) for at in places],
            "ranks": [ranked.rank(at) for at in places],
            "total": ranked.total,
            "shown": ranked.shown,
            "least": f"{ranked.least}px",
            "cards": [{"rank": rank, **ranked.card(rank)} for rank in ranked.sent(delta)],
        },
        on_let_go_change=lambda: let_go(st.session_state.get(key)),
    )


def let_go(line: Any) -> None:
    """The line was let go: its place is the new delta. line: what the component says."""
    angle = (line or {}).get("let_go")
    if isinstance(angle, int | float):
        session().choose(delta=round(float(angle), 2))


def _saved(rows: Sequence[dict], delta: float, end: float, titles: tuple[str, str], log: bool) -> alt.LayerChart:
    """The same histogram for a file."""
    bars = chart_of(rows).mark_rect(clip=True)
    within = alt.condition(f"datum.to_rad <= {delta} + 0.005", alt.value(TEAL), alt.value(GREY))
    bars = bars.encode(
        x=radians(titles[0], end, "from_rad"),
        x2="to_rad:Q",
        y=alt.Y(
            "count:Q",
            title=titles[1],
            scale=alt.Scale(type="symlog") if log else alt.Scale(),
            axis=alt.Axis(values=DECADES, format=",d") if log else alt.Axis(),
        ),
        y2=alt.datum(0),
        color=within,
    )
    return (bars + rule_at(delta, f"delta {delta:.2f}", end)).properties(height=HEIGHT)
