"""A record as text for the terminal, and its tables as CSV."""

from ..core.csv_text import csv_text
from .benchmark_text import aligned, number
from .records import EvaluationRecord

DASH = "-"


def as_text(record: EvaluationRecord) -> str:
    """What it was run on, the tables, and what the source published beside them, with notes."""
    ran = record.ran_on
    lines = [
        f"{record.experiment} on {ran['database']}: {ran['photos']:,} photos, {ran['asked_among']}; {ran['backbone']}, "
        f"weights {ran['weights']}" + (f" ({ran['note']})" if ran["note"] else ""),
        f"{ran['machine']}, {ran['date']}, {ran['seconds']:,.0f} s",
    ]
    if ranges := record.tables.get("ranges"):
        lines += ["", *range_lines(ranges)]
        if left_out := record.tables.get("left-out"):
            lines.append(left_out_line(left_out[0]))
        if differences := record.tables.get("differences"):
            lines += ["", *difference_lines(differences)]
        lines += ["", *published_lines(record.published["table"])]
        lines.append(family_line(record.published["family"]))
    if ranking := record.tables.get("ranking"):
        lines += ["", *ranking_lines(ranking)]
    if growth := record.tables.get("growth"):
        lines += ["", *growth_lines(growth, record.published["times"])]
        if busy := busy_note(ran):
            lines.append(busy)
    return "\n".join(lines)


def range_lines(rows: list[dict]) -> list[str]:
    """R, P and A are micro, over all pairs; the interval is of macro recall, over queries."""
    cells = [
        ["method", "delta", "R", "95 % (macro)", "P", "A", "balanced", "index recall", "over seeds", "predicted",
         "candidates", "within delta"]
    ]  # fmt: skip
    for row in rows:
        by_seed = row["index_recall_by_seed"]
        spread = f"{min(by_seed):.3f}-{max(by_seed):.3f}" if by_seed and len(by_seed) > 1 else DASH
        cells.append(
            [
                row["method"],
                f"{row['delta']:.2f}",
                number(row["recall"], ".3f"),
                "-".join(f"{end:.2f}" for end in row["macro_recall_interval"]),
                precision_cell(row),
                number(row["accuracy"], ".3f"),
                number(row["balanced_accuracy"], ".3f"),
                number(row["index_recall"], ".3f"),
                spread,
                number(row["predicted_index_recall"], ".3f"),
                number(row["candidates"], ".2%"),
                number(row["candidates_within"], ".1%"),
            ]
        )
    first = rows[0]
    return [
        *aligned(cells),
        f"{first['n_queries']} queries, prevalence {first['prevalence']:.3f}: an empty answer has accuracy "
        f"{1 - first['prevalence']:.3f}; {max(row['seeds'] for row in rows)} draws of hyperplanes",
        "R, P, A: label recall, precision, accuracy over all pairs; P counts the queries that got an answer",
    ]


def left_out_line(counts: dict) -> str:
    """How many near duplicates a query of similar photos does not count."""
    if counts["within"] is None:
        return "near duplicates count as any other photo: this database has no preset “same picture”"
    told = (
        "near duplicates, within {within:.2f} rad of the query, are neither targets nor others: {pairs:,} pairs, "
        "{pairs_of_one_label:,} of them of one label, for {queries_with_some:,} queries"
    ).format(**counts)
    n = counts["queries_without_target"]
    return f"{told}; {n:,} more queries have no other target and are not asked" if n else told


def difference_lines(rows: list[dict]) -> list[str]:
    """A line for each delta, two methods in each column."""
    columns = list(dict.fromkeys((row["method"], row["against"]) for row in rows))
    cells = [["recall gained (paired, 95 %)", *(f"{method} over {against}" for method, against in columns)]]
    for delta in sorted({row["delta"] for row in rows}):
        cells.append([f"delta {delta:.2f}", *map(difference_cell, (row for row in rows if row["delta"] == delta))])
    return [*aligned(cells), "difference of macro recall, query by query; below 0: targets lost"]


def difference_cell(row: dict) -> str:
    low, high = row["recall_difference_interval"]
    return f"{row['recall_difference']:+z.3f} ({low:+z.3f} to {high:+z.3f})"


def precision_cell(row: dict) -> str:
    """The precision, with how many queries it speaks of where that is not all; a dash where nothing came back."""
    answered, n = row["n_answered"], row["n_queries"]
    return number(row["precision"], ".3f") + (f" ({answered}/{n})" if answered < n else "")


def published_lines(rows: list[dict]) -> list[str]:
    cells = [["published by source A", "delta", "R", "P", "A", "candidates", "within delta", ""]]
    notes: list[str] = []
    for row in rows:
        if row["note"] and row["note"] not in notes:
            notes.append(row["note"])
        mark = f"[{notes.index(row['note']) + 1}]" if row["note"] else ""
        cells.append(
            [row["method"], f"{row['delta']:.2f}", *(number(row[name], ".2f") for name in ("recall", "precision"))]
            + [number(row["accuracy"], ".2f"), number(row["candidates"], ".1%")]
            + [number(row["candidates_within"], ".0%"), mark]
        )
    return [*aligned(cells), *(f"[{i}] {note}" for i, note in enumerate(notes, 1))]


def family_line(family: dict) -> str:
    """What the source says of its tables, which the formula confirms."""
    return (
        "Published of the tables: ({d1:g}, {d2:g}, {p1:g}, {p2:g})-sensitive hyperplanes, angles in radians; k = 20 "
        "and L = 50 find a vector at {d1:g} rad with chance {found_at_d1:g}, at {d2:g} rad with {found_at_d2:g}"
    ).format(**family)


def ranking_lines(rows: list[dict]) -> list[str]:
    cells = [["exhaustive ranking", "mAP@k", "95 %", "P@k", ""]]
    for row in rows:
        low, high = row["map_interval"]
        name = f"k = {row['k']}" if row["k"] else "all"
        cells.append([name, f"{row['map']:.3f}", f"{low:.2f}-{high:.2f}", number(row["precision"], ".3f"), ""])
    return aligned(cells)


def growth_lines(rows: list[dict], times: dict) -> list[str]:
    cells = [["method", "delta", "vectors", "median ms", "p95 ms", "ratio", "recall", ""]]
    for row in rows:
        cells.append(
            [row["index"], f"{row['delta']:.2f}", f"{row['n_vectors']:,}", f"{row['median_ms']:.3f}"]
            + [f"{row['p95_ms']:.3f}", f"{row['speed_up']:.1f}x", number(row["recall"], ".3f"), ""]
        )
    return [
        *aligned(cells),
        "ratio: exhaustive time over this time, median over queries; source A: "
        f"{times['exhaustive_ms']:g} ms / {times['lsh_ms']:g} ms = {times['ratio']}x at {times['n_vectors']:,} photos "
        "on two virtual CPUs",
    ]


def busy_note(ran_on: dict) -> str | None:
    """A warning where others worked on the machine, too: that slows down long queries more than short ones."""
    load, cores = ran_on.get("load"), ran_on["cores"]
    if not load or load < 0.75 * cores + 1:  # the experiment itself takes one core
        return None
    return f"the machine was busy (load {load:g} on {cores} cores): times and ratios say little, measure again"


def as_csv(rows: list[dict]) -> str:
    """One line a row; an interval is two columns, a list one cell with spaces, nothing is an empty cell."""
    return csv_text([_flat(row) for row in rows])


def _flat(row: dict) -> dict:
    cells = {}
    for name, value in row.items():
        if name.endswith("_interval"):
            cells[f"{name}_low"], cells[f"{name}_high"] = value or ("", "")
        elif isinstance(value, list | tuple):
            cells[name] = " ".join(f"{part:.6g}" for part in value)
        else:
            cells[name] = value
    return cells
