"""A bar: a module `barNN_name.py` with TITLE, BAR (the required figure) and measure(work) -> Figure.

Each is measured in a process of its own, in an empty folder, within a time limit. Run as a script it is that process:

    python -m tests.stress.bars MODULE WORK OUT

OUT receives the figure as JSON.
"""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from . import ROOT

NAME = re.compile(r"bar(\d\d)_\w+")
TIME_LIMIT = 300  # seconds a bar; the longest takes 165 on two idle cores


@dataclass(frozen=True)
class Figure:
    """What a bar measured: one line for the table, and whether it is as required."""

    passed: bool
    measured: str


@dataclass(frozen=True)
class Bar:
    number: int
    module: str
    title: str
    required: str


@dataclass(frozen=True)
class Row:
    """One line of the table: a bar, its figure, and the seconds it took."""

    bar: Bar
    figure: Figure
    seconds: float


def find_bars(package: str = "tests.stress") -> list[Bar]:
    """Every bar of a package, by number."""
    folder = Path(importlib.import_module(package).__file__).parent
    bars = []
    for path in sorted(folder.glob("bar*.py")):
        if named := NAME.fullmatch(path.stem):
            module = importlib.import_module(f"{package}.{path.stem}")
            bars.append(Bar(int(named[1]), module.__name__, module.TITLE, module.BAR))
    return bars


def run(bar: Bar, time_limit: float = TIME_LIMIT) -> Row:
    """Measure a bar in a process of its own. A crash or an overrun is a figure too: a failed one."""
    with tempfile.TemporaryDirectory(prefix=f"bar{bar.number:02}-") as folder:
        work, out = Path(folder) / "work", Path(folder) / "figure.json"
        work.mkdir()
        command = [sys.executable, "-m", "tests.stress.bars", bar.module, str(work), str(out)]
        started = time.monotonic()
        with open(Path(folder) / "stderr", "w+b") as said:
            process = subprocess.Popen(command, cwd=ROOT, stderr=said, start_new_session=True)
            try:
                status = process.wait(time_limit)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                _end_group(process)
            said.seek(0)
            last = (said.read().decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        seconds = time.monotonic() - started
        if status is None:
            return Row(bar, Figure(False, f"not done within {time_limit:g} s"), seconds)
        if status or not out.is_file():
            return Row(bar, Figure(False, f"ended with status {status}: {last[:300]}"), seconds)
        return Row(bar, Figure(**json.loads(out.read_bytes())), seconds)


def _end_group(process: subprocess.Popen) -> None:
    """End the process and whatever it started that is still there."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main(module: str, work: str, out: str) -> None:
    figure = importlib.import_module(module).measure(Path(work))
    Path(out).write_text(json.dumps(asdict(figure)))


if __name__ == "__main__":
    main(*sys.argv[1:])
