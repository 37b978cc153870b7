"""Rows of figures as aligned text, Markdown and CSV. A table is data: its columns say what stands in each cell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.csv_text import csv_text

DASH = "-"
Row = Mapping[str, Any]
# title, name of the figure, its format; or title and what makes the cell of a row
Column = tuple[str, str, str] | tuple[str, Callable[[Row], str]]


def cells_of(rows: Sequence[Row], columns: Sequence[Column]) -> list[list[str]]:
    """The titles, and one list of cells a row."""
    return [[column[0] for column in columns], *([_cell(row, column) for column in columns] for row in rows)]


def text_table(rows: Sequence[Row], columns: Sequence[Column]) -> list[str]:
    """Aligned lines: the first column to the left, figures to the right; a last column that tells in words, too."""
    worded = [] if len(columns[-1]) == 2 else [("", lambda row: "")]
    return aligned(cells_of(rows, [*columns, *worded]))


def markdown_table(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    """The same as a table of Markdown."""
    head, *lines = (f"| {' | '.join(cells)} |" for cells in cells_of(rows, columns))
    return "\n".join([head, "|" + "---|" * len(columns), *lines])


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns of one width: the first and the last to the left, the numbers between to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        middle = [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([line[0].ljust(widths[0]), *middle, line[-1]]).rstrip())
    return lines


def number(value: float | None, form: str) -> str:
    """A figure, or a dash where there is none."""
    return DASH if value is None else format(value, form)


def interval(name: str, form: str) -> Callable[[Row], str]:
    """What makes a cell of an interval: "low-high"."""
    return lambda row: "-".join(format(end, form) for end in row[name])


def as_csv(rows: Sequence[Row]) -> str:
    """One line a row; an interval is two columns, a list one cell with spaces, nothing is an empty cell."""
    return csv_text([_flat(row) for row in rows])


def _cell(row: Row, column: Column) -> str:
    return column[1](row) if len(column) == 2 else number(row[column[1]], column[2])


def _flat(row: Row) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_interval"):
            cells[f"{name}_low"], cells[f"{name}_high"] = value or ("", "")
        elif isinstance(value, list | tuple):
            cells[name] = " ".join(f"{part:.6g}" for part in value)
        else:
            cells[name] = value
    return cells
