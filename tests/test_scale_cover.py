"""The crop pasted on backgrounds: angle against its size and against the share of the photo it covers."""

import numpy as np
import pytest
import small_photos

from lsh_engine import EngineError
from lsh_engine.analysis.thresholds import scale_cover
from lsh_engine.analysis.thresholds.scale_cover import least_angle

BOX = small_photos.BOXES[0]
SCALES = (0.5, 1.0, 1.4142)


COVERS = (1.0, 0.5, 0.25, 0.05)


@pytest.fixture(scope="module")
def crops(small_db):
    """Few sizes: every picture takes the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scale_cover, "COVERS", COVERS)
        yield measured(small_db)


def measured(small_db):
    engine, told = small_db.engine, []
    picture = small_photos.photo(0)
    near = engine.thresholds.nearness(engine.describe(picture, BOX, SCALES))
    progress = lambda done, total: told.append((done, total))  # noqa: E731
    found = engine.thresholds.pasted_crops(picture, BOX, SCALES, near, engine.photo, progress)
    far = {engine.path(int(image)) for image in near.images[len(near.images) // 2 :]}
    return found, told, far


def test_every_background_has_the_crop_at_every_cover(crops):
    found, told, far = crops
    names = {crop.background for crop in found}
    assert len(names) == 3 and names <= far
    by_name = {name: [crop.cover for crop in found if crop.background == name] for name in names}
    assert all(covers == list(COVERS) for covers in by_name.values())
    total = 3 * (len(COVERS) + 1)
    assert told[0] == (0, total) and all(of == total and done < total for done, of in told)


def test_sizes_follow_the_cover(crops):
    """The canvas has the shape of the crop and the longest side of the photo: 200 pixels, of the crop 90."""
    for crop in crops[0]:
        assert crop.scale_ratio == pytest.approx(200 / 90 * np.sqrt(crop.cover), rel=0.05)


def test_more_ways_to_look_come_no_farther(crops):
    for crop in crops[0]:
        assert crop.scaled <= crop.as_is + 1e-6, "x1 is one of the query scales"
        assert crop.matched <= crop.whole + 1e-6, "the whole photo is one of its regions"
    full = [crop for crop in crops[0] if crop.cover == 1]
    assert all(crop.matched == pytest.approx(full[0].matched) for crop in full), "nothing of the background is left"


def test_a_thing_that_fills_less_of_the_photo_moves_away(crops):
    def mean(name: str, cover: float) -> float:
        return float(np.mean([getattr(crop, name) for crop in crops[0] if crop.cover == cover]))

    assert mean("whole", 1.0) < mean("whole", 0.25) < mean("whole", 0.05)
    assert mean("matched", 0.05) < mean("whole", 0.05), "regions repair it"
    assert mean("matched", 0.5) < np.mean([crop.without for crop in crops[0]])


def test_without_originals_the_reason_is_told(small_db):
    engine, picture = small_db.engine, small_photos.photo(0)
    near = engine.thresholds.nearness(engine.describe(picture, BOX, (1.0,)))

    def gone(image_id: int):
        raise EngineError("the original has gone")

    with pytest.raises(EngineError, match="has gone"):
        engine.thresholds.pasted_crops(picture, BOX, (1.0,), near, gone)


def test_a_tiny_box_is_refused(small_db):
    engine, picture = small_db.engine, small_photos.photo(0)
    near = engine.thresholds.nearness(engine.describe(picture, BOX, (1.0,)))
    with pytest.raises(EngineError, match="draw it larger"):
        engine.thresholds.pasted_crops(picture, (1, 1, 3, 3), (1.0,), near, engine.photo)


def test_the_least_angle():
    rows = np.float32([[1, 0], [0, 1]])
    assert least_angle(np.float32([[0.6, 0.8]]), rows) == pytest.approx(np.arccos(0.8), abs=1e-6)
