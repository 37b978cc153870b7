"""The charts of an experiment as Vega-Lite, for a page as they are, and as PNG and SVG through `chart_frame`.

Every chart is drawn from the rows of one table, which its CSV holds.
"""

from collections.abc import Callable

from .chart_frame import HEIGHT, REFERENCE, TENTHS, WIDTH, Rows, framed, lines, number, series_of, share_axis, told
from .records import EvaluationRecord


def charts_of(record: EvaluationRecord, dark: bool = False) -> dict[str, dict]:
    """Name -> Vega-Lite specification of every chart that the record has rows for."""
    found = {}
    for name, (table, draw) in CHARTS.items():
        if record.tables.get(table):
            found[name] = framed(draw(record.tables[table], record), dark)
    return found


def recall_and_precision(rows: Rows, record: EvaluationRecord) -> dict:
    """Label recall, precision and index recall over delta; squares without a line are the source's."""
    ours = [{name: row[name] for name in ("method", "delta", "recall", "precision", "index_recall")} for row in rows]
    theirs = record.published.get("table", [])
    methods = list(dict.fromkeys(row["method"] for row in rows))
    series = series_of(rows, "method", "Method")
    deltas = [row["delta"] for row in (*rows, *theirs)]
    domain = [min(deltas), max(deltas)]  # of all panels, whatever each has figures of
    delta = number("delta", "delta (rad)", scale={"domain": domain, "nice": False, "padding": 12})

    def panel(field: str, title: str, share: str) -> dict:
        shown = [row for row in ours if row[field] is not None]
        published = [row for row in theirs if row.get(field) is not None and row["method"] in methods]
        source = {
            "data": {"values": [{name: row[name] for name in ("method", "delta", field)} for row in published]},
            "mark": {"type": "point", "shape": "square", "size": 190, "strokeWidth": 2, "filled": False},
            "encoding": {"x": delta, "y": share_axis(field, share), "color": series["color"]},
        }
        return lines(shown, delta, share_axis(field, share), series, title, [source] if published else [])

    panels = [
        panel("recall", "Label recall", "Share of the targets found"),
        panel("precision", "Precision", "Share of the answer that is right"),
        panel("index_recall", "Index recall", "Share of the exhaustive answer found"),
    ]
    subtitle = [told(record), "Open squares: published by source A, on other photos"]
    return {"title": {"text": "Recall and precision over delta", "subtitle": subtitle}, "hconcat": panels}


def precision_recall(rows: Rows, record: EvaluationRecord) -> dict:
    place = {"x": share_axis("recall", "Recall"), "y": share_axis("precision", "Precision")}
    return {
        "title": {"text": "Precision over recall, exhaustive ranking", "subtitle": [told(record)]},
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(rows)},
        "mark": {"type": "line", "strokeWidth": 2.5, "point": True},
        "encoding": place,
    }


def mean_average_precision(rows: Rows, record: EvaluationRecord) -> dict:
    values = [
        {"k": str(row["k"] or "all"), "value": row[name], "low": row[f"{name}_interval"][0], "figure": title}
        | {"high": row[f"{name}_interval"][1]}
        for row in rows
        for name, title in (("map", "mAP@k"), ("precision", "P@k"))
        if row[name] is not None
    ]
    series = series_of(values, "figure", "Figure")
    x = {
        "field": "k",
        "type": "nominal",
        "sort": None,
        "title": "k, first photos of the ranking",
        "axis": {"labelAngle": 0},
    }
    y = share_axis("value", "Mean over queries")
    bar = {
        "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.7},
        "encoding": {
            "x": x,
            "y": share_axis("low", "Mean over queries"),
            "y2": {"field": "high"},
            "color": series["color"],
        },
    }
    spec = lines(values, x, y, series, "", [bar])
    subtitle = [told(record), "Bars: 95 % bootstrap interval over queries; own photo left out"]
    return spec | {"title": {"text": "mAP@k and P@k", "subtitle": subtitle}}


def transformations(rows: Rows, record: EvaluationRecord) -> dict:
    """A cell for each transformation and delta of the exhaustive scan and of source A's tables."""
    methods = list(dict.fromkeys(row["method"] for row in rows if row["method"] != "LSH auto"))
    unmeasured = {"mirror", "grey"}  # done or not
    values = [
        {
            "edit": row["transformation"] + ("" if row["transformation"] in unmeasured else f" {row['strength']:g}"),
            **{key: row[key] for key in ("method", "delta", "recall")},
        }
        for row in rows
        if row["method"] in methods
    ]
    place = {
        "x": {"field": "delta", "type": "ordinal", "title": "delta (rad)", "axis": {"labelAngle": 0}},
        "y": {"field": "edit", "type": "nominal", "sort": None, "title": None},
    }
    colour = number("recall", "Recall", scale={"domain": [0, 1], "scheme": "viridis"})
    colour["legend"] = {"format": ".1f", "gradientLength": 200}

    def panel(method: str) -> dict:
        shade = {"condition": {"test": "datum.recall > 0.6", "value": "#111"}, "value": "#FFF"}
        text = {"field": "recall", "format": ".2f"}
        return {
            "title": method,
            "width": 44 * len({value["delta"] for value in values}),
            "data": {"values": [value for value in values if value["method"] == method]},
            "encoding": place,
            "layer": [
                {"mark": "rect", "encoding": {"color": colour}},
                {"mark": {"type": "text", "fontSize": 9}, "encoding": {"text": text, "color": shade}},
            ],
        }

    n_sources = rows[0]["n_sources"]
    subtitle = [told(record), f"Share of {n_sources} photos whose edited copy is found"]
    return {
        "title": {"text": "Recall of near duplicates by edit and strength", "subtitle": subtitle},
        "hconcat": [panel(method) for method in methods],
    }


def angles(rows: Rows, record: EvaluationRecord) -> dict:
    """Source A's two plots: the angle over the query's scale and over the cover rate."""

    def panel(over: str, x: dict, title: str) -> dict:
        y = {"scale": {"domainMin": 0}, "type": "quantitative", "title": "Angle to the photo (rad)"}
        area = {"mark": {"type": "area", "opacity": 0.25}}
        line = {"mark": {"type": "line", "point": True}}
        return {
            "title": title,
            "width": WIDTH,
            "height": HEIGHT,
            "data": {"values": [row for row in rows if row["over"] == over]},
            "layer": [
                area | {"encoding": {"x": x, "y": y | {"field": "q25"}, "y2": {"field": "q75"}}},
                line | {"encoding": {"x": x, "y": y | {"field": "median"}}},
            ],
        }

    scales = [row["value"] for row in rows if row["over"] == "query scale"]
    scale = number("value", "Query scale (log)", scale={"type": "log", "nice": False}, values=scales, format=".2f")
    cover = number(
        "value", "Cover rate: share of the picture's area", scale={"domain": [0, 1]}, format=".1f", values=TENTHS
    )
    subtitle = [told(record), "Line: median over photos; band: the middle half"]
    return {
        "title": {"text": "What raises the angle", "subtitle": subtitle},
        "hconcat": [
            panel("query scale", scale, "The same crop at another scale"),
            panel("cover rate", cover, "The photo pasted on another"),
        ],
    }


def labels(rows: Rows, record: EvaluationRecord) -> dict:
    return {
        "title": {"text": "Mean average precision by label", "subtitle": [told(record)]},
        "width": WIDTH,
        "data": {"values": list(rows)},
        "mark": "bar",
        "encoding": {
            "x": share_axis("map", "mAP over whole rankings"),
            "y": {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 180}},
        },
    }


def growth(rows: Rows, record: EvaluationRecord) -> dict:
    """Median time over size; grey lines are source A's two times at its 200,000 photos."""
    times = record.published["times"]
    values = [{name: row[name] for name in ("index", "delta", "n_vectors", "median_ms")} for row in rows]
    series = series_of(rows, "index", "Method")
    sizes = sorted({row["n_vectors"] for row in rows})
    x = number("n_vectors", "Vectors (log scale)", scale={"type": "log", "nice": False}, values=sizes, format="~s")
    y = number("median_ms", "Median of one query (ms, log)", scale={"type": "log"}, format="~g")
    marks = [
        {"ms": times["exhaustive_ms"], "text": f"source A, exhaustive: {times['exhaustive_ms']:g} ms"},
        {"ms": times["lsh_ms"], "text": f"source A, LSH: {times['lsh_ms']:g} ms ({times['ratio']}x)"},
    ]
    height = {"field": "ms", "type": "quantitative", "scale": {"type": "log"}}
    reference = [
        {
            "data": {"values": marks},
            "mark": {"type": "rule", "strokeDash": [5, 4], "color": REFERENCE},
            "encoding": {"y": height},
        },
        {
            "data": {"values": marks},
            "mark": {"type": "text", "align": "left", "x": 6, "dy": -7, "color": REFERENCE, "fontSize": 11},
            "encoding": {"y": height, "text": {"field": "text"}},
        },
    ]
    panels = []
    for delta in sorted({row["delta"] for row in rows}):
        shown = [value for value in values if value["delta"] == delta]
        panels.append(lines(shown, x, y, series, f"delta = {delta:g} rad", reference))
    subtitle = [told(record), "One thread, caches flushed between queries, methods in turn"]
    return {"title": {"text": "Query time over the size of the database", "subtitle": subtitle}, "hconcat": panels}


CHARTS: dict[str, tuple[str, Callable[[Rows, EvaluationRecord], dict]]] = {
    "recall-precision": ("ranges", recall_and_precision),
    "precision-recall": ("precision-recall", precision_recall),
    "ranking": ("ranking", mean_average_precision),
    "transformations": ("transformations", transformations),
    "angles": ("angles", angles),
    "labels": ("labels", labels),
    "growth": ("growth", growth),
}
