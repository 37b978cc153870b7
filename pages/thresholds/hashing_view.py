"""Source A's amplification: what k and L do to the chance of being found, predicted and counted on this database."""

from dataclasses import asdict

import altair as alt
import numpy as np
import streamlit as st

from lookalike_charts import GREY, ORANGE, TEAL, VIOLET
from lsh_engine import (
    CollisionRate,
    PairSample,
    TableCost,
    Thresholds,
    amplified_probability,
    choose_k,
    sensitivity,
    tables_needed,
)

from ..common.catalog import Database, facts
from ..common.charts import HEIGHT, chart_of, coloured, radians, rule_at, show_chart
from ..common.question import delta_of, slider_end
from ..common.session import session
from ..common.text import percent, size
from ..common.widgets import figure
from .subject import KEYS, MOST_K, MOST_TABLES, TABLES, Subject, delta_slider, fragment

COLOURS = {"all tables": TEAL, "one table": VIOLET, "one hyperplane": GREY}
DELTAS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
NEAR_FAR = "thresholds-near-far"
LEAST_PAIRS = 20  # that a point rests on
SOURCE_A = (0.4, 1.2)  # radians: near-duplicates within, unrelated photos beyond


@fragment
def hashing_view(subject: Subject) -> None:
    database = subject.database
    st.markdown(
        "A random hyperplane leaves two vectors at angle θ on one side with chance **p = 1 − θ/π**. A table asks **k** "
        "of them to agree (AND), and **L** tables give as many tries (OR): a photo is found with chance "
        "**1 − (1 − pᵏ)ᴸ**."
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        k, n_tables, near, far = _controls(subject)
    delta = delta_of(session().choice, database)
    with right:
        _curve(database, k, n_tables, near, far, delta)
    _cost(database, k, n_tables, delta)
    _tables(database, k, n_tables, near, far)


def _controls(subject: Subject) -> tuple[int, int, float, float]:
    lsh = facts(subject.database)["lsh"]
    st.session_state.setdefault(KEYS, lsh["n_hyperplanes"])
    st.session_state.setdefault(TABLES, min(lsh["n_tables"], MOST_TABLES))
    k = st.slider("k, hyperplanes a table", 1, MOST_K, key=KEYS, help="More: fewer candidates, and fewer finds.")
    n_tables = st.slider(
        "L, tables", 1, MOST_TABLES, key=TABLES, help="More: more finds, more candidates, more memory."
    )
    end = slider_end(subject.database)
    st.session_state.setdefault(NEAR_FAR, tuple(min(each, end) for each in SOURCE_A))
    st.slider(
        "d1 and d2, radians",
        0.0,
        end,
        step=0.05,
        key=NEAR_FAR,
        help="Vectors within d1 should be found, those beyond d2 should not.",
    )
    own = f"This database is hashed with k = {lsh['n_hyperplanes']}, L = {lsh['n_tables']}."
    st.caption(f"{own} Other settings are counted on the same vectors with fresh hyperplanes.")
    delta_slider(subject)
    near, far = st.session_state[NEAR_FAR]
    return k, n_tables, near, far


def _curve(database: Database, k: int, n_tables: int, near: float, far: float, delta: float) -> None:
    rates = _rates(database.key, k, n_tables, database.engine.thresholds, _pairs(database))
    end = slider_end(database)
    angles = np.linspace(0, end, 200)
    lines = [
        {"angle": float(at), "chance": float(chance), "line": name}
        for name, ks, ls in (("one hyperplane", 1, 1), ("one table", k, 1), ("all tables", k, n_tables))
        for at, chance in zip(angles, amplified_probability(angles, ks, ls), strict=True)
    ]
    points = [asdict(rate) for rate in rates if rate.angle <= end and rate.n_pairs >= LEAST_PAIRS]
    y = alt.Y("chance:Q", title="Chance to be found", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%"))
    curve = chart_of(lines).mark_line(clip=True, strokeWidth=2.5)
    x, colour = radians("Angle between two vectors, radians", end), coloured("line", COLOURS, columns=2, offset=36)
    curve = curve.encode(x=x, y=y, color=colour)
    counted = chart_of(points).encode(x="angle:Q")
    bars = counted.mark_rule(color=ORANGE, size=2, opacity=0.6).encode(y=alt.Y("low:Q"), y2="high:Q")
    dots = counted.mark_point(filled=True, color=ORANGE, size=70, opacity=1).encode(
        y="measured:Q",
        tooltip=[
            alt.Tooltip("angle:Q", title="angle, rad", format=".2f"),
            alt.Tooltip("measured:Q", title="counted", format=".1%"),
            alt.Tooltip("predicted:Q", title="formula", format=".1%"),
            alt.Tooltip("n_pairs:Q", title="pairs"),
        ],
    )
    marks = rule_at(delta, f"delta {delta:.2f}", end) + _ends(near, far, end)
    chart = (curve + marks + bars + dots).properties(height=HEIGHT + 60)
    worst = max(points, key=lambda row: abs(row["measured"] - row["predicted"]), default=None)
    caption = (
        "Orange: counted on pairs of this database's own vectors, up to 300 for every 0.1 rad, with 95 % intervals. "
        "Near pairs are overlapping regions of one photo."
    )
    if worst:
        gap = 100 * abs(worst["measured"] - worst["predicted"])
        caption += f" Largest gap to the formula: {gap:.1f} points, at {worst['angle']:.2f} rad."
    show_chart(chart, [_rounded(row) for row in points], "s-curve", "Chance to be found against angle", caption)


def _ends(near: float, far: float, end: float) -> alt.LayerChart:
    """d1 and d2 in a row above delta's name; one name where they lie in one place."""
    if far - near < 0.06 * end:
        return rule_at(near, "d1, d2", end, GREY, row=1) + rule_at(far, "", end, GREY)
    return rule_at(near, "d1", end, GREY, row=1) + rule_at(far, "d2", end, GREY, row=1)


def _cost(database: Database, k: int, n_tables: int, delta: float) -> None:
    cost = _table_cost(database.key, k, n_tables, database.engine.thresholds)
    info = facts(database)
    vectors = info["vectors"] * info["dim"] * (2 if info["dtype"] == "float16" else 4)
    with st.container(horizontal=True, gap="small"):
        figure("Found at delta", percent(float(amplified_probability(delta, k, n_tables))), f"at {delta:.2f} rad")
        figure("Candidates, predicted", _small(cost.predicted_share), "of the vectors, a query vector")
        figure("Candidates, counted", _small(cost.measured_share), f"over {cost.n_pairs:,} pairs")
        figure("Memory of the tables", size(cost.bytes), f"beside {size(vectors)} of vectors")


def _tables(database: Database, k: int, n_tables: int, near: float, far: float) -> None:
    recall = session().choice.recall_target or facts(database)["lsh"]["recall_target"]
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(
            "**(d1, d2, p1, p2)-sensitive**", help="Within d1: found with chance p1 or more. Beyond d2: p2 or less."
        )
        ways = (("one hyperplane", 1, 1), (f"AND: k = {k}", k, 1), (f"AND, OR: k = {k}, L = {n_tables}", k, n_tables))
        rows = [(name, *sensitivity(near, far, ks, ls)) for name, ks, ls in ways]
        st.dataframe(
            [
                {"Hashing": name, "d1, rad": f"{d1:.2f}", "d2, rad": f"{d2:.2f}", "p1": _chance(p1), "p2": _chance(p2)}
                for name, d1, d2, p1, p2 in rows
            ],
            hide_index=True,
        )
        st.caption("Published for (0.4, 1.2): one hyperplane (0.87, 0.62), k = 20 and L = 50 (0.97, 0.003).")
    with right:
        st.markdown(
            f"**k(delta) and L(delta) for a recall of {percent(recall)}**",
            help="Recall right at delta, where it is lowest. The recall target is set on the Search page.",
        )
        st.dataframe(
            [
                {
                    "Delta, rad": f"{at:.1f}",
                    f"Longest k at L = {n_tables}": f"{choose_k(recall, at, n_tables, MOST_K)}",
                    f"Fewest L at k = {k}": f"{tables_needed(recall, at, k):,}",
                    "Found with k, L": percent(float(amplified_probability(at, k, n_tables))),
                }
                for at in DELTAS
            ],
            hide_index=True,
        )
        st.caption("Fixed k and L serve one delta; the planner shortens keys instead, so that one index serves all.")


def _chance(value: float) -> str:
    return f"{value:.4f}" if value >= 0.001 else f"{value:.2g}"


def _small(share: float) -> str:
    return percent(share) if share >= 1e-3 or share == 0 else f"{100 * share:.2g} %"


def _rounded(row: dict) -> dict:
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in row.items()}


def _pairs(database: Database) -> PairSample:
    return _sampled(database.key, database.engine.thresholds)


@st.cache_resource(max_entries=4, show_spinner="Pairing regions of this database…")
def _sampled(key: str, _thresholds: Thresholds) -> PairSample:
    return _thresholds.sample_pairs()


@st.cache_resource(max_entries=64, show_spinner=False)
def _rates(key: str, k: int, n_tables: int, _thresholds: Thresholds, _sample: PairSample) -> list[CollisionRate]:
    return _thresholds.collisions(_sample, k, n_tables)


@st.cache_resource(max_entries=64, show_spinner=False)
def _table_cost(key: str, k: int, n_tables: int, _thresholds: Thresholds) -> TableCost:
    return _thresholds.table_cost(k, n_tables)
