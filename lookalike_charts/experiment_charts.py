"""The charts of an experiment's record, one a table, beside what was published."""

from collections.abc import Callable
from typing import Any

import altair as alt

from .frame import BLUE, GREY, TEAL, TENTHS, Drawing, Panel, Rows, chart_of, lines, log, names_of, series, share


def experiment_drawings(record: Any) -> dict[str, Drawing]:
    """Name -> every chart that the record has rows for. record: anything with `tables`, `published` and `ran_on`."""
    ran = record.ran_on
    where = f"{ran['database']}: {ran['photos']:,} photos, {ran['backbone']}, {ran['asked_among']}"
    found = {}
    for name, (table, title, draw) in CHARTS.items():
        if rows := record.tables.get(table):
            panels, *notes = draw(rows, record.published)
            found[name] = Drawing(title, [where, *notes], panels, rows)
    return found


def recall_and_precision(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel], str]:
    """Label recall, precision and index recall over delta; squares without a line are the source's."""
    methods, theirs = names_of(rows, "method"), published.get("table", [])
    look = series("method", methods, "Method", dashed=True)
    deltas = [row["delta"] for row in (*rows, *theirs)]
    domain = alt.Scale(domain=[min(deltas), max(deltas)], nice=False, padding=12)  # one for all panels
    x = alt.X("delta:Q", title="delta (rad)", scale=domain)

    def panel(field: str, title: str, text: str) -> Panel:
        y = alt.Y(f"{field}:Q", **share(text))
        ours = [{name: row[name] for name in ("method", "delta", field)} for row in rows if row[field] is not None]
        drawn = lines(ours, x, y, look, title)
        squares = [
            {name: row[name] for name in ("method", "delta", field)}
            for row in theirs
            if row.get(field) is not None and row["method"] in methods
        ]
        if not squares:
            return drawn
        marks = chart_of(squares).mark_point(shape="square", size=190, strokeWidth=2, filled=False)
        return marks.encode(x=x, y=y, color=look["color"]) + drawn

    panels = [
        panel("recall", "Label recall", "Share of the targets found"),
        panel("precision", "Precision", "Share of the answer that is right"),
        panel("index_recall", "Index recall", "Share of the exhaustive answer found"),
    ]
    return panels, "Open squares: published by source A, on other photos"


def precision_recall(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel]]:
    chart = chart_of(rows).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(color=TEAL), color=TEAL)
    return ([chart.encode(x=alt.X("recall:Q", **share("Recall")), y=alt.Y("precision:Q", **share("Precision")))],)


def ranking(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel], str]:
    values = [
        {"k": str(row["k"] or "all"), "value": row[name], "figure": title}
        | dict(zip(("low", "high"), row[f"{name}_interval"], strict=True))
        for row in rows
        for name, title in (("map", "mAP@k"), ("precision", "P@k"))
        if row[name] is not None
    ]
    look = series("figure", names_of(values, "figure"), "Figure", dashed=True)
    x = alt.X("k:N", sort=None, title="k, first photos of the ranking", axis=alt.Axis(labelAngle=0))
    options = share("Mean over queries")
    bars = chart_of(values).mark_rule(strokeWidth=1.5, opacity=0.7)
    bars = bars.encode(x=x, y=alt.Y("low:Q", **options), y2="high:Q", color=look["color"])
    drawn = bars + lines(values, x, alt.Y("value:Q", **options), look)
    return [drawn], "Bars: 95 % bootstrap interval over queries; own photo left out"


def transformations(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel], str]:
    """A cell for each transformation and delta, of the exhaustive scan and of source A's tables."""
    unmeasured = {"mirror", "grey"}  # done or not
    values = [
        {
            "edit": row["transformation"] + ("" if row["transformation"] in unmeasured else f" {row['strength']:g}"),
            **{key: row[key] for key in ("method", "delta", "recall")},
        }
        for row in rows
        if row["method"] != "LSH auto"
    ]
    x = alt.X("delta:O", title="delta (rad)", axis=alt.Axis(labelAngle=0))
    y = alt.Y("edit:N", sort=None, title=None)
    legend = alt.Legend(format=".1f", gradientLength=200)
    colour = alt.Color("recall:Q", title="Recall", legend=legend, scale=alt.Scale(domain=[0, 1], scheme="viridis"))
    shade = alt.condition("datum.recall > 0.6", alt.value("#111"), alt.value("#FFF"))
    panels: list[Panel] = []
    for method in names_of(values, "method"):
        base = chart_of([value for value in values if value["method"] == method], method).encode(x=x, y=y)
        base = base.properties(width=44 * len(names_of(values, "delta")), height=alt.Step(20))
        text = base.mark_text(fontSize=9).encode(text=alt.Text("recall:Q", format=".2f"), color=shade)
        panels.append(base.mark_rect().encode(color=colour) + text)
    return panels, f"Share of {rows[0]['n_sources']} photos whose edited copy is found"


def angles(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel], str]:
    """Source A's two plots: the angle over the query's scale and over the cover rate."""

    def panel(over: str, x: alt.X, title: str) -> Panel:
        y: dict[str, Any] = {"title": "Angle to the photo (rad)", "scale": alt.Scale(domainMin=0)}
        base = chart_of([row for row in rows if row["over"] == over], title).encode(x=x)
        band = base.mark_area(opacity=0.25, color=TEAL).encode(y=alt.Y("q25:Q", **y), y2="q75:Q")
        line = base.mark_line(color=TEAL, point=alt.OverlayMarkDef(color=TEAL))
        return band + line.encode(y=alt.Y("median:Q", **y))

    scales = [row["value"] for row in rows if row["over"] == "query scale"]
    scale = alt.X("value:Q", **log("Query scale (log)", values=scales, format=".2f"))
    cover = alt.X(
        "value:Q",
        title="Cover rate: share of the picture's area",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".1f", values=TENTHS),
    )
    panels = [
        panel("query scale", scale, "The same crop at another scale"),
        panel("cover rate", cover, "The photo pasted on another"),
    ]
    return panels, "Line: median over photos; band: the middle half"


def labels(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel]]:
    bars = chart_of(rows).mark_bar(color=BLUE).properties(height=alt.Step(22))
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=180))
    return ([bars.encode(x=alt.X("map:Q", **share("mAP over whole rankings")), y=y)],)


def growth(rows: Rows, published: dict[str, Any]) -> tuple[list[Panel], str]:
    """Median time over size; grey lines are source A's two times at its 200,000 photos."""
    times = published["times"]
    look = series("index", names_of(rows, "index"), "Method", dashed=True)
    sizes = sorted({row["n_vectors"] for row in rows})
    x = alt.X("n_vectors:Q", **log("Vectors (log scale)", values=sizes, format="~s"))
    y = log("Median of one query (ms, log)", format="~g")
    marks = [
        {"ms": times["exhaustive_ms"], "text": f"source A, exhaustive: {times['exhaustive_ms']:g} ms"},
        {"ms": times["lsh_ms"], "text": f"source A, LSH: {times['lsh_ms']:g} ms ({times['ratio']}x)"},
    ]
    base = chart_of(marks).encode(y=alt.Y("ms:Q", **y))
    rules = base.mark_rule(strokeDash=[5, 4], color=GREY)
    texts = base.mark_text(align="left", x=6, dy=-7, fontSize=11).encode(text="text:N")
    shown = [{name: row[name] for name in ("index", "delta", "n_vectors", "median_ms")} for row in rows]
    panels: list[Panel] = []
    for delta in sorted({row["delta"] for row in rows}):
        of_delta = [row for row in shown if row["delta"] == delta]
        drawn = lines(of_delta, x, alt.Y("median_ms:Q", **y), look, f"delta = {delta:g} rad")
        panels.append(rules + texts + drawn)
    return panels, "One thread, caches flushed between queries, methods in turn"


CHARTS: dict[str, tuple[str, str, Callable[[Rows, dict[str, Any]], tuple[Any, ...]]]] = {
    "recall-precision": ("ranges", "Recall and precision over delta", recall_and_precision),
    "precision-recall": ("precision-recall", "Precision over recall, exhaustive ranking", precision_recall),
    "ranking": ("ranking", "mAP@k and P@k", ranking),
    "transformations": ("transformations", "Recall of near duplicates by edit and strength", transformations),
    "angles": ("angles", "What raises the angle", angles),
    "labels": ("labels", "Mean average precision by label", labels),
    "growth": ("growth", "Query time over the size of the database", growth),
}
