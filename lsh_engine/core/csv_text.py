"""Rows as CSV that a spreadsheet reads as text and numbers, never as formulas."""

import csv
import io
from collections.abc import Mapping, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # as spreadsheets take them


def csv_cell(value: object) -> object:
    """`value` as it may stand in a cell: text that would start a formula gets an apostrophe before it, and what is
    not Unicode in it (names of files may be any bytes) becomes question marks; other values stay as they are.
    """
    if not isinstance(value, str):
        return value
    text = value.encode("utf-8", "replace").decode("utf-8")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_text(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> str:
    """A line with the names of the columns, then one line a row; None and missing values are empty cells.

    columns: as a rule the keys of the first row.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns or list(rows[0] if rows else ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()
