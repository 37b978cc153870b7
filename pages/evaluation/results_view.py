"""Kept results of experiments: in short, as tables and charts, beside what was published; everything to download."""

import json
from datetime import datetime

import streamlit as st

from lsh_engine import EvaluationRecord, evaluation_busy, evaluation_csv, evaluation_left_out, kept_evaluations

from ..common.catalog import Database
from ..common.downloads import download
from ..common.text import one_line, plain
from .experiment_charts import charts
from .experiment_form import NAMES

DASH = "–"
RANGE_COLUMNS = {
    "method": "Method",
    "delta": "Delta (rad)",
    "recall": "R",
    "precision": "P",
    "accuracy": "A",
    "balanced_accuracy": "Balanced A",
    "index_recall": "Index recall",
    "predicted_index_recall": "Predicted",
    "candidates": "Candidates",
    "candidates_within": "of them within delta",
}
PUBLISHED_COLUMNS = ("method", "delta", "recall", "precision", "accuracy", "candidates", "candidates_within")
EXPLAINED = """
**exhaustive** compares the query with every vector. **LSH k=20 L=50** is the published index. **LSH auto** has the same
hyperplanes; its planner chooses for each delta how to use them, or to compare everything where that is faster.

**R** (label recall): share of the true targets found; what the descriptors lose. **P** (precision): share of the
answer that is right. **A** (accuracy): share of all decisions that are right; with few targets even an empty answer
scores high, so **balanced A** stands beside it, where guessing has 50 %. **Index recall**: share of the exhaustive
answer that LSH found; what the index loses. **Predicted**: the formula's word for it; among patches a lower bound,
since a photo has many that may be found. **Candidates**: share of the vectors proposed by the index.
"""


def results_view(database: Database) -> None:
    records = kept_evaluations(database.path)
    st.header("Results", anchor=False)
    if not records:
        st.caption("None are kept with this database yet.")
        return
    record = st.selectbox("Kept results", records, format_func=title_of, key="evaluation-kept")
    _facts(record)
    if not record.current:
        st.warning("The photos have changed since: run the experiment again to renew it.", icon=":material/update:")
    if "ranges" in record.tables:
        _ranges(record)
    if "growth" in record.tables:
        _growth(record)
    charts(record)
    download("json", record.name, lambda: json.dumps(record.to_dict()), "evaluation-json", help="All of it")


def title_of(record: EvaluationRecord) -> str:
    """'Near duplicates · 21 Nov 2026, 08:40 · random weights'"""
    try:
        when = datetime.fromisoformat(record.ran_on["date"]).strftime("%d %b %Y, %H:%M")
    except (KeyError, ValueError):
        when = record.name
    parts = [NAMES.get(record.experiment, record.experiment), when, record.settings.get("targets")]
    return " · ".join(one_line(part, 60) for part in (*parts, record.ran_on.get("note")) if part)


def _facts(record: EvaluationRecord) -> None:
    ran = record.ran_on
    if not record.current:
        st.caption(":material/history: The photos of this database have changed since: run it again to renew it.")
    versions = ", ".join(f"{name} {version}" for name, version in ran["versions"].items())
    st.caption(
        f"Run on {plain(ran['database'], 60)}: {ran['photos']:,} photos, {plain(ran['asked_among'])}; "
        f"{plain(ran['backbone'])}, weights {plain(ran['weights'])}. {plain(ran['machine'], 80)}, "
        f"{ran['seconds']:,.0f} s; {plain(versions, 200)}."
    )


def _ranges(record: EvaluationRecord) -> None:
    rows = record.tables["ranges"]
    first = rows[0]
    st.markdown(_in_short(record))
    st.markdown("### Recall, precision and cost")
    _table([{RANGE_COLUMNS[name]: row[name] for name in RANGE_COLUMNS} | _spreads(row) for row in rows], "ranges")
    seeds = max(row["seeds"] for row in rows)
    st.caption(
        f"{first['n_queries']:,} queries. {first['prevalence']:.1%} of the photos asked among are targets, so an "
        f"empty answer has A = {1 - first['prevalence']:.1%}. R, P and A over all pairs of a query and a photo; the "
        f"interval is 95 % over queries. LSH: mean of {seeds} draws of hyperplanes, with the worst and the best draw. "
        f"{DASH}: nothing came back, so there is no such figure."
    )
    if left_out := record.tables.get("left-out"):
        left_out_line = evaluation_left_out(left_out[0])
        st.caption(plain(f"{left_out_line[0].upper()}{left_out_line[1:]}.", 400))
    download("csv", f"{record.name}-ranges", lambda: evaluation_csv(rows), "evaluation-csv-table")
    with st.expander("What the columns mean", icon=":material/help:"):
        st.markdown(EXPLAINED)
    if differences := record.tables.get("differences"):
        _differences(record, differences)
    st.markdown("### Published")
    published = record.published["table"]
    _table([{RANGE_COLUMNS[name]: row[name] for name in PUBLISHED_COLUMNS} for row in published], "published")
    st.caption(
        "GeM on VGG16, k = 20, L = 50, on other photos. The published tables say no more than this where a cell is "
        f"empty ({DASH})."
    )
    notes = {row["note"]: f"{row['method']}, {row['delta']:g} rad" for row in published if row["note"]}
    with st.expander("Where the published figures cannot be right, and why", icon=":material/rule:"):
        for note, where in notes.items():
            st.markdown(f"**{plain(where)}.** {plain(note, 600)}")


def _in_short(record: EvaluationRecord) -> str:
    """What each method finds at the preset that the experiment is about, or else at the largest delta asked. Where
    nothing lies that near, that is said, and what the first delta finds that finds anything.
    """
    rows = record.tables["ranges"]
    deltas = sorted({row["delta"] for row in rows})
    wanted = record.ran_on["presets"].get("same kind" if record.experiment == "similar" else "same thing")
    delta = wanted if wanted in deltas else deltas[-1]
    if _some(rows, delta):
        return f"Share of the targets found at delta {delta:g} rad: {_found(rows, delta)}."
    nothing = f"At delta {delta:g} rad nothing is found: no target, or hardly one, lies that near."
    wider = next((at for at in deltas if at > delta and _some(rows, at)), None)
    if wider is None:
        return f"{nothing} Nor does one at any delta asked, up to {deltas[-1]:g} rad: ask at larger ones."
    return f"{nothing} The first delta asked that finds some is {wider:g} rad: {_found(rows, wider)}."


def _some(rows: list[dict], delta: float) -> bool:
    """Whether any method finds a share that does not read 0.0 %."""
    return any(row["recall"] >= 0.0005 for row in rows if row["delta"] == delta)


def _found(rows: list[dict], delta: float) -> str:
    return ", ".join(f"{row['method']} **{row['recall']:.1%}**" for row in rows if row["delta"] == delta)


def _differences(record: EvaluationRecord, rows: list[dict]) -> None:
    """A line for each delta, two methods in each column."""
    st.markdown("### Recall gained or lost between methods")
    lines: dict[float, dict] = {}
    for row in rows:
        low, high = (100 * end for end in row["recall_difference_interval"])
        cell = f"{100 * row['recall_difference']:+z.1f} ({low:+z.1f} to {high:+z.1f})"
        line = lines.setdefault(row["delta"], {"Delta (rad)": f"{row['delta']:.2f}"})
        line[f"{row['method']} over {row['against']}"] = cell
    st.dataframe(list(lines.values()), hide_index=True, width="stretch", key="evaluation-table-differences")
    st.caption(
        f"Percentage points of label recall, mean over {rows[0]['n_queries']:,} queries, with 95 % intervals of the "
        "paired bootstrap: both methods answer the same queries. Below 0: targets lost. An interval without 0 is more "
        "than chance."
    )
    download("csv", f"{record.name}-differences", lambda: evaluation_csv(rows), "evaluation-csv-differences")


def _spreads(row: dict) -> dict:
    """95 % interval of the recall over queries; lowest and highest index recall over draws."""
    by_draw = row["index_recall_by_seed"]
    several = row["seeds"] > 1 and by_draw
    return {
        "R, 95 %": _between(*row["macro_recall_interval"]),
        "P of": f"{row['n_answered']} of {row['n_queries']} queries",
        "Index recall of draws": _between(min(by_draw), max(by_draw)) if several else DASH,
    }


def _between(low: float, high: float) -> str:
    return f"{low:.1%} to {high:.1%}"


def _table(rows: list[dict], key: str) -> None:
    """Shares in per cent; what there is no figure of is a dash."""

    def cell(name: str, value: float | str | None) -> str:
        if value is None or isinstance(value, str):
            return DASH if value is None else value
        return f"{value:.2f}" if name == "Delta (rad)" else f"{value:.1%}"

    st.dataframe(
        [{name: cell(name, value) for name, value in row.items()} for row in rows],
        hide_index=True,
        width="stretch",
        key=f"evaluation-table-{key}",
    )


def _growth(record: EvaluationRecord) -> None:
    rows, times = record.tables["growth"], record.published["times"]
    size = min((row["n_vectors"] for row in rows), key=lambda n: abs(n - times["n_vectors"]))
    ours = [row for row in rows if row["n_vectors"] == size and row["index"] == "LSH auto"]
    speed_ups = " and ".join(f"**{row['speed_up']:.1f}×** at delta {row['delta']:.2f} rad" for row in ours)
    st.markdown(
        f"At {size:,} vectors, LSH with its planner is faster than looking at everything: {speed_ups}. Published: "
        f"{times['exhaustive_ms']:g} ms and {times['lsh_ms']:g} ms, **{times['ratio']}×**, at {times['n_vectors']:,} "
        "photos on two virtual CPUs."
    )
    if busy := evaluation_busy(record.ran_on):
        st.warning(plain(busy, 200), icon=":material/speed:")
    columns = {"index": "Method", "delta": "Delta (rad)", "n_vectors": "Vectors", "median_ms": "Median (ms)"}
    columns |= {"p95_ms": "95 % within (ms)", "speed_up": "Times faster", "recall": "Index recall"}
    forms = {"delta": ".2f", "n_vectors": ",", "median_ms": ".3f", "p95_ms": ".3f", "speed_up": ".1f", "recall": ".3f"}

    def cell(row: dict, name: str) -> str:
        return DASH if row[name] is None else format(row[name], forms.get(name, ""))

    shown = [{title: cell(row, name) for name, title in columns.items()} for row in rows]
    st.dataframe(shown, hide_index=True, width="stretch", key="evaluation-table-growth")
