"""A few jobs describe photos at a time; the others wait in a queue, can be cancelled there, and outlive the killed."""

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from job_help import note_job

from lsh_engine import DatabaseError, Request, RetrievalEngine, cancel_job, delete_database, read_job
from lsh_engine.running import job as job_files
from lsh_engine.running import slots
from lsh_engine.running.worker import run_job


@pytest.fixture
def meanwhile(monkeypatch):
    """Leaves one slot in all. Called with an action: action(n) runs at the n-th wait, instead of the wait."""
    monkeypatch.setattr(slots, "n_slots", lambda: 1)

    def set_action(action) -> list[int]:
        waits = []

        def sleep(seconds):
            waits.append(1)
            assert len(waits) < 50, "it waits for ever"
            action(len(waits))

        monkeypatch.setattr(slots, "time", SimpleNamespace(sleep=sleep))
        return waits

    return set_action


@pytest.fixture
def waiting_job(tmp_path, photos, tiny_backbone, small_pieces):
    """Notes a job down without a process."""

    def note(name: str = "a.db", kind: str = "build", **state) -> Path:
        return note_job(tmp_path / name, Request(kind=kind, photos=str(photos), backbone="tiny"), **state)

    return note


@pytest.fixture
def slots_folder(tmp_path) -> Path:
    (tmp_path / slots.SLOTS).mkdir()
    return tmp_path / slots.SLOTS


def test_a_build_waits_until_the_one_before_is_done(meanwhile, waiting_job, slots_folder):
    root, seen, holder = waiting_job(), [], slots._free_slot(slots_folder)
    meanwhile(lambda n: (seen.append(read_job(root)), holder.release() if n == 3 else None))
    assert slots._free_slot(slots_folder) is None
    run_job(root)
    assert len(seen) == 3 and all(job.waiting and job.alive and job.state.done == 0 for job in seen)
    assert read_job(root).status == "done" and not read_job(root).waiting and RetrievalEngine.open(root).n_images
    slot = slots._free_slot(slots_folder)
    assert slot, "it gave its slot back"
    slot.release()


def test_who_waits_can_be_cancelled(meanwhile, waiting_job, slots_folder):
    root, holder = waiting_job(), slots._free_slot(slots_folder)
    meanwhile(lambda n: cancel_job(root))
    run_job(root)
    job = read_job(root)
    assert job.status == "cancelled" and job.can_resume and not (root / ".staging").exists()
    assert delete_database(root)
    holder.release()


def test_who_waits_longest_comes_first(meanwhile, waiting_job, slots_folder, monkeypatch):
    root, others = waiting_job(), {"b.db": 1.0, "c.db": 2.0, "z.db": 9e9}
    for name, started in others.items():
        waiting_job(name, status="running", stage="wait", started=started)
    monkeypatch.setattr(job_files, "is_alive", lambda root: True)
    seen = []

    def next_one_leaves(n):
        seen.append(read_job(root).state.done)
        name = {1: "b.db", 2: "c.db"}.get(n)
        if name:
            waiting_job(name, status="done")

    meanwhile(next_one_leaves)
    run_job(root)
    assert seen == [2, 1] and read_job(root).status == "done", "the one that started later does not count"


def test_a_waiting_job_that_was_killed_holds_nobody_up(meanwhile, waiting_job):
    waiting_job("b.db", status="running", stage="wait", started=1.0)  # no process is alive
    root, waits = waiting_job(), meanwhile(lambda n: None)
    run_job(root)
    assert read_job(root).status == "done" and not waits


def test_a_killed_holder_leaves_its_slot(meanwhile, waiting_job, slots_folder):
    code = (
        "import sys, time; from pathlib import Path; from lsh_engine.running import slots; "
        "slots.n_slots = lambda: 1; "
        f"slot = slots._free_slot(Path({str(slots_folder)!r})); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert holder.stdout.readline() == b"held\n"
    root = waiting_job()
    waits = meanwhile(lambda n: n == 2 and (holder.send_signal(signal.SIGKILL), holder.wait()))
    run_job(root)
    holder.stdout.close()
    assert read_job(root).status == "done" and len(waits) == 2


def test_only_work_that_takes_all_cores_waits(meanwhile, waiting_job, slots_folder, make):
    make()
    holder, waits = slots._free_slot(slots_folder), meanwhile(lambda n: None)
    run_job(waiting_job(kind="verify"))
    run_job(waiting_job(kind="remove"))
    assert read_job(slots_folder.parent / "a.db").status == "done" and not waits
    holder.release()


def test_a_command_need_not_wait(slots_folder, make):
    holder = slots._free_slot(slots_folder)
    assert make().n_images
    holder.release()


def test_half_of_the_cores_at_least_one(monkeypatch):
    for cores, expected in ((1, 1), (2, 1), (3, 1), (8, 4)):
        monkeypatch.setattr(slots, "n_cores", lambda cores=cores: cores)
        assert slots.n_slots() == expected


def test_a_folder_that_cannot_be_written_is_told(meanwhile, waiting_job, tmp_path):
    root = waiting_job()
    (tmp_path / slots.SLOTS).write_text("a file")
    slot = slots.job_slot(root, read_job(root).request, 0.0, lambda *step: None)
    with pytest.raises(DatabaseError, match="cannot write to .*: .*; choose another folder"), slot:
        pass
