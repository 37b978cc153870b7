"""A benchmark as text for the terminal and as one object for programs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from .rows import BenchmarkRow, Growth

Cell = Callable[[BenchmarkRow], str]


@dataclass(frozen=True)
class Benchmark:
    """All of one run. machine, data: facts. missing: peer -> how to install it."""

    machine: dict
    data: dict
    warm: bool
    rows: list[BenchmarkRow]
    growth: list[Growth]
    missing: dict[str, str]

    @property
    def caches(self) -> str:
        return "warm" if self.warm else "flushed between calls"

    def to_dict(self) -> dict:
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
            table_of(self.rows),
        ]
        if self.growth:
            lines += ["", growth_table(self.growth)]
        lines += [f"{name} is not installed: {command}" for name, command in self.missing.items()]
        return "\n".join(lines)


def table_of(rows: Sequence[BenchmarkRow]) -> str:
    """One line a row; the methods of one delta stand together."""
    lines = aligned([[title for title, _ in COLUMNS]] + [[cell(row) for _, cell in COLUMNS] for row in rows])
    text = [lines[0]]
    for before, row, line in zip([None, *rows], rows, lines[1:], strict=False):
        if before and before.delta != row.delta:
            text.append("")
        text.append(line)
    return "\n".join(text)


def growth_table(growth: Sequence[Growth]) -> str:
    """Median ms at each size, and the exponent."""
    sizes = sorted({size for entry in growth for size in entry.sizes})
    cells = [["index", "delta", *(f"{size:,}" for size in sizes), "exponent"]]
    for entry in growth:
        times = dict(zip(entry.sizes, entry.median_ms, strict=True))
        known = [number(times.get(size), ".3f") for size in sizes]
        cells.append([entry.index, f"{entry.delta:.2f}", *known, f"{entry.exponent:.2f}"])
    return "median ms by number of vectors\n" + "\n".join(aligned(cells))


def aligned(cells: list[list[str]]) -> list[str]:
    """Lines with columns of one width: the first and the last to the left, the numbers between to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        first = line[0].ljust(widths[0])
        middle = [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([first, *middle, line[-1]]).rstrip())
    return lines


def number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


COLUMNS: tuple[tuple[str, Cell], ...] = (
    ("index", lambda row: row.index),
    ("delta", lambda row: f"{row.delta:.2f}"),
    ("median ms", lambda row: f"{row.median_ms:.3f}"),
    ("p95 ms", lambda row: f"{row.p95_ms:.3f}"),
    ("speed-up", lambda row: f"{row.speed_up:.1f}x"),
    ("recall", lambda row: number(row.recall, ".3f")),
    ("at edge", lambda row: number(row.edge_recall, ".3f")),
    ("predicted", lambda row: number(row.predicted_recall, ".3f")),
    ("looked at", lambda row: f"{row.n_candidates:,.0f}"),
    ("hits", lambda row: f"{row.n_hits:.1f}"),
    ("build s", lambda row: number(row.build_seconds, ".2f")),
    ("memory MB", lambda row: number(row.memory_mb, ".1f")),
    ("batch ms", lambda row: number(row.batch_ms, ".3f")),
    ("open s", lambda row: number(row.open_seconds, ".3f")),
    ("plan", lambda row: row.plan or "-"),
)
