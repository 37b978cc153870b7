"""A benchmark as text for the terminal and as one object for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .rows import BenchmarkRow, Growth
from .text_tables import Column, aligned, number, text_table

COLUMNS: tuple[Column, ...] = (
    ("index", "index", ""),
    ("delta", "delta", ".2f"),
    ("median ms", "median_ms", ".3f"),
    ("p95 ms", "p95_ms", ".3f"),
    ("speed-up", lambda row: f"{row['speed_up']:.1f}x"),
    ("recall", "recall", ".3f"),
    ("at edge", "edge_recall", ".3f"),
    ("predicted", "predicted_recall", ".3f"),
    ("looked at", "n_candidates", ",.0f"),
    ("hits", "n_hits", ".1f"),
    ("build s", "build_seconds", ".2f"),
    ("memory MB", "memory_mb", ".1f"),
    ("batch ms", "batch_ms", ".3f"),
    ("open s", "open_seconds", ".3f"),
    ("plan", lambda row: row["plan"] or "-"),
)


@dataclass(frozen=True)
class Benchmark:
    """All of one run. machine, data: facts. missing: kind of index -> how to install its package."""

    machine: dict[str, Any]
    data: dict[str, Any]
    warm: bool
    rows: list[BenchmarkRow]
    growth: list[Growth]
    missing: dict[str, str]

    @property
    def caches(self) -> str:
        return "warm" if self.warm else "flushed between calls"

    def to_dict(self) -> dict[str, Any]:
        """One object, fit for JSON."""
        return {
            "machine": self.machine,
            "threads": 1,
            "caches": self.caches,
            "data": self.data,
            "rows": [asdict(row) for row in self.rows],
            "growth": [asdict(growth) for growth in self.growth],
            "missing_peers": self.missing,
        }

    def to_text(self) -> str:
        """Aligned tables under two lines that say where and on what they were measured."""
        machine, data = self.machine, self.data
        lines = [
            f"{machine['cpu']}, one thread, caches {self.caches}",
            f"{data['n_vectors']:,} x {data['dim']} vectors: {data['description']}; {data['n_queries']} queries",
            "",
            *table_of(self.rows),
        ]
        if self.growth:
            lines += ["", *growth_table(self.growth)]
        lines += [f"{name} is not installed: {command}" for name, command in self.missing.items()]
        return "\n".join(lines)


def table_of(rows: Sequence[BenchmarkRow]) -> list[str]:
    """One line a row; the methods of one delta stand together, with a blank line after them."""
    head, *lines = text_table([asdict(row) for row in rows], COLUMNS)
    text = [head]
    for before, row, line in zip([None, *rows], rows, lines, strict=False):
        text += [""] if before and before.delta != row.delta else []
        text.append(line)
    return text


def growth_table(growth: Sequence[Growth]) -> list[str]:
    """Median ms at each size, and the exponent."""
    sizes = sorted({size for entry in growth for size in entry.sizes})
    cells = [["index", "delta", *(f"{size:,}" for size in sizes), "exponent"]]
    for entry in growth:
        times = dict(zip(entry.sizes, entry.median_ms, strict=True))
        known = [number(times.get(size), ".3f") for size in sizes]
        cells.append([entry.index, f"{entry.delta:.2f}", *known, f"{entry.exponent:.2f}"])
    return ["median ms by number of vectors", *aligned(cells)]
