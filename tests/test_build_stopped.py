"""Builds that stop anywhere and go on from there, that are refused, or that find another writer at work."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from build_help import N_PHOTOS, contents, is_tidy
from killed_writers import N_ADDS, N_BUILDS
from small_photos import write_photos

from lsh_engine import BuildCancelled, DatabaseError, EngineError, PatchConfig, RetrievalEngine
from lsh_engine.collection.staging import FOLDER as STAGING
from lsh_engine.collection.staging import Staging
from lsh_engine.core import generations as manifest

# ---- stopped and resumed


def test_a_build_stopped_at_any_moment_goes_on_and_ends_the_same(make, tmp_path):
    steps = []
    whole = contents(make("whole.db", lambda *step: steps.append(step)))
    for stop in range(len(steps)):
        seen = []

        def stopping(*step, stop=stop, seen=seen):
            seen.append(step)
            if len(seen) > stop:
                raise BuildCancelled("stopped")

        with pytest.raises(BuildCancelled, match="stopped"):
            make(f"{stop}.db", stopping)
        with pytest.raises(DatabaseError, match="has no CURRENT file"):
            RetrievalEngine.open(tmp_path / f"{stop}.db")
        resumed = []
        assert contents(make(f"{stop}.db", lambda *step, resumed=resumed: resumed.append(step))) == whole
        learned = steps[stop][2] != "learn"  # what teaches the transform is kept in memory alone
        assert resumed == (steps[stop:] if learned else steps), "finished pieces are not done again"
        assert is_tidy(tmp_path / f"{stop}.db")


def test_stopped_again_and_again(make):
    whole, stops = contents(make("whole.db")), 0
    while True:
        calls = []

        def third_step_stops(*step, calls=calls):
            calls.append(step)
            if len(calls) == 3:
                raise BuildCancelled("stopped")

        try:
            assert contents(make("slow.db", third_step_stops)) == whole
            break
        except BuildCancelled:
            stops += 1
    assert stops == 3


def test_other_settings_do_not_take_over_staged_work(make, tmp_path):
    def stop(done, total, stage):
        if stage == "describe":
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        make(progress=stop)
    patches, steps = PatchConfig(sizes=(1.0, 0.5), positions=(1, 2)), []
    engine = make(progress=lambda *step: steps.append(step), patches=patches)
    assert engine.n_vectors == N_PHOTOS * 5 and steps[0] == (0, N_PHOTOS, "learn")


@pytest.fixture
def killed(photos, make, tmp_path):
    """Names of the databases whose writer was killed, and the directory they lie in."""
    make("start.db")
    more = write_photos(tmp_path / "more", range(20, 25))
    script = [sys.executable, Path(__file__).parent / "killed_writers.py"]
    arguments = [photos, more, tmp_path / "start.db", tmp_path]
    done = subprocess.run(
        [*script, *arguments], capture_output=True, text=True, env=os.environ | {"NUMBA_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(runs) == N_BUILDS + N_ADDS and all(run["killed"] for run in runs), done.stderr
    return tmp_path


def test_a_killed_writer_leaves_all_or_nothing_and_the_next_one_finishes(killed, make):
    """SIGKILL at moments from the first flush to the last: no half database, the same end as without it."""
    old, new = RetrievalEngine.open(killed / "start.db"), None
    for i in range(N_BUILDS):
        root = killed / f"build-{i}"
        if (root / manifest.POINTER).exists():
            assert contents(RetrievalEngine.open(root)) == contents(old)
        assert contents(make(root.name)) == contents(old)
        assert is_tidy(root)
    for i in range(N_ADDS):
        root = killed / f"add-{i}"
        engine = RetrievalEngine.open(root)
        assert engine.n_images in (N_PHOTOS, N_PHOTOS + 5) and engine.verify()
        engine.add(killed / "more")
        assert engine.n_images == N_PHOTOS + 5 and engine.verify() and not (root / STAGING).exists()
        new = new or contents(engine)
        assert contents(engine) == new


def test_photos_committed_just_before_a_kill_are_not_added_twice(make, photos, tmp_path, monkeypatch):
    """The pointer was replaced, the staged pieces were not yet thrown away."""
    engine = make()
    more = write_photos(tmp_path / "more", range(20, 25))
    with monkeypatch.context() as killed:
        killed.setattr(Staging, "discard", lambda self: None)
        engine.add(more)
    whole = contents(engine)
    engine.add(more)
    assert contents(RetrievalEngine.open(tmp_path / "a.db")) == whole
    assert not (tmp_path / "a.db" / STAGING).exists()


def test_a_full_disk_stops_a_build_with_a_clear_error_and_it_goes_on_later(make, monkeypatch, tmp_path):
    whole, true = contents(make("whole.db")), os.fsync
    for number in (1, 8, 15, 15, 15):  # each time further on
        calls = [0]

        def full(descriptor, calls=calls, number=number):
            calls[0] += 1
            if calls[0] >= number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            true(descriptor)

        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            with pytest.raises(DatabaseError, match="No space left on device; free"):
                make("full.db")
    assert contents(make("full.db")) == whole and is_tidy(tmp_path / "full.db")


# ---- refused before anything is made


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("empty", "the folder empty is empty: add photos"),
        ("texts", "the folder texts holds no photo among its 1 file: add photos"),
        ("file", "expected a folder of photos, but file is a file: check the path"),
        ("nowhere", "expected a folder of photos, but nowhere does not exist: check the path"),
    ],
)
def test_without_photos_nothing_is_made(make, tmp_path, source, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    before = set(tmp_path.iterdir())
    with pytest.raises(DatabaseError, match=said) as refusal:
        make(folder=tmp_path / source)
    assert "\n" not in str(refusal.value) and set(tmp_path.iterdir()) == before


def test_other_peoples_folders_are_not_built_in(make, photos, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("home", "file", "photos"):
        with pytest.raises(DatabaseError, match=f"{name}.*empty folder"):
            make(name)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["letter.txt"]
    assert len(list(photos.iterdir())) == N_PHOTOS


def test_an_empty_folder_may_become_a_database(make, tmp_path):
    (tmp_path / "new.db").mkdir()
    assert make("new.db").n_images == N_PHOTOS
    assert make("deep/er/new.db").n_images == N_PHOTOS


def test_a_place_that_cannot_be_written(make, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseError, match="a.db.*choose another folder"):
        make("file/a.db")


@pytest.mark.parametrize("dtype", ["float64", "int8", "", None])
def test_only_two_precisions(make, tmp_path, dtype):
    with pytest.raises(EngineError, match="float32 or float16"):
        make(dtype=dtype)
    assert not (tmp_path / "a.db").exists()


# ---- one writer


def test_a_second_writer_is_told_at_once_who_is_busy(make, tmp_path):
    make("other.db")
    refused = []

    def meanwhile(done, total, stage):
        if not refused:
            with pytest.raises(DatabaseError) as refusal:
                make()
            refused.append(str(refusal.value))
            assert RetrievalEngine.open(tmp_path / "other.db").n_images == N_PHOTOS

    assert make(progress=meanwhile).n_images == N_PHOTOS
    assert refused == [f"a.db is busy, held by process {os.getpid()}: wait until it is done"]


def test_readers_are_not_kept_waiting_by_a_writer(make, photos, tmp_path):
    engine, answers = make(), []
    write_photos(photos, [50])

    def meanwhile(done, total, stage):
        answers.append(RetrievalEngine.open(tmp_path / "a.db").n_images)

    engine.add(photos, meanwhile)
    assert set(answers) == {N_PHOTOS} and engine.n_images == N_PHOTOS + 1


def test_the_lock_is_free_after_a_failed_build(make):
    def fail(done, total, stage):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make(progress=fail)
    assert make().n_images == N_PHOTOS
