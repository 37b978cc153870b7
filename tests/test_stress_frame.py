"""The frame of the long reliability runs, tried on bars that take no time."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.stress import __main__ as command
from tests.stress.bars import Bar, Figure, Row, find_bars, run

TINY = {
    "bar01_good.py": "def measure(work):\n    return Figure(not list(work.iterdir()), 'empty | folder')",
    "bar02_low.py": "def measure(work):\n    return Figure(False, '3 of 4')",
    "bar03_crash.py": "def measure(work):\n    raise ZeroDivisionError('planted')",
    "bar04_slow.py": "import os, time\ndef measure(work):\n    os.fork()\n    time.sleep(77)",
    "helper.py": "raise RuntimeError('no bar')",
}


@pytest.fixture
def tiny_bars(tmp_path, monkeypatch) -> dict[int, Bar]:
    folder = tmp_path / "tiny_bars"
    folder.mkdir()
    head = "from tests.stress.bars import Figure\nTITLE, BAR = 'a title', 'all'\n"
    for name, body in ({"__init__.py": ""} | TINY).items():
        (folder / name).write_text(head + body if name.startswith("bar") else body)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield {bar.number: bar for bar in find_bars("tiny_bars")}
    for name in [name for name in sys.modules if name.startswith("tiny_bars")]:
        del sys.modules[name]


def test_bars_are_found_by_name_and_measured_apart(tiny_bars):
    assert list(tiny_bars) == [1, 2, 3, 4] and tiny_bars[2].module == "tiny_bars.bar02_low"
    assert run(tiny_bars[1]).figure == Figure(True, "empty | folder")
    assert run(tiny_bars[2]).figure == Figure(False, "3 of 4")


def test_a_crash_and_an_overrun_are_missed_bars(tiny_bars):
    crashed = run(tiny_bars[3]).figure
    assert not crashed.passed and crashed.measured.endswith("ZeroDivisionError: planted")
    row = run(tiny_bars[4], time_limit=1.5)
    assert row.figure == Figure(False, "not done within 1.5 s") and row.seconds < 60
    time.sleep(0.1)
    if Path("/proc").is_dir():
        mine = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if "bar04_slow" in _command_line(pid)]
        assert not mine, "what a bar started ends with it"


def _command_line(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_text()
    except OSError:
        return ""


def test_the_command_prints_writes_and_fails_when_a_bar_is_missed(monkeypatch, tmp_path, capsys):
    page = tmp_path / "docs" / "reliability.md"
    bars = [Bar(1, "m1", "first", "all 5"), Bar(2, "m2", "other title", "none")]
    figures = {"m1": Figure(True, "5 of | 5"), "m2": Figure(False, "one")}
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(command, "find_bars", lambda: bars)
    monkeypatch.setattr(command, "run", lambda bar: Row(bar, figures[bar.module], 2.2))

    def status(*arguments) -> int:
        monkeypatch.setattr(sys, "argv", ["stress", *arguments])
        return command.main()

    assert status("--only", "1") == 0 and "other title" not in capsys.readouterr().out
    assert status("--write") == 1
    text = page.read_text(encoding="utf-8")
    assert "| 1 | first | all 5 | 5 of / 5 | yes | 2 |\n| 2 | other title | none | one | **no** | 2 |" in text
    assert "python -m tests.stress --write" in text and "in 4 s:" in text
    for wrong in (("--only", "3"), ("--only", "x"), ("--only", "1", "--write")):
        with pytest.raises(SystemExit):
            status(*wrong)


def test_the_bars_of_this_repository_are_twelve_or_fewer_and_say_what_they_require():
    bars = find_bars()
    assert len({bar.number for bar in bars}) == len(bars) and {bar.number for bar in bars} <= set(range(1, 13))
    assert all(bar.title and bar.required and "\n" not in bar.title + bar.required for bar in bars)
