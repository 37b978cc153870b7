"""A file that is a photo of the database is known again, by its bytes alone."""

import shutil

import pytest
import small_photos

from lsh_engine import AskedCrops, EngineError, RetrievalEngine, SearchSettings


def test_every_photo_is_known_by_its_bytes(small_db):
    engine = small_db.engine
    for image_id in range(engine.n_images):
        assert engine.own_photo((small_db.photos / engine.path(image_id)).read_bytes()) == image_id


def test_other_files_are_not(small_db):
    data = (small_db.photos / small_db.engine.path(0)).read_bytes()
    same_size = data[:-1] + bytes([data[-1] ^ 1])
    for other in (b"", data + b"0", data[:-1], same_size):
        assert small_db.engine.own_photo(other) is None


def test_a_photo_that_has_gone_or_changed_is_no_longer_known(small_db, tmp_path):
    shutil.copytree(small_db.photos, tmp_path / "photos")
    engine = RetrievalEngine.open(small_db.path, tmp_path / "photos")
    files = [tmp_path / "photos" / engine.path(i) for i in (0, 1)]
    first, second = (file.read_bytes() for file in files)
    files[0].unlink()
    files[1].write_bytes(bytes(len(second)))
    assert engine.own_photo(first) is None and engine.own_photo(second) is None


def test_the_engine_leaves_the_own_photo_out(small_db):
    engine = small_db.engine
    described = engine.describe(small_photos.photo(2), small_photos.BOXES[2], (0.7071, 1.0))
    own = engine.own_photo((small_db.photos / "thing_2.png").read_bytes())
    report = engine.search(AskedCrops((described,), own=own), SearchSettings(delta=1.5))
    assert report.own.path == "thing_2.png" and report.own.angle < 0.8
    for answer in report.answers.values():
        assert all(match.path != "thing_2.png" for match in answer.matches)
    assert [match.image_id for match in engine.neighbourhood(described)] == [
        match.image_id for match in engine.ranking(described)
    ]
    assert engine.neighbourhood(described, 1)[0].image_id == own
    assert own not in engine.found_at(AskedCrops((described,), own=own), [3.0])[0]
    match = engine.neighbourhood(described, 2)[1]
    assert engine.patch_boxes(match.image_id)[match.patch] == pytest.approx(match.box, abs=0.01)
    liked = engine.refined(described, [(match.image_id, match.patch)])
    nearer = {found.image_id: found.angle for found in engine.neighbourhood(liked)}
    assert nearer[match.image_id] < match.angle
    with pytest.raises(EngineError):
        engine.neighbourhood(described, 0)
