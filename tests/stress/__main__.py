"""Measure the bars of reliability: python -m tests.stress [--only 5,6] [--write]

Prints the table; --write puts it into docs/reliability.md. Exit status 1 when a bar is missed.
"""

import argparse
import logging
import os
import platform
import sys
from datetime import UTC, datetime

from lsh_engine.evaluation.machine import cpu_name

from . import ROOT
from .bars import Bar, Row, find_bars, run

PAGE = ROOT / "docs" / "reliability.md"
INTRODUCTION = """# Reliability: the bars and what was measured

One command measures every bar and writes this page:

```sh
python -m tests.stress --write
```

Each bar is a module of `tests/stress/`, run in a process of its own; `--only 5,6` runs some of them.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="N,N", type=_numbers, help="numbers of the bars to measure (default: all)")
    parser.add_argument("--write", action="store_true", help=f"write the table of all bars to {PAGE.name}")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # modules of bars import Streamlit, which warns that it runs no app
    bars = find_bars()
    if arguments.write and arguments.only:
        parser.error("--write takes the figures of all bars: leave out --only")
    if unknown := (arguments.only or set()) - {bar.number for bar in bars}:
        parser.error(f"there is no bar {min(unknown)}; there are {', '.join(str(bar.number) for bar in bars)}")
    chosen = [bar for bar in bars if not arguments.only or bar.number in arguments.only]
    rows = [_measured(bar) for bar in chosen]
    text = table(rows)
    print(f"\n{text}\n\n{taken_on(rows)}")
    if arguments.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(f"{INTRODUCTION}\n{text}\n\n{taken_on(rows)}\n", encoding="utf-8")
    return 0 if all(row.figure.passed for row in rows) else 1


def _numbers(text: str) -> set[int]:
    return {int(part) for part in text.split(",")}


def _measured(bar: Bar) -> Row:
    print(f"bar {bar.number}, {bar.title} ...", end=" ", flush=True)
    row = run(bar)
    print(f"{'passed' if row.figure.passed else 'MISSED'} in {row.seconds:.0f} s: {row.figure.measured}", flush=True)
    return row


def table(rows: list[Row]) -> str:
    """The figures in Markdown."""
    lines = ["| bar | area | required | measured | passed | seconds |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [str(row.bar.number), row.bar.title, row.bar.required, row.figure.measured]
        cells += ["yes" if row.figure.passed else "**no**", f"{row.seconds:.0f}"]
        lines.append(f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |")
    return "\n".join(lines)


def taken_on(rows: list[Row]) -> str:
    """Machine and date of the figures."""
    where = f"{cpu_name()}, {os.cpu_count()} cores, {platform.system()}"
    seconds = sum(row.seconds for row in rows)
    return f"Measured on {datetime.now(UTC):%Y-%m-%d} in {seconds:.0f} s: {where}, Python {platform.python_version()}."


if __name__ == "__main__":
    sys.exit(main())
