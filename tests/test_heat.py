"""How near each part of a photo is: patches against the matches of a search, cells against pooling by hand."""

import numpy as np
import pytest
from small_photos import BOXES, photo

from lsh_engine import EngineError, SearchSettings
from lsh_engine.describe.pooling import gem, l2_normalise
from lsh_engine.describe.transform import finish

SCALES = (0.5, 1.0)


@pytest.fixture
def engine(make):
    return make()


@pytest.fixture
def described(engine):
    return engine.describe(photo(0), BOXES[0], SCALES)


def test_the_least_patch_angle_is_that_of_the_match(engine, described):
    matches = engine.search(described, SearchSettings(delta=np.pi, scales=SCALES)).exhaustive.matches
    assert len(matches) == engine.n_images
    for match in matches:
        angles, scales = engine.patch_angles(described, match.image_id)
        best = int(angles.argmin())
        assert angles.shape == (119,) and angles.dtype == np.float32
        assert float(angles[best]) == match.angle and scales[best] == match.scale
        assert engine.patch_boxes(match.image_id)[best] == pytest.approx(match.box, abs=0.01)


def test_patch_angles_are_those_of_the_vectors(engine, described):
    angles, scales = engine.patch_angles(described, 2)
    rows = engine.vectors()[2 * 119 : 3 * 119].astype(np.float64)
    brute = np.arccos(np.clip(described.vectors.astype(np.float64) @ rows.T, -1, 1))
    assert angles == pytest.approx(brute.min(axis=0), abs=1e-3)
    chosen = brute[[described.scales.index(scale) for scale in scales], np.arange(119)]
    assert chosen == pytest.approx(brute.min(axis=0), abs=1e-3)


def test_a_cell_takes_the_nearest_patch_that_covers_it(engine, described):
    painted = engine.patch_map(described, 1)
    height, width = painted.cells.shape
    assert (height, width) == engine.describer.map_size(engine.image_size(1))
    across, down = engine.image_size(1)
    boxes = np.array(engine.patch_boxes(1))
    for i in range(height):
        for j in range(width):
            x, y = (j + 0.5) * across / width, (i + 0.5) * down / height
            covers = (boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])
            assert painted.cells[i, j] == painted.angles[covers].min()
            assert covers[painted.nearest[i, j]] and painted.angles[painted.nearest[i, j]] == painted.cells[i, j]
    assert painted.cells.min() == painted.angles.min()


def test_a_patch_descriptor_is_the_stored_vector(engine):
    assert np.array_equal(engine.patch_descriptor(3, 17), engine.vectors()[3 * 119 + 17])
    with pytest.raises(EngineError):
        engine.patch_descriptor(3, 119)


# ---- cells


def test_cells_of_a_photo_are_those_of_its_map(engine, described):
    picture = photo(4)
    found = engine.cell_angles(picture, None, described.vectors)
    assert found.shape == engine.describer.map_size(picture.size) and found.dtype == np.float32
    assert (found >= 0).all() and (found <= np.pi).all() and found.std() > 0.01
    describer = engine.describer
    maps = describer._feature_maps(picture, (0, 0, *picture.size), describer._photo_input(picture.size))
    for i, j in ((0, 0), (3, 5), (found.shape[0] - 1, found.shape[1] - 1)):
        parts = [gem(maps[0][:, i : i + 1, j : j + 1]), gem(maps[1][:, i // 2 : i // 2 + 1, j // 2 : j // 2 + 1])]
        pooled = np.concatenate([l2_normalise(part[None]) for part in parts], axis=1)
        row = finish(pooled, describer.card, engine.collection.transform)[0].astype(np.float64)
        brute = np.arccos(np.clip(described.vectors.astype(np.float64) @ row, -1, 1)).min()
        assert found[i, j] == pytest.approx(brute, abs=2e-3)


def test_one_cell_over_all_is_the_pooling_of_the_whole(engine):
    describer, transform, picture = engine.describer, engine.collection.transform, photo(4)
    whole = describer.describe_cells(picture, None, transform, grid=(1, 1))[0, 0]
    assert whole == pytest.approx(describer.describe_query(picture, None, (1.0,), transform).vectors[0], abs=1e-5)
    assert whole == pytest.approx(describer.describe_image(picture, transform)[0][0], abs=1e-5), (
        "the patch of the whole"
    )


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.4142])
def test_one_cell_over_a_crop_is_the_descriptor_of_the_crop(engine, scale):
    describer, transform = engine.describer, engine.collection.transform
    cell = describer.describe_cells(photo(0), BOXES[0], transform, scale, grid=(1, 1))[0, 0]
    crop = describer.describe_query(photo(0), BOXES[0], (scale,), transform).vectors[0]
    assert cell == pytest.approx(crop, abs=1e-5)
    angles = engine.cell_angles(photo(0), BOXES[0], crop, scale)
    assert angles.ndim == 2 and angles.size > 1 and (angles >= 0).all() and (angles <= np.pi).all()


def test_more_scales_give_finer_cells(engine, described):
    coarse, fine = (engine.cell_angles(photo(0), BOXES[0], described.vectors, scale) for scale in (0.75, 1.5))
    assert fine.size > coarse.size


def test_descriptors_of_another_length_are_refused(engine, described):
    for wrong in (np.ones(5, np.float32) / np.sqrt(5), described.vectors * 2, np.zeros((2, 24), np.float32)):
        with pytest.raises(EngineError):
            engine.cell_angles(photo(0), None, wrong)
