"""Builds and what may be added to them: photos, unreadable files, moved folders."""

import json
import os
import shutil

import numpy as np
import pytest
from build_help import N_PHOTOS, contents, is_tidy
from small_photos import photo, write_photos

from lsh_engine import DatabaseError, LSHConfig, PatchConfig, RetrievalEngine
from lsh_engine.collection.staging import FOLDER as STAGING
from lsh_engine.core import generations as manifest
from lsh_engine.describe.describer import Describer

# ---- a build


def test_a_build_tells_its_progress_and_holds_every_photo(make, photos, tmp_path):
    told = []
    engine = make(progress=lambda *step: told.append(step))
    assert [stage for _, _, stage in told] == ["learn"] * 2 + ["describe"] * 4 + ["hash"]
    assert {total for _, total, _ in told} == {N_PHOTOS} and told[-1][0] == N_PHOTOS
    for stage in ("learn", "describe"):
        done = [step[0] for step in told if step[2] == stage]
        assert done == sorted(done) and done[-1] < N_PHOTOS
    assert sorted(engine.path(i) for i in range(engine.n_images)) == [f"thing_{i}.png" for i in range(N_PHOTOS)]
    assert engine.n_vectors == N_PHOTOS * 119 and engine.unreadable == ()
    assert is_tidy(tmp_path / "a.db") and engine.verify() > 5


def test_a_large_photo_is_noted_with_its_own_size_and_described_from_less(make, photos, monkeypatch):
    photo(8).resize((1200, 1600)).save(photos / "large.jpg")
    seen, true = [], Describer.pool_patches

    def pool_patches(describer, image, size=None):
        seen.append((image.size, size))
        return true(describer, image, size)

    monkeypatch.setattr(Describer, "pool_patches", pool_patches)
    engine = make()
    paths = [engine.path(i) for i in range(engine.n_images)]
    assert engine.image_size(paths.index("large.jpg")) == (1200, 1600)
    assert engine.patch_boxes(paths.index("large.jpg"))[0] == (0, 0, 1200, 1600)
    assert ((600, 800), (1200, 1600)) in seen


def test_facts_of_a_database(make, photos):
    info = make(lsh=LSHConfig(n_tables=7, seed=3)).info()
    assert json.loads(json.dumps(info)) == info
    expected = {"name": "a.db", "images": 7, "vectors": 833, "dim": 24, "dtype": "float32", "patches_per_image": 119}
    assert expected.items() <= info.items() and info["backbone"] == "tiny" and info["photos_found"]
    assert info["photos"] == [str(photos)] and (info["lsh"]["n_tables"], info["lsh"]["seed"]) == (7, 3)


def test_two_builds_are_equal_and_each_photo_finds_its_own_patches(make):
    engine = make()
    assert contents(engine) == contents(make("b.db"))
    vectors = np.concatenate(engine.collection.store.blocks)
    for image_id in (0, N_PHOTOS - 1):
        picture = engine.photo(image_id)
        described, boxes = engine.describer.describe_image(picture, engine.collection.transform)
        assert described == pytest.approx(vectors[image_id * 119 : image_id * 119 + 119], abs=1e-5)
        assert engine.image_size(image_id) == picture.size and len(boxes) == 119


def test_a_photo_folder_in_subfolders_and_a_database_beside_the_photos(make, photos, tmp_path):
    write_photos(photos / "more" / "deep", [1])
    engine = make("photos/inner.db")
    assert engine.n_images == N_PHOTOS + 1
    assert "more/deep/thing_1.png" in {engine.path(i) for i in range(engine.n_images)}
    assert make("photos/inner.db").n_images == N_PHOTOS + 1, "nothing inside the database counts as a photo"


def test_thumbnails_are_jpegs_of_the_photos(make):
    from lsh_engine import load_image

    engine = make()
    thumbnail = load_image(engine.thumbnail(2))
    original = engine.photo(2)
    assert thumbnail.size == original.size
    difference = np.abs(np.asarray(thumbnail, int) - np.asarray(original, int))
    assert difference.mean() < 8


# ---- files that are no pictures


def test_unreadable_files_are_passed_over_and_reported(make, photos):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff garbage")
    (photos / "empty.png").write_bytes(b"")
    (photos / "text.gif").write_text("no picture")
    (photos / "folder.png").mkdir()
    data = (photos / "thing_0.png").read_bytes()
    (photos / "cut.png").write_bytes(data[: len(data) // 2])
    engine = make()
    assert engine.n_images == N_PHOTOS
    assert {path for path, _ in engine.unreadable} == {"broken.jpg", "empty.png", "text.gif", "cut.png"}
    assert all(reason and "\n" not in reason and str(photos) not in reason for _, reason in engine.unreadable)
    assert {path for path, _ in make().unreadable} == {"broken.jpg", "empty.png", "text.gif", "cut.png"}


def test_a_name_that_is_no_text_is_passed_over_and_reported(make, photos):
    name = os.fsencode(photos) + b"/bad\xff.png"
    try:
        shutil.copyfile(os.fsencode(photos / "thing_0.png"), name)
    except OSError:
        pytest.skip("this file system refuses such names")
    engine = make()
    assert engine.n_images == N_PHOTOS
    assert engine.unreadable == (("bad?.png", "its name is no valid text: rename it"),)


def test_a_folder_of_unreadable_files_only(make, tmp_path):
    (tmp_path / "bad").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "bad" / name).write_bytes(b"garbage")
    with pytest.raises(DatabaseError, match="none of the 2 photos in bad"):
        make(folder=tmp_path / "bad")
    assert not (tmp_path / "a.db" / manifest.POINTER).exists() and not (tmp_path / "a.db" / STAGING).exists()


def test_a_photo_as_dull_as_can_be(make, photos, tmp_path):
    from PIL import Image

    dull = tmp_path / "dull"
    dull.mkdir()
    Image.new("RGB", (60, 40), "black").save(dull / "black.png")
    Image.new("RGB", (1, 1), "white").save(dull / "dot.png")
    engine = make(folder=dull)
    assert engine.n_images == 2 and np.isfinite(np.concatenate(engine.collection.store.blocks)).all()


# ---- adding


def test_a_second_build_of_the_same_folder_adds_nothing(make, tmp_path):
    first = make()
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "a.db").glob("*-*")}
    again = make(progress=lambda done, total, stage: pytest.fail("nothing is to be done"))
    assert contents(again) == contents(first)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "a.db").glob("*-*")} == files


def test_only_new_photos_are_added_and_old_ids_stay(make, photos, tmp_path):
    engine = make()
    vectors, paths = (
        np.concatenate(engine.collection.store.blocks),
        [engine.path(i) for i in range(N_PHOTOS)],
    )
    reader = RetrievalEngine.open(tmp_path / "a.db")
    write_photos(photos, range(20, 23))
    steps = []
    assert engine.add(photos, lambda *step: steps.append(step)) == ()
    assert {total for _, total, _ in steps} == {3}
    assert engine.n_images == N_PHOTOS + 3
    assert [engine.path(i) for i in range(N_PHOTOS)] == paths
    assert {engine.path(i) for i in range(N_PHOTOS, N_PHOTOS + 3)} == {f"thing_{i}.png" for i in (20, 21, 22)}
    np.testing.assert_array_equal(np.concatenate(engine.collection.store.blocks)[: len(vectors)], vectors)
    assert reader.n_images == N_PHOTOS and reader.verify(), "a reader keeps the generation it opened"
    described = engine.describe(photo(21), None, (1.0,))
    assert engine.nearest(described).path == "thing_21.png", "the index knows the new ones"
    assert engine.collection.lsh.meta()["segments"] == [[0, (N_PHOTOS + 3) * 119]]


def test_photos_of_a_second_folder(make, photos, tmp_path):
    make()
    more = write_photos(tmp_path / "more", [0, 30])
    engine = make(folder=more)
    assert engine.n_images == N_PHOTOS + 2, "the same name in another folder is another photo"
    assert engine.info()["photos"] == [str(photos), str(more)]
    sources = [engine.collection.file(i) for i in range(engine.n_images)]
    assert sources[-2:] == [more / "thing_0.png", more / "thing_30.png"] and all(path.is_file() for path in sources)
    assert make(folder=more).n_images == N_PHOTOS + 2


def test_two_engines_that_add_do_not_undo_each_other(make, tmp_path):
    make()
    one, two = (RetrievalEngine.open(tmp_path / "a.db") for _ in range(2))
    one.add(write_photos(tmp_path / "one", [30]))
    two.add(write_photos(tmp_path / "two", [31, 32]))
    assert (one.n_images, two.n_images) == (N_PHOTOS + 1, N_PHOTOS + 3)
    names = {two.path(i) for i in range(two.n_images)}
    assert {"thing_30.png", "thing_31.png", "thing_32.png"} <= names


def test_adding_from_a_moved_folder_notes_its_new_place(make, photos, tmp_path):
    make()
    moved = photos.rename(tmp_path / "moved")
    engine = RetrievalEngine.open(tmp_path / "a.db", photos=moved)
    engine.add(moved)
    assert engine.photos_found and engine.photo(0).size == (200, 150), "with nothing new it still knows the place"
    write_photos(moved, [40])
    engine.add(moved)
    assert engine.n_images == N_PHOTOS + 1
    again = RetrievalEngine.open(tmp_path / "a.db")
    assert again.info()["photos"] == [str(moved)] and again.photo(0).size == again.photo(N_PHOTOS).size


def test_another_backbone_or_other_patches_are_refused(make, photos, tmp_path):
    before = contents(make())
    with pytest.raises(DatabaseError, match="a.db.*tiny.*efficientnet_lite0"):
        RetrievalEngine.build(photos, tmp_path / "a.db")
    with pytest.raises(DatabaseError, match="same backbone and patches"):
        make(patches=PatchConfig(sizes=(1.0,), positions=(1,)))
    assert contents(make(patches=PatchConfig())) == before


# ---- half the disk


def test_half_precision_halves_the_vectors_and_keeps_the_angles(make, tmp_path):
    exact, half = make(), make("half.db", dtype="float16")
    assert half.info()["dtype"] == "float16"
    sizes = [engine.collection.generation.entries["vectors-0"].bytes for engine in (exact, half)]
    assert sizes[1] == pytest.approx(sizes[0] / 2, rel=0.01)
    blocks = [engine.collection.store.blocks for engine in (exact, half)]
    for own, stored in zip(*blocks, strict=True):
        assert stored.dtype == np.float16
        np.testing.assert_allclose(stored, own, atol=1e-3)
    answers = [engine.query(photo(3), (15, 50, 100, 130)).exhaustive.matches for engine in (exact, half)]
    assert answers[0][0].path == answers[1][0].path == "thing_3.png"
    assert answers[0][0].angle == pytest.approx(answers[1][0].angle, abs=2e-3)
    half.add(write_photos(tmp_path / "more", [60]))
    assert half.info()["dtype"] == "float16" and half.n_images == N_PHOTOS + 1


# ---- photos that moved


def test_a_moved_folder_is_named_when_opening(make, photos, tmp_path):
    make()
    moved = photos.rename(tmp_path / "moved")
    engine = RetrievalEngine.open(tmp_path / "a.db")
    assert not engine.photos_found and engine.query(photo(0)).exhaustive is not None, "searching needs no originals"
    with pytest.raises(DatabaseError, match=r"thing_\d.png.*--photos"):
        engine.photo(0)
    engine = RetrievalEngine.open(tmp_path / "a.db", photos=moved)
    assert engine.photos_found and engine.photo(0).size == (200, 150)
    with pytest.raises(DatabaseError, match="photo folder nowhere"):
        RetrievalEngine.open(tmp_path / "a.db", photos=tmp_path / "nowhere")


def test_a_database_moves_together_with_its_photos(make, photos, tmp_path):
    make()
    for name in ("photos", "a.db"):
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    engine = RetrievalEngine.open(tmp_path / "elsewhere" / "a.db")
    assert engine.photos_found and engine.photo(0).size == (200, 150)


def test_one_folder_cannot_stand_for_two(make, tmp_path):
    make().add(write_photos(tmp_path / "more", [70]))
    with pytest.raises(DatabaseError):
        RetrievalEngine.open(tmp_path / "a.db", photos=tmp_path / "more")


def test_an_original_that_broke_after_the_build(make, photos):
    engine = make()
    (photos / engine.path(0)).write_bytes(b"garbage")
    with pytest.raises(DatabaseError, match="cannot be read any more"):
        engine.photo(0)
