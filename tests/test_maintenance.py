"""Maintenance of a database: estimate, what vanished, what is new, and the end of it."""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from build_help import N_PHOTOS, contents
from small_photos import photo, write_photos

from lsh_engine import (
    BuildCancelled,
    DatabaseError,
    EngineError,
    LSHConfig,
    PatchConfig,
    RetrievalEngine,
    changed_photos,
    delete_database,
    estimate_build,
    remove_vanished,
    vanished_photos,
)
from lsh_engine.analysis import calibration
from lsh_engine.collection import segments as segment_files
from lsh_engine.collection.estimating import FIXED_SECONDS
from lsh_engine.collection.staging import Staging
from lsh_engine.core import files
from lsh_engine.core import generations as manifest


def synced(root, progress=None) -> tuple[RetrievalEngine, list[str]]:
    engine = RetrievalEngine.open(root)
    removed = engine.sync(progress)
    return engine, removed


def vectors_by_path(engine: RetrievalEngine) -> dict[str, bytes]:
    rows, m = engine.collection.store, engine.collection.n_patches
    return {engine.path(i): rows.part(i * m, i * m + m).tobytes() for i in range(engine.n_images)}


# ---- vanished and new


@pytest.fixture
def segments(monkeypatch):
    """Segments of about three photos, so that removing meets whole, thinned and empty ones."""
    monkeypatch.setattr(segment_files, "SEGMENT", 3)


def test_vanished_photos_go_and_the_others_stay_bit_for_bit(make, photos, segments, tmp_path):
    before = make()
    known, thumbnails = vectors_by_path(before), {before.path(i): before.thumbnail(i) for i in range(N_PHOTOS)}
    assert before.collection.meta["n_segments"] > 1
    gone = [before.path(0), before.path(1), before.path(N_PHOTOS - 1)]
    for name in gone:
        (photos / name).unlink()
    assert vanished_photos(tmp_path / "a.db") == gone
    assert remove_vanished(tmp_path / "a.db") == gone
    engine = RetrievalEngine.open(tmp_path / "a.db")
    left = vectors_by_path(engine)
    assert left == {name: vectors for name, vectors in known.items() if name not in gone}
    assert all(engine.thumbnail(i) == thumbnails[engine.path(i)] for i in range(engine.n_images))
    assert engine.verify() and vanished_photos(tmp_path / "a.db") == []
    assert before.n_images == N_PHOTOS and before.verify(), "a reader keeps the generation it opened"
    rows = engine.collection.store
    for i in range(0, engine.n_vectors, 119):
        assert i in engine.collection.lsh.range_search(rows.part(i, i + 1)[0], 0.01).ids, "the index knows them"


def test_a_whole_segment_may_vanish(make, photos, segments, tmp_path):
    engine = make()
    first = engine.collection.images.query("segment == 0")["path"]
    for name in first:
        (photos / name).unlink()
    assert remove_vanished(tmp_path / "a.db") == list(first)
    assert RetrievalEngine.open(tmp_path / "a.db").n_images == N_PHOTOS - len(first)


def test_sync_removes_and_adds(make, photos, tmp_path):
    make()
    (photos / "thing_2.png").unlink()
    write_photos(photos, [20, 21])
    engine, removed = synced(tmp_path / "a.db")
    assert removed == ["thing_2.png"] and engine.n_images == N_PHOTOS + 1
    assert {path.name for path in photos.iterdir()} == {engine.path(i) for i in range(engine.n_images)}
    files = sorted(path.name for path in (tmp_path / "a.db").iterdir())
    again, removed = synced(tmp_path / "a.db")
    assert removed == [] and contents(again) == contents(engine)
    assert sorted(path.name for path in (tmp_path / "a.db").iterdir()) == files, "nothing to do writes nothing"


def rewrite(path, number: int, seconds_later: float = 0.0) -> None:
    """Another picture under the same name, of the same size in bytes, its time `seconds_later` than before."""
    size, time_ns = path.stat().st_size, path.stat().st_mtime_ns + round(seconds_later * 1e9)
    photo(number).save(path)
    data = path.read_bytes()
    assert len(data) <= size
    path.write_bytes(data + bytes(size - len(data)))  # what follows a picture's end is not read
    os.utime(path, ns=(time_ns, time_ns))


@pytest.fixture
def padded(photos):
    """Photos with room to be replaced by others of the same size in bytes."""
    for path in photos.iterdir():
        path.write_bytes(path.read_bytes() + bytes(9000))


def test_a_photo_that_changed_is_described_anew(padded, make, photos, segments, tmp_path):
    before = vectors_by_path(make())
    rewrite(photos / "thing_1.png", 31, seconds_later=0.01)  # the same size: only its time tells
    rewrite(photos / "thing_4.png", 34, seconds_later=-3600)  # an older file put back
    assert sorted(changed_photos(tmp_path / "a.db")) == ["thing_1.png", "thing_4.png"]
    engine, removed = synced(tmp_path / "a.db")
    assert sorted(engine.changed) == ["thing_1.png", "thing_4.png"] and removed == []
    after = vectors_by_path(engine)
    assert after.keys() == before.keys() and engine.n_images == N_PHOTOS and engine.verify()
    assert {name for name in before if before[name] != after[name]} == set(engine.changed)
    now, _ = engine.describer.describe_image(photo(31), engine.collection.transform)
    assert after["thing_1.png"] == now.tobytes() and engine.image_size(0) == photo(31).size
    assert engine.query(photo(31)).exhaustive.matches[0].path == "thing_1.png", "found by what it shows now"
    assert changed_photos(tmp_path / "a.db") == [] and synced(tmp_path / "a.db")[0].changed == ()


def test_a_photo_put_back_while_it_was_described_anew_is_not_there_twice(padded, make, photos, tmp_path):
    make()
    before, times = (photos / "thing_1.png").read_bytes(), (photos / "thing_1.png").stat().st_mtime_ns
    rewrite(photos / "thing_1.png", 31, seconds_later=1)
    write_photos(photos, [20, 21, 22])

    def stop(done, total, stage):
        if done == 2:
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        synced(tmp_path / "a.db", stop)
    (photos / "thing_1.png").write_bytes(before)
    os.utime(photos / "thing_1.png", ns=(times, times))
    for _ in range(2):  # the second notices that what was staged is not what is there
        engine, _ = synced(tmp_path / "a.db")
        assert sorted(vectors_by_path(engine)) == sorted(path.name for path in photos.iterdir())
        assert engine.n_images == N_PHOTOS + 3
    assert changed_photos(tmp_path / "a.db") == []


def test_all_photos_may_change_at_once(padded, make, photos, tmp_path, monkeypatch):
    make()
    measured = []

    def calibrate(describer, transform, store, id_map, file, progress):
        measured.append([file(i) for i in range(id_map.n_images)])

    monkeypatch.setattr(calibration, "calibrate", calibrate)
    for i in range(N_PHOTOS):
        rewrite(photos / f"thing_{i}.png", 40 + i, seconds_later=1)
    engine, _ = synced(tmp_path / "a.db")
    assert len(engine.changed) == N_PHOTOS == engine.n_images and engine.verify()
    assert [[file.name for file in files] for files in measured] == [[engine.path(i) for i in range(N_PHOTOS)]]
    assert engine.query(photo(43)).exhaustive.matches[0].path == "thing_3.png"


def test_a_photo_that_became_unreadable_keeps_what_it_was(make, photos, tmp_path):
    before = vectors_by_path(make())
    (photos / "thing_1.png").write_bytes(b"half")
    engine, _ = synced(tmp_path / "a.db")
    assert engine.unreadable[0][0] == "thing_1.png" and engine.changed == () and vectors_by_path(engine) == before


def test_times_that_were_not_noted_count_as_unchanged(make, photos, tmp_path, monkeypatch):
    """A database from before: its photos were noted with their size alone."""
    true = manifest.write_table
    old = lambda root, name, table: true(root, name, table.drop(columns=["mtime_ns", "n_patches"], errors="ignore"))  # noqa: E731
    with monkeypatch.context() as before:
        before.setattr(manifest, "write_table", old)
        make()
    os.utime(photos / "thing_1.png")
    (photos / "thing_2.png").write_bytes((photos / "thing_2.png").read_bytes() + b"x")
    assert changed_photos(tmp_path / "a.db") == ["thing_2.png"]
    engine, _ = synced(tmp_path / "a.db")
    assert engine.changed == ("thing_2.png",)
    os.utime(photos / "thing_2.png")
    assert changed_photos(tmp_path / "a.db") == ["thing_2.png"], "now its time is known"


def test_a_change_is_one_commit(padded, make, photos, segments, tmp_path, monkeypatch):
    """Killed at any write, the database says the old or the new, never a photo twice or not at all."""
    before = contents(make())
    rewrite(photos / "thing_1.png", 31, seconds_later=1)
    write_photos(photos, [20])
    root, ends, calls = tmp_path / "a.db", set(), [0]

    def dying(true, at):
        def write(*arguments):
            calls[0] += 1
            if calls[0] == at:
                raise KeyboardInterrupt
            return true(*arguments)

        return write

    for at in range(1, 200):
        calls[0] = 0
        shutil.copytree(root, tmp_path / f"{at}.db")
        with monkeypatch.context() as patched:
            for name in ("write_bytes", "write_array", "write_table", "replace_bytes"):
                patched.setattr(manifest, name, dying(getattr(manifest, name), at))
            patched.setattr(files, "write_new", dying(files.write_new, at))
            patched.setattr(os, "replace", dying(os.replace, at))
            patched.setattr(Staging, "discard", dying(Staging.discard, at))
            with suppress(KeyboardInterrupt):
                RetrievalEngine.open(tmp_path / f"{at}.db").add(photos)
        seen = RetrievalEngine.open(tmp_path / f"{at}.db")
        ends.add(contents(seen))
        names = [seen.path(i) for i in range(seen.n_images)]
        assert (len(names) == len(set(names)) and contents(seen) == before) or seen.n_images == N_PHOTOS + 1
        seen.add(photos)
        assert seen.n_images == N_PHOTOS + 1, "the next one finishes, and adds nothing twice"
        ends.add(contents(seen))
        if calls[0] < at:
            break
    assert at > 10 and len(ends) == 2


def test_a_missing_folder_removes_nothing(make, photos, tmp_path):
    make()
    photos.rename(tmp_path / "away")
    with pytest.raises(DatabaseError, match="the photo folder photos is not where it was: nothing was removed"):
        remove_vanished(tmp_path / "a.db")
    photos.mkdir()
    with pytest.raises(DatabaseError, match="every photo of the folder photos is gone: nothing was removed"):
        synced(tmp_path / "a.db")
    assert RetrievalEngine.open(tmp_path / "a.db").n_images == N_PHOTOS


def test_removing_can_be_stopped_before_it_counts(make, photos, tmp_path):
    make()
    (photos / "thing_2.png").unlink()

    def stop(done, total, stage):
        if stage == "hash":
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        remove_vanished(tmp_path / "a.db", stop)
    assert RetrievalEngine.open(tmp_path / "a.db").n_images == N_PHOTOS
    assert remove_vanished(tmp_path / "a.db") == ["thing_2.png"]


# ---- the end of it


def test_a_deleted_database_leaves_its_photos(make, photos, tmp_path):
    make()
    assert delete_database(tmp_path / "a.db") and not (tmp_path / "a.db").exists()
    assert len(list(photos.iterdir())) == N_PHOTOS


THEIRS = ("letter.txt", "data.npy", "notes-1234.json", ".profile", "boxes.json", "labels.parquet")
THEIRS += ("labels-20260101.json", "evaluations/mine.json")


def test_files_of_others_survive(make, photos, tmp_path):
    make()
    theirs = [tmp_path / "a.db" / name for name in THEIRS]
    (tmp_path / "a.db" / "evaluations").mkdir()
    for path in theirs:
        path.write_text("mine")
    for _ in range(3):  # no commit takes them, and no measurement
        remove_vanished(tmp_path / "a.db")
        (photos / f"thing_{_}.png").unlink()
    assert not delete_database(tmp_path / "a.db")
    left = {path.relative_to(tmp_path / "a.db") for path in (tmp_path / "a.db").rglob("*")}
    assert left == {Path("evaluations"), *(path.relative_to(tmp_path / "a.db") for path in theirs)}
    with pytest.raises(DatabaseError, match="a.db is no database: nothing was deleted"):
        delete_database(tmp_path / "a.db")


def test_an_unfinished_build_can_be_deleted(make, tmp_path):
    def stop(done, total, stage):
        if done:
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        make(progress=stop)
    assert delete_database(tmp_path / "a.db") and not (tmp_path / "a.db").exists()


def test_an_unfinished_build_of_a_former_version_can_be_deleted_and_is_not_gone_on_with(make, tmp_path):
    whole, root = contents(make("whole.db")), tmp_path / "a.db"

    def stop(done, total, stage):
        if stage == "hash":
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        make(progress=stop)
    (root / ".written").unlink()
    plan = json.loads((root / ".staging" / "plan.json").read_bytes())
    (root / ".staging" / "plan.json").write_text(json.dumps({k: v for k, v in plan.items() if k != "format"}))
    for record in (root / ".staging").glob("described-*.json"):
        record.write_text('{"paths": ["thing_0.png"], "images": [{"path": "thing_0.png"}], "unreadable": []}')
    shutil.copytree(root, tmp_path / "b.db")
    assert delete_database(root) and not root.exists()
    assert contents(make("b.db")) == whole


@pytest.mark.parametrize("what", ["photos", "nowhere", "link.db", "file"])
def test_only_databases_are_deleted(make, photos, tmp_path, what):
    make()
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseError, match=f"{what} is no database: nothing was deleted"):
        delete_database(tmp_path / what)
    assert len(list(photos.iterdir())) == N_PHOTOS and RetrievalEngine.open(tmp_path / "a.db").verify()


def test_a_damaged_database_can_be_deleted_and_a_busy_one_not(make, tmp_path):
    refused = []

    def meanwhile(done, total, stage):
        with pytest.raises(DatabaseError, match="a.db is busy, held by process"):
            delete_database(tmp_path / "a.db")
        refused.append(stage)

    make(progress=meanwhile)
    assert refused
    next((tmp_path / "a.db").glob("vectors-*")).unlink()
    assert delete_database(tmp_path / "a.db")


def test_a_link_inside_leads_nowhere(make, photos, tmp_path):
    make()
    os.symlink(photos, tmp_path / "a.db" / ".staging")
    delete_database(tmp_path / "a.db")
    assert len(list(photos.iterdir())) == N_PHOTOS


# ---- before it begins


def test_an_estimate_counts_photos_and_comes_near_the_size(make, photos, tmp_path):
    (photos / "broken.png").write_bytes(b"garbage")
    lsh = LSHConfig(storage="float16", n_tables=30)
    found = estimate_build(photos, tmp_path / "new.db", "tiny", lsh=lsh)
    assert (found.photos, found.vectors) == (N_PHOTOS + 1, (N_PHOTOS + 1) * 119)
    assert found.unreadable == 1 and found.timed == N_PHOTOS + 1 and found.seconds > 0 and found.fits
    assert json.loads(json.dumps(vars(found)))["photo_bytes"] == sum(path.stat().st_size for path in photos.iterdir())
    assert not (tmp_path / "new.db").exists(), "nothing is written"
    fewer = estimate_build(photos, tmp_path / "new.db", "tiny", PatchConfig.of_sizes([1.0, 0.5]), lsh)
    assert fewer.vectors == (N_PHOTOS + 1) * 10 and fewer.bytes < found.bytes


def test_an_estimate_includes_the_searches_that_measure_presets(tiny_backbone, tmp_path, monkeypatch):
    few, many = write_photos(tmp_path / "few", range(100, 149)), write_photos(tmp_path / "many", range(100, 150))
    assert estimate_build(few, tmp_path / "a.db", "tiny").trial_seconds == 0, "too few to measure on"
    asked = []
    monkeypatch.setattr(calibration, "describe_trial", lambda *given: (asked.append(given[2]), time.sleep(0.02)))
    found = estimate_build(many, tmp_path / "a.db", "tiny")
    assert len(set(asked)) == calibration.N_TIMED and {file.parent for file in asked} == {many}
    assert found.trial_seconds >= calibration.N_QUERIES * 0.02 and found.seconds >= found.trial_seconds + FIXED_SECONDS


def test_an_estimate_refuses_what_a_build_refuses(tiny_backbone, tmp_path):
    (tmp_path / "bad").mkdir()
    with pytest.raises(DatabaseError, match="the folder bad is empty"):
        estimate_build(tmp_path / "bad", tmp_path / "a.db", "tiny")
    (tmp_path / "bad" / "a.png").write_bytes(b"x")
    with pytest.raises(DatabaseError, match="none of 1 photos tried in bad could be read"):
        estimate_build(tmp_path / "bad", tmp_path / "a.db", "tiny")


def test_patch_sizes_find_their_places():
    assert PatchConfig.of_sizes(PatchConfig().sizes) == PatchConfig()
    assert PatchConfig.of_sizes([1, 0.25]).positions == (1, 7), "steps of half a window"
    for bad in ([], [0.001], [2.0], [float("nan")]):
        with pytest.raises(EngineError):
            PatchConfig.of_sizes(bad)


def test_angles_of_random_pairs_and_boxes_of_patches(make):
    engine = make()
    assert len(engine.angle_histogram()) == 256 and sum(engine.angle_histogram()) > 1000
    boxes = np.array(engine.patch_boxes(0))
    assert boxes.shape == (119, 4) and tuple(boxes[0]) == (0, 0, 200, 150)
