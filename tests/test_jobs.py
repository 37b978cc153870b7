"""Jobs in processes of their own: they end, stop, go on, and survive whatever kills them."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from build_help import N_PHOTOS, contents
from job_help import note_job
from killed_jobs import KILLS
from small_photos import write_photos

from lsh_engine import (
    DatabaseError,
    EngineError,
    Request,
    RetrievalEngine,
    cancel_job,
    delete_database,
    find_jobs,
    forget_job,
    read_job,
    resume_job,
    start_job,
)
from lsh_engine.running import job as job_files
from lsh_engine.running.worker import JobProgress, run_job


@pytest.fixture
def request_of(make, photos, tmp_path):
    """Writes a request without starting a process; `run_job` then does it here."""

    def ask(kind: str, name: str = "a.db", **options) -> Path:
        root = tmp_path / name
        return note_job(root, Request(kind=kind, **options))

    return ask


def finished(root: Path):
    deadline = time.monotonic() + 60
    while (job := read_job(root)).status == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
    return job


def test_a_build_as_a_job(request_of, photos, make):
    (photos / "broken.png").write_bytes(b"garbage")
    root = request_of("build", photos=str(photos), backbone="tiny")
    run_job(root)
    job = read_job(str(root))
    assert job.status == "done" and job.state.message == "7 photos and 833 vectors, ready to search"
    assert job.state.unreadable[0][0] == "broken.png" and job.state.n_unreadable == 1
    assert contents(RetrievalEngine.open(root)) == contents(make("b.db"))
    assert find_jobs(root.parent) == [job]
    forget_job(root)
    assert read_job(root) is None and RetrievalEngine.open(root).n_images == N_PHOTOS


def test_every_kind_of_care_as_a_job(request_of, photos, make, tmp_path):
    make()
    said = {}
    (photos / "thing_1.png").unlink()
    run_job(request_of("remove"))
    said["remove"] = read_job(tmp_path / "a.db").state.message
    write_photos(photos, [30])
    for kind in ("add", "verify", "sync", "calibrate"):
        run_job(request_of(kind))
        said[kind] = read_job(tmp_path / "a.db").state.message
    run_job(request_of("add", photos=str(write_photos(tmp_path / "more", [31, 32]))))
    assert "2 added" in read_job(tmp_path / "a.db").state.message
    assert said["remove"] == "1 vanished photos removed" and "1 added" in said["add"]
    assert "all as written" in said["verify"] and "0 added, 0 changed, 0 removed" in said["sync"]
    assert "too few" in said["calibrate"]


def test_cancelled_and_resumed(request_of, photos, make, monkeypatch):
    whole = contents(make("b.db"))
    root = request_of("build", photos=str(photos), backbone="tiny")
    true, seen = JobProgress.__call__, []

    def stopping(self, *step):
        seen.append(step)
        if len(seen) == 2:
            cancel_job(root)
            assert read_job(root).cancelling and read_job(root).alive
        true(self, *step)

    monkeypatch.setattr(JobProgress, "__call__", stopping)
    run_job(root)
    job = read_job(root)
    assert job.status == "cancelled" and job.can_resume and job.state.done == 2 and job.state.total == N_PHOTOS
    (root / job_files.FOLDER / "cancel").unlink()
    run_job(root)
    assert read_job(root).status == "done" and contents(RetrievalEngine.open(root)) == whole


def test_a_job_that_fails_says_why_in_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    job = start_job(
        tmp_path / "a.db", Request(kind="build", photos=str(tmp_path / "empty"), backbone="efficientnet_lite0")
    )
    assert job.status == "running"
    with pytest.raises(DatabaseError, match="a.db is busy with another job"):
        start_job(tmp_path / "a.db", Request(kind="verify"))
    job = finished(tmp_path / "a.db")
    assert job.status == "failed" and job.state.message.startswith("the folder empty is empty") and job.can_resume
    (tmp_path / "empty" / "a.png").write_bytes(b"x")
    resume_job(tmp_path / "a.db")
    assert "could be read" in finished(tmp_path / "a.db").state.message
    assert delete_database(tmp_path / "a.db")


def test_of_two_who_start_at_once_one_is_told_that_it_is_busy(tmp_path):
    together, launched = threading.Barrier(2), []

    def start(kind: str) -> str:
        together.wait(20)
        try:
            start_job(tmp_path / "a.db", Request(kind=kind, photos="x"), launched.append)
            return kind
        except DatabaseError as error:
            assert "a.db is busy with another job" in str(error)
            return "busy"

    with ThreadPoolExecutor(2) as pool:
        told = set(pool.map(start, ("build", "verify")))
    assert "busy" in told and len(told) == 2 and len(launched) == 1
    assert read_job(tmp_path / "a.db").request.kind in told, "who was told that it started is not overwritten"


def test_where_work_runs_is_a_parameter(photos, make):
    make()
    job = start_job(photos.parent / "a.db", Request(kind="verify"), run_job)
    assert job.status == "done" and "all as written" in job.state.message


def test_too_little_memory_is_one_line(request_of, photos, monkeypatch):
    def too_much(*args, **named):
        raise MemoryError

    root = request_of("build", photos=str(photos), backbone="tiny")
    monkeypatch.setattr(RetrievalEngine, "build", too_much)
    run_job(root)
    assert read_job(root).status == "failed" and "more memory than there is" in read_job(root).state.message


def test_trouble_nobody_foresaw_is_one_line_too(request_of, photos, monkeypatch):
    root = request_of("build", photos=str(photos), backbone="tiny")
    monkeypatch.setattr(RetrievalEngine, "build", lambda *args, **named: 1 / 0)
    with pytest.raises(ZeroDivisionError):  # for the log
        run_job(root)
    assert read_job(root).state.message == "unexpected trouble (ZeroDivisionError): try again"


def test_what_is_no_job(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "letter.txt").write_text("x")
    with pytest.raises(DatabaseError, match="theirs exists and is no database"):
        start_job(tmp_path / "theirs", Request(kind="build"))
    with pytest.raises(DatabaseError, match="a.db has no job to go on with"):
        resume_job(tmp_path / "a.db")
    with pytest.raises(EngineError, match="a job is one of build, add"):
        Request(kind="rm -rf")
    assert find_jobs(tmp_path) == [] == find_jobs(tmp_path / "nowhere")
    folder = tmp_path / "b.db" / job_files.FOLDER
    folder.mkdir(parents=True)
    for text in ("", "[]", '{"kind": "nonsense"}', "\xff"):
        (folder / "request.json").write_text(text)
        assert read_job(tmp_path / "b.db") is None


def test_a_process_that_never_showed_itself_counts_as_stopped(request_of, monkeypatch):
    root = request_of("verify")
    assert read_job(root).status == "running", "it may still be on its way"
    monkeypatch.setattr(job_files, "STARTING", 0.0)
    assert read_job(root).status == "stopped" and read_job(root).can_resume


@pytest.mark.skipif(os.name == "nt", reason="forks")
def test_killed_ten_times_at_random_moments_it_ends_as_if_nothing_had_happened(make, tmp_path):
    many = write_photos(tmp_path / "many", range(100, 152))
    script = [sys.executable, Path(__file__).parent / "killed_jobs.py", many, tmp_path / "killed.db"]
    done = subprocess.run(script, capture_output=True, text=True, env=os.environ | {"NUMBA_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS and told["statuses"][-1] == "done", done.stderr
    assert set(told["statuses"][:-1]) <= {"stopped", "running"}  # running: killed before its first word
    killed, whole = RetrievalEngine.open(tmp_path / "killed.db"), make("whole.db", folder=many)
    assert contents(killed) == contents(whole) and killed.verify()
    assert killed.info()["calibration"] == whole.info()["calibration"] is not None
