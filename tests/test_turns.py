"""A few jobs describe photos at a time; the others wait in a queue, can be cancelled there, and outlive the killed."""

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lsh_engine import DatabaseError, Request, RetrievalEngine, cancel_job, delete_database, read_job
from lsh_engine.running import job as record
from lsh_engine.running import slots as turns
from lsh_engine.running.__main__ import work
from lsh_engine.running.job import State


@pytest.fixture
def meanwhile(monkeypatch):
    """meanwhile(action): one place in all; action(n) runs at the n-th wait, instead of the wait."""
    monkeypatch.setattr(turns, "at_once", lambda: 1)

    def set_action(action) -> list[int]:
        waits = []

        def sleep(seconds):
            waits.append(1)
            assert len(waits) < 50, "it waits for ever"
            action(len(waits))

        monkeypatch.setattr(turns, "time", SimpleNamespace(sleep=sleep))
        return waits

    return set_action


@pytest.fixture
def noted(tmp_path, photos, tiny_backbone, small_pieces):
    """Notes a job down without a process."""

    def note(name: str = "a.db", kind: str = "build", **state) -> Path:
        record.write(tmp_path / name, "request", Request(kind=kind, photos=str(photos), backbone="tiny"))
        record.write(tmp_path / name, "state", State(**{"status": "starting"} | state))
        return tmp_path / name

    return note


@pytest.fixture
def places(tmp_path) -> Path:
    (tmp_path / turns.PLACES).mkdir()
    return tmp_path / turns.PLACES


def test_a_build_waits_until_the_one_before_is_done(meanwhile, noted, places):
    root, seen, holder = noted(), [], turns._free_place(places)
    meanwhile(lambda n: (seen.append(read_job(root)), holder.release() if n == 3 else None))
    assert turns._free_place(places) is None
    work(root)
    assert len(seen) == 3 and all(job.waiting and job.alive and job.state.done == 0 for job in seen)
    assert read_job(root).status == "done" and not read_job(root).waiting and RetrievalEngine.open(root).n_images
    place = turns._free_place(places)
    assert place, "it gave its place back"
    place.release()


def test_who_waits_can_be_cancelled(meanwhile, noted, places):
    root, holder = noted(), turns._free_place(places)
    meanwhile(lambda n: cancel_job(root))
    work(root)
    job = read_job(root)
    assert job.status == "cancelled" and job.can_resume and not (root / ".staging").exists()
    assert delete_database(root)
    holder.release()


def test_who_waits_longest_comes_first(meanwhile, noted, places, monkeypatch):
    root, others = noted(), {"b.db": 1.0, "c.db": 2.0, "z.db": 9e9}
    for name, began in others.items():
        noted(name, status="running", stage="wait", began=began)
    monkeypatch.setattr(record, "is_alive", lambda root: True)
    seen = []

    def next_one_leaves(n):
        seen.append(read_job(root).state.done)
        name = {1: "b.db", 2: "c.db"}.get(n)
        if name:
            noted(name, status="done")

    meanwhile(next_one_leaves)
    work(root)
    assert seen == [2, 1] and read_job(root).status == "done", "the one that began later does not count"


def test_a_waiting_job_that_was_killed_holds_nobody_up(meanwhile, noted):
    noted("b.db", status="running", stage="wait", began=1.0)  # no process is alive
    root, waits = noted(), meanwhile(lambda n: None)
    work(root)
    assert read_job(root).status == "done" and not waits


def test_a_killed_holder_leaves_its_place(meanwhile, noted, places):
    code = (
        "import sys, time; from pathlib import Path; from lsh_engine.running import slots as turns; "
        "turns.at_once = lambda: 1; "
        f"place = turns._free_place(Path({str(places)!r})); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert holder.stdout.readline() == b"held\n"
    root = noted()
    waits = meanwhile(lambda n: n == 2 and (holder.send_signal(signal.SIGKILL), holder.wait()))
    work(root)
    holder.stdout.close()
    assert read_job(root).status == "done" and len(waits) == 2


def test_only_work_that_takes_all_cores_waits(meanwhile, noted, places, make):
    make()
    holder, waits = turns._free_place(places), meanwhile(lambda n: None)
    work(noted(kind="verify"))
    work(noted(kind="remove"))
    assert read_job(places.parent / "a.db").status == "done" and not waits
    holder.release()


def test_a_command_need_not_wait(places, make):
    holder = turns._free_place(places)
    assert make().n_images
    holder.release()


def test_half_of_the_cores_at_least_one(monkeypatch):
    for cores, expected in ((1, 1), (2, 1), (3, 1), (8, 4)):
        monkeypatch.setattr(turns, "n_cores", lambda cores=cores: cores)
        assert turns.at_once() == expected


def test_a_folder_that_cannot_be_written_is_told(meanwhile, noted, tmp_path):
    root = noted()
    (tmp_path / turns.PLACES).write_text("a file")
    turn = turns.my_turn(root, read_job(root).request, 0.0, lambda *step: None)
    with pytest.raises(DatabaseError, match="cannot write to .*: .*; choose another folder"), turn:
        pass
