"""The files of photos: written once where they stay, merged while they are small, never twice on the disk."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from build_help import contents
from small_photos import write_photos

from lsh_engine import BuildCancelled, PatchConfig, RetrievalEngine
from lsh_engine.collection import segments
from lsh_engine.collection.staging import FOLDER as STAGING
from lsh_engine.core import generations as manifest
from lsh_engine.core import growing_array


def disk_of(root: Path) -> int:
    """Bytes that a folder takes; of a file that is going away, none."""
    total = 0
    for path in root.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except OSError:
            continue
    return total


def test_a_build_needs_little_more_disk_than_the_database(make, tmp_path):
    """Sampled at every write to the disk and all the time between."""
    photos, root = write_photos(tmp_path / "many", range(100, 220)), tmp_path / "many.db"
    seen, over = [0], threading.Event()

    def watch():
        while not over.is_set():
            seen.append(disk_of(root))
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        make("many.db", lambda *step: seen.append(disk_of(root)), photos)
    finally:
        over.set()
        watcher.join()
    assert max(seen) <= 1.1 * disk_of(root), f"{max(seen) / disk_of(root):.2f} times its size"


def test_what_is_staged_becomes_the_segment(make, tmp_path):
    """The very file, not a copy."""

    def stop(done, total, stage):
        if stage == "hash":
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        make(progress=stop)
    staged = {path.name: path.stat().st_ino for path in (tmp_path / "a.db" / STAGING).glob("*.npy")}
    entries = make().collection.generation.entries
    for part in ("vectors-0", "thumbnails-0"):
        file = entries[part].file
        assert (tmp_path / "a.db" / file).stat().st_ino == staged[file]


def test_pooled_rows_never_reach_the_disk(make, tmp_path):
    sizes = []

    def look(done, total, stage):
        if stage == "learn":
            sizes.append(disk_of(tmp_path / "a.db" / STAGING))

    make(progress=look)
    assert max(sizes) < 10_000


def test_a_build_whose_staged_file_is_damaged_begins_again(make, tmp_path):
    whole = contents(make("whole.db"))

    def stop(done, total, stage):
        if stage == "describe" and done > 2:
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        make(progress=stop)
    victim = next((tmp_path / "a.db" / STAGING).glob("vectors-*.npy"))
    os.truncate(victim, victim.stat().st_size - 1)
    assert contents(make()) == whole


def test_forty_additions_leave_few_files(make, tmp_path):
    engine, root = make(), tmp_path / "a.db"
    known = {engine.path(i) for i in range(engine.n_images)}
    most = 0
    for number in range(40):
        engine.add(write_photos(tmp_path / f"more-{number}", [20 + number]))
        most = max(most, engine.collection.n_segments)
    assert engine.n_images == len(known) + 40 and engine.collection.n_segments <= most <= 5
    files = [path for path in root.iterdir() if path.is_file()]
    assert len(engine.collection.generation.entries) <= 40 and len(files) <= 80, "of two generations"
    paths = [engine.path(i) for i in range(engine.n_images)]
    assert paths[-40:] == [f"thing_{20 + number}.png" for number in range(40)], "merging keeps the order"
    picture = engine.photo(30)
    rows, _ = engine.describer.describe_image(picture, engine.collection.transform)
    assert np.concatenate(engine.collection.store.blocks)[engine.collection.id_map.span(30)] == pytest.approx(
        rows, abs=1e-5
    )
    assert engine.thumbnail(30)[:2] == b"\xff\xd8" and RetrievalEngine.open(root).verify()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the descriptors of a Linux process")
def test_an_engine_holds_few_files_open(make, tmp_path):
    engine = make()
    for number in range(12):
        engine.add(write_photos(tmp_path / f"more-{number}", [20 + number]))
    before = len(os.listdir("/proc/self/fd"))
    kept = RetrievalEngine.open(tmp_path / "a.db")
    assert len(os.listdir("/proc/self/fd")) - before <= 40 and kept.n_images == engine.n_images


def sizes_after(root: Path, sizes: list[int]) -> list[int]:
    """Photos of the segments that are left of segments of these sizes."""
    made = []
    for size in sizes:
        table = {"path": ["x"] * size, "thumbnail_bytes": 1, "n_patches": 1, "mtime_ns": 0}
        vectors = manifest.write_array(root, "vectors", np.ones((size, 2), np.float32))
        thumbnails = manifest.write_array(root, "thumbnails", np.ones(size, np.uint8))
        import pandas as pd

        made.append(segments.Segment(size, vectors, segments.write_images(root, pd.DataFrame(table)), thumbnails))
    return [segment.n_images for segment in segments.merged(root, made)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([5], [5]),
        ([1, 1], [2]),
        ([4, 1], [4, 1]),
        ([4, 1, 1], [6]),
        ([9, 9, 9], [9, 9, 9]),
        ([9, 2, 9, 3, 1], [9, 2, 9, 4]),
        ([9, 1, 1, 1, 1, 1], [9, 4, 1]),
        ([2, 9], [2, 9]),
    ],
)
def test_small_neighbours_become_one_and_full_ones_stay(tmp_path, monkeypatch, before, after):
    monkeypatch.setattr(segments, "SEGMENT", 8)
    assert sizes_after(tmp_path, before) == after


# ---- an array that grows


def test_a_growing_array_is_what_numpy_writes(tmp_path):
    path, rows = tmp_path / "a.npy", np.arange(12, dtype=np.float16).reshape(4, 3)
    growing_array.start(path, rows.dtype, (3,))
    n = growing_array.append(path, 0, rows[:1])
    n = growing_array.append(path, n, np.full((2, 3), 9, np.float16))
    n = growing_array.append(path, 1, rows[1:])  # the two before were written by somebody who died
    entry = growing_array.finish(path, rows.dtype, (n, 3))
    np.save(tmp_path / "b.npy", rows)
    assert path.read_bytes() == (tmp_path / "b.npy").read_bytes() and entry.shape == (4, 3)
    assert growing_array.holds(path, rows.dtype, (4, 3)) and not growing_array.holds(path, rows.dtype, (5, 3))


def test_patches_may_differ_from_photo_to_photo_in_the_files(make, tmp_path):
    """The table of photos counts the patches of each."""
    engine = make(patches=PatchConfig(sizes=(1.0, 0.5), positions=(1, 2)))
    assert engine.collection.images["n_patches"].tolist() == [5] * engine.n_images
