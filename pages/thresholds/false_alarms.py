"""The false-alarm meter: how many hits chance alone would bring at this delta, and the delta at which it brings one."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import streamlit as st

from lookalike_charts import GREY, TEAL, VIOLET
from lsh_engine import ChanceAngles, Nearness

from ..common.catalog import facts
from ..common.charts import HEIGHT, chart_of, coloured, radians, rule_at, show_chart
from ..common.text import count
from ..common.widgets import figure
from .delta_line import STEP
from .subject import Subject, chance_angles, nearness

COUNTED, BULK, QUERY = "random pairs", "no two alike", "your query"
COLOURS = {COUNTED: VIOLET, BULK: GREY, QUERY: TEAL}
LEAST = 1e-3  # expected hits that are still drawn


def alarms(subject: Subject, delta: float, end: float) -> None:
    """Raises EngineError below two photos."""
    st.header("False alarms", anchor=False)
    engine = subject.database.engine
    chance = chance_angles(subject.database)
    n_patches = facts(subject.database)["patches_per_image"]
    n = engine.n_vectors * subject.n_scales
    near = nearness(subject) if subject.question else None
    share, expected = float(chance.share_within(delta)), float(chance.expected(delta, n))
    with st.container(horizontal=True, gap="small", key="alarm-numbers"):
        figure("Chance hits expected", _number(expected), f"comparisons within {delta:.2f} rad")
        if near is not None:
            found = int(near.counts[: round(delta / STEP)].sum())
            figure("Your query has", f"{found:,}", f"of {n:,} comparisons")
        figure("One chance hit at", f"{chance.delta_of(1, n):.2f} rad", "random pairs as counted")
        figure("One chance hit at", f"{chance.delta_of_bulk(1, n):.2f} rad", "were no two photos alike")
    st.markdown(
        f"**N × S × M × F(delta)** = {count(engine.n_images, 'photo')} × {count(subject.n_scales, 'query scale')} × "
        f"{n_patches:,} regions × {share:.2g} = **{_number(expected)}**. F is the share of random pairs within delta."
    )
    rows = _rows(chance, near, n, end)
    caption = (
        f"F is counted; below {chance.join:.2f} rad, where fewer than 30 pairs lie, a normal tail goes on. Some random "
        "pairs do show the same thing, so F warns too early; the dashed line, as if no two "
        "photos were alike, goes by the bulk of the pairs. "
        + ("A useful delta lies where your query stands well above both." if near is not None else "")
    )
    show_chart(_chart(rows, delta, end), rows, "false-alarms", "Hits to expect against delta", caption)


def _rows(chance: ChanceAngles, near: Nearness | None, n: int, end: float) -> list[dict]:
    angles = np.arange(1, round(end / STEP) + 1) * STEP
    lines: dict[str, Sequence[float] | np.ndarray] = {
        COUNTED: chance.expected(angles, n),
        BULK: [n * chance.bulk.cdf(at) for at in angles],
    }
    if near is not None:
        lines[QUERY] = np.cumsum(near.counts)[: len(angles)]
    return [
        {"angle": round(float(at), 2), "comparisons": float(many), "line": name}
        for name, values in lines.items()
        for at, many in zip(angles, values, strict=True)
    ]


def _chart(rows: list[dict], delta: float, end: float) -> alt.LayerChart:
    rows = [row for row in rows if row["comparisons"] >= LEAST]
    drawn = {row["line"] for row in rows}
    names = [name for name in COLOURS if name in drawn]
    dashes = [[6, 4] if name == BULK else [1, 0] for name in names]
    lines = (
        chart_of(rows)
        .mark_line(clip=True, strokeWidth=2.5)
        .encode(
            x=radians("Delta, radians", end),
            y=alt.Y(
                "comparisons:Q",
                title="Comparisons within delta (log scale)",
                scale=alt.Scale(type="log", domainMin=LEAST),
                axis=alt.Axis(format="~g", tickCount=6),
            ),
            color=coloured("line", {name: COLOURS[name] for name in names}, columns=2),
            strokeDash=alt.StrokeDash("line:N", title=None, scale=alt.Scale(domain=names, range=dashes)),
            tooltip=[
                alt.Tooltip("line:N"),
                alt.Tooltip("angle:Q", title="delta, rad", format=".2f"),
                alt.Tooltip("comparisons:Q", format=".3~g"),
            ],
        )
    )
    one = chart_of([{"one": 1}]).mark_rule(color=GREY, strokeDash=[2, 3]).encode(y="one:Q")
    return (lines + one + rule_at(delta, f"delta {delta:.2f}", end)).properties(height=HEIGHT)


def _number(value: float) -> str:
    """394.2 -> '394', 1.41 -> '1.4', 0.0012 -> '0.0012'."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}" if value > 1e-9 else "none"
