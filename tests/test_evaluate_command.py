"""The commands `evaluate ...` on a small database."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_photos import write_photos

import lookalike_charts
from lsh_engine import RetrievalEngine
from lsh_engine.cli import evaluate as command
from lsh_engine.evaluation.records import WORK, kept_records, only_run


@pytest.fixture
def db(tiny_backbone, tmp_path):
    write_photos(tmp_path / "kinds" / "bins", range(0, 48, 6))
    write_photos(tmp_path / "kinds" / "others", range(50, 66))
    return RetrievalEngine.build(tmp_path / "kinds", tmp_path / "kinds.db", "tiny").collection.root


def test_similar_with_all_its_outputs(run, db, tmp_path, monkeypatch):
    monkeypatch.setattr(
        lookalike_charts, "picture", lambda drawing, suffix, dark: suffix.encode()
    )  # drawn in test_experiments
    out = tmp_path / "out"
    asked = ("evaluate", "similar", db, "--targets", "bins", "--delta", 0.8, "--csv", out, "--charts", out)
    status, told, _ = run(*asked, "--json")
    record = json.loads(told)
    assert status == 0 and record["settings"]["deltas"] == [0.8] and len(record["tables"]["ranges"]) == 3
    written = {path.name for path in out.iterdir()}
    assert {"ranges.csv", "ranking.csv", "recall-precision.png", "recall-precision.svg", "ranking.svg"} <= written
    status, told, _ = run("evaluate", "kept", db)
    assert (status, told.split()[0]) == (0, record["name"])
    status, told, _ = run("evaluate", "kept", db, "--name", record["name"])
    assert status == 0 and "published by source A" in told and "LSH k=20 L=50" in told
    status, _, error = run("evaluate", "kept", db, "--name", "none")
    assert status == 1 and "no results of the name 'none' are kept" in error


def test_near_duplicates_and_growth(run, db):
    status, told, _ = run("evaluate", "near-duplicates", db, "--sources", 2, "--delta", 0.4, "--note", "trial")
    assert status == 0 and "(trial)" in told and "95 %" in told
    status, told, _ = run("evaluate", "growth", db, "--size", 1000, "--queries", 2, "--delta", 0.4)
    assert status == 0 and "230 ms / 19 ms = 12.1x at 200,000 photos" in told


def test_ctrl_c_ends_in_one_line_and_the_same_command_goes_on(run, db, monkeypatch):
    asked = ("evaluate", "near-duplicates", db, "--sources", 2, "--delta", 0.4)

    def interrupted(path, settings, progress, photos):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, "evaluate_database", interrupted)
        status, _, error = run(*asked)
    assert status == 1 and error == "error: stopped; what was done is kept, the same command goes on from there\n"
    assert run(*asked)[0] == 0


def test_a_signal_ends_it_in_one_line_and_the_second_run_finishes(run, db, tmp_path):
    """SIGINT to a process of its own, while its copies are described; then as if it had never come."""
    whole = shutil.copytree(db, tmp_path / "whole.db")
    asked = ("near-duplicates", "--sources", "6", "--targets", "bins", "--delta", "0.4", "--delta", "0.8")
    command = [sys.executable, Path(__file__).with_name("interrupted_command.py"), "evaluate", asked[0], db, *asked[1:]]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=os.environ | {"NUMBA_NUM_THREADS": "1"}, **pipes)
    staged = db / WORK / "near-duplicates" / ".staging"
    while process.poll() is None and not (staged / "source-000000.json").exists():
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    told, error = process.communicate(timeout=60)
    assert (process.returncode, told) == (1, ""), error
    assert error == "error: stopped; what was done is kept, the same command goes on from there\n"
    n_done = len(list(staged.glob("source-*.json")))
    assert n_done >= 1 and kept_records(db) == []

    assert run("evaluate", asked[0], db, *asked[1:])[0] == 0
    assert run("evaluate", asked[0], whole, *asked[1:])[0] == 0
    ((after,), (never,)) = kept_records(db), kept_records(whole)
    assert after.tables == never.tables and not staged.exists()


def test_a_second_command_at_the_same_moment_is_told_so(run, db):
    with only_run(db, "similar"):
        status, told, error = run("evaluate", "similar", db, "--targets", "bins")
    assert (status, told) == (1, "")
    assert error == "error: kinds.db is busy: similar runs on it already, wait until that is done\n"


def test_mistakes_are_one_line(run, db, tmp_path):
    status, told, _ = run("evaluate", "kept", db)
    assert (status, told) == (0, "there are no results yet\n")
    status, _, error = run("evaluate", "similar", db, "--seeds", 2)
    assert status == 1 and "seeds must be a whole number from 5" in error
    (tmp_path / "taken").write_text("")
    status, _, error = run("evaluate", "similar", db, "--csv", tmp_path / "taken")
    assert status == 1 and "cannot make the folder taken" in error and "Traceback" not in error
    assert run("evaluate", "similar", tmp_path / "none.db")[0] == 1
