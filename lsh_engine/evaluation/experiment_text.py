"""A record as text for the terminal."""

from typing import Any

from .records import EvaluationRecord
from .text_tables import DASH, Column, Row, aligned, interval, number, text_table


def _over_seeds(row: Row) -> str:
    by_seed = row["index_recall_by_seed"]
    return f"{min(by_seed):.3f}-{max(by_seed):.3f}" if by_seed and len(by_seed) > 1 else DASH


def precision_cell(row: Row) -> str:
    """The precision, with how many queries it speaks of where that is not all; a dash where nothing came back."""
    answered, n = row["n_answered"], row["n_queries"]
    return number(row["precision"], ".3f") + (f" ({answered}/{n})" if answered < n else "")


RANGES: tuple[Column, ...] = (  # R, P and A are micro, over all pairs; the interval is of macro recall, over queries
    ("method", "method", ""),
    ("delta", "delta", ".2f"),
    ("R", "recall", ".3f"),
    ("95 % (macro)", interval("macro_recall_interval", ".2f")),
    ("P", precision_cell),
    ("A", "accuracy", ".3f"),
    ("balanced", "balanced_accuracy", ".3f"),
    ("index recall", "index_recall", ".3f"),
    ("over seeds", _over_seeds),
    ("predicted", "predicted_index_recall", ".3f"),
    ("candidates", "candidates", ".2%"),
    ("within delta", lambda row: number(row["candidates_within"], ".1%")),
)
RANKING: tuple[Column, ...] = (
    ("exhaustive ranking", lambda row: f"k = {row['k']}" if row["k"] else "all"),
    ("mAP@k", "map", ".3f"),
    ("95 %", interval("map_interval", ".2f")),
    ("P@k", "precision", ".3f"),
)
GROWTH: tuple[Column, ...] = (
    ("method", "index", ""),
    ("delta", "delta", ".2f"),
    ("vectors", "n_vectors", ","),
    ("median ms", "median_ms", ".3f"),
    ("p95 ms", "p95_ms", ".3f"),
    ("ratio", lambda row: f"{row['speed_up']:.1f}x"),
    ("recall", "recall", ".3f"),
)


def as_text(record: EvaluationRecord) -> str:
    """What it was run on, the tables, and what the source published beside them, with notes."""
    ran, tables, published = record.ran_on, record.tables, record.published
    lines = [
        f"{record.experiment} on {ran['database']}: {ran['photos']:,} photos, {ran['asked_among']}; {ran['backbone']}, "
        f"weights {ran['weights']}" + (f" ({ran['note']})" if ran["note"] else ""),
        f"{ran['machine']}, {ran['date']}, {ran['seconds']:,.0f} s",
    ]
    if ranges := tables.get("ranges"):
        lines += ["", *text_table(ranges, RANGES), *_range_notes(ranges)]
        if left_out := tables.get("left-out"):
            lines.append(left_out_line(left_out[0]))
        if differences := tables.get("differences"):
            lines += ["", *difference_lines(differences)]
        lines += ["", *published_lines(published["table"]), family_line(published["family"])]
    if ranking := tables.get("ranking"):
        lines += ["", *text_table(ranking, RANKING)]
    if growth := tables.get("growth"):
        lines += ["", *text_table(growth, GROWTH), _growth_note(published["times"])]
        if busy := busy_note(ran):
            lines.append(busy)
    return "\n".join(lines)


def _range_notes(rows: list[dict]) -> list[str]:
    first = rows[0]
    return [
        f"{first['n_queries']} queries, prevalence {first['prevalence']:.3f}: an empty answer has accuracy "
        f"{1 - first['prevalence']:.3f}; {max(row['seeds'] for row in rows)} draws of hyperplanes",
        "R, P, A: label recall, precision, accuracy over all pairs; P counts the queries that got an answer",
    ]


def _growth_note(times: dict[str, Any]) -> str:
    return (
        "ratio: exhaustive time over this time, median over queries; source A: "
        f"{times['exhaustive_ms']:g} ms / {times['lsh_ms']:g} ms = {times['ratio']}x at {times['n_vectors']:,} photos "
        "on two virtual CPUs"
    )


def left_out_line(counts: dict) -> str:
    """How many near duplicates a query of similar photos does not count."""
    if counts["within"] is None:
        return "near duplicates count as any other photo: this database has no preset “same picture”"
    text = (
        "near duplicates, within {within:.2f} rad of the query, are neither targets nor others: {pairs:,} pairs, "
        "{pairs_of_one_label:,} of them of one label, for {queries_with_some:,} queries"
    ).format(**counts)
    n = counts["queries_without_target"]
    return f"{text}; {n:,} more queries have no other target and are not asked" if n else text


def difference_lines(rows: list[dict]) -> list[str]:
    """A line for each delta, two methods in each column."""
    columns = list(dict.fromkeys((row["method"], row["against"]) for row in rows))
    cells = [["recall gained (paired, 95 %)", *(f"{method} over {against}" for method, against in columns)]]
    for delta in sorted({row["delta"] for row in rows}):
        cells.append([f"delta {delta:.2f}", *map(difference_cell, (row for row in rows if row["delta"] == delta))])
    return [*aligned(cells), "difference of macro recall, query by query; below 0: targets lost"]


def difference_cell(row: Row) -> str:
    """The difference with its interval, both with their signs."""
    low, high = row["recall_difference_interval"]
    return f"{row['recall_difference']:+z.3f} ({low:+z.3f} to {high:+z.3f})"


def published_lines(rows: list[dict]) -> list[str]:
    """What the source published; notes are numbered, and stand below."""
    notes = list(dict.fromkeys(row["note"] for row in rows if row["note"]))
    columns: tuple[Column, ...] = (
        ("published by source A", "method", ""),
        ("delta", "delta", ".2f"),
        ("R", "recall", ".2f"),
        ("P", "precision", ".2f"),
        ("A", "accuracy", ".2f"),
        ("candidates", "candidates", ".1%"),
        ("within delta", "candidates_within", ".0%"),
        ("", lambda row: f"[{notes.index(row['note']) + 1}]" if row["note"] else ""),
    )
    return [*text_table(rows, columns), *(f"[{i}] {note}" for i, note in enumerate(notes, 1))]


def family_line(family: dict) -> str:
    """What the source says of its tables, which the formula confirms."""
    return (
        "Published of the tables: ({d1:g}, {d2:g}, {p1:g}, {p2:g})-sensitive hyperplanes, angles in radians; k = 20 "
        "and L = 50 find a vector at {d1:g} rad with chance {found_at_d1:g}, at {d2:g} rad with {found_at_d2:g}"
    ).format(**family)


def busy_note(ran_on: dict) -> str | None:
    """A warning where others worked on the machine, too: that slows down long queries more than short ones."""
    load, cores = ran_on.get("load"), ran_on["cores"]
    if not load or load < 0.75 * cores + 1:  # the experiment itself takes one core
        return None
    return f"the machine was busy (load {load:g} on {cores} cores): times and ratios say little, measure again"
