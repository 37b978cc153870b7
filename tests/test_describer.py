"""From a picture to descriptors: shapes and boxes, scales and their limits, crops with their surroundings."""

import math

import numpy as np
import pytest
from PIL import Image
from small_photos import BOXES, HEIGHT, WIDTH, overlap, photo

from lsh_engine.core.errors import EngineError
from lsh_engine.describe.describer import MIN_CROP, Describer, check_box
from lsh_engine.describe.patch_config import PatchConfig
from lsh_engine.describe.transform import finish, learn_transform
from lsh_engine.images.loading import load_image, load_reduced

SCALES = (0.5, 1.0, 1.4142)


@pytest.fixture
def describer(tiny_backbone) -> Describer:
    return Describer(tiny_backbone)


@pytest.fixture
def learned(describer):
    """A transform learned on six photos."""
    return learn_transform(np.concatenate([describer.pool_patches(photo(i)) for i in range(6)]), describer.card)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.arccos(np.clip(a.astype(np.float64) @ b, -1, 1)))


# ---- photos


@pytest.mark.parametrize("size", [(200, 150), (150, 200), (64, 64), (37, 1000), (1500, 40), (9, 9)])
def test_descriptors_and_boxes_of_a_photo(describer, learned, size):
    picture = photo(0).resize(size)
    vectors, boxes = describer.describe_image(picture, learned)
    assert vectors.shape == (119, 24) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors.astype(np.float64), axis=1) == pytest.approx(1, abs=1e-5)
    assert boxes.shape == (119, 4) and boxes.dtype == np.float32
    assert boxes[0].tolist() == [0, 0, *size]
    left, top, right, bottom = boxes.T
    assert (left >= 0).all() and (top >= 0).all() and (left < right).all() and (top < bottom).all()
    assert right.max() == size[0] and bottom.max() == size[1]


def test_a_large_jpeg_is_described_from_a_reduced_copy(describer, learned, tmp_path):
    """Nearly as from all of it, in its cells and its pixels: by its own sides the copy would have other cells."""
    photo(2).resize((1993, 1620)).save(tmp_path / "large.jpg", quality=92)
    reduced, size = load_reduced(tmp_path / "large.jpg", describer.enough_side)
    assert size == (1993, 1620) and reduced.size == (997, 810) and describer.enough_side == 3 * 256
    whole, boxes = describer.describe_image(load_image(tmp_path / "large.jpg"), learned)
    found, same_boxes = describer.describe_image(reduced, learned, size)
    assert np.array_equal(boxes, same_boxes) and boxes[0].tolist() == [0, 0, 1993, 1620]
    assert max(angle(a, b) for a, b in zip(found, whole, strict=True)) < 0.1


def test_every_layer_of_a_pooled_patch_has_unit_length(describer):
    pooled = describer.pool_patches(photo(1))
    assert pooled.shape == (119, 32 + 24) and pooled.dtype == np.float32
    assert np.linalg.norm(pooled[:, :32], axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(pooled[:, 32:], axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("size", "cells"), [((200, 150), (12, 16)), ((150, 200), (16, 12)), ((512, 10), (2, 16)), ((100, 100), (16, 16))]
)
def test_the_map_has_the_proportions_of_the_photo_in_whole_cells(describer, size, cells):
    assert describer.map_size(size) == cells
    assert len(describer.boxes(size)) == 119


def test_the_size_of_a_database_photo_does_not_change_what_it_shows(describer, learned):
    picture = photo(2)
    small, _ = describer.describe_image(picture, learned)
    large, _ = describer.describe_image(picture.resize((800, 600), Image.Resampling.BICUBIC), learned)
    own = np.arccos(np.clip(np.sum(small * large, axis=1), -1, 1))
    assert own.max() < 0.25 and own[0] < 0.1


def test_patches_are_choosable(tiny_backbone):
    describer = Describer(tiny_backbone, PatchConfig(sizes=(1.0, 0.5), positions=(1, 2)))
    assert describer.pool_patches(photo(0)).shape == (5, 56)
    assert describer.boxes(photo(0).size).tolist() == [
        [0, 0, WIDTH, HEIGHT],
        [0, 0, WIDTH / 2, HEIGHT / 2],
        [WIDTH / 2, 0, WIDTH, HEIGHT / 2],
        [0, HEIGHT / 2, WIDTH / 2, HEIGHT],
        [WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT],
    ]


def test_describing_is_repeatable_and_leaves_the_picture_alone(describer):
    picture = photo(3)
    before = picture.tobytes()
    np.testing.assert_array_equal(describer.pool_patches(picture), describer.pool_patches(picture))
    describer.describe_query(picture, BOXES[3], SCALES, None)
    assert picture.tobytes() == before


# ---- queries


def test_one_unit_row_for_each_scale(tiny_backbone, learned):
    describer = Describer(tiny_backbone, PatchConfig(min_crop_side=32))
    described = describer.describe_query(photo(0), BOXES[0], SCALES, learned)
    assert described.scales == SCALES
    assert described.vectors.shape == (3, 24) and described.vectors.dtype == np.float32
    assert np.linalg.norm(described.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    for row, scale in zip(described.vectors, SCALES, strict=True):
        alone = describer.describe_query(photo(0), BOXES[0], (scale,), learned)
        assert alone.vectors[0] == pytest.approx(row, abs=1e-6)


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (150, 200), (1200, 90), (40, 900), (9, 9), (700, 700)])
def test_the_whole_picture_is_asked_as_its_first_patch_was_described(describer, size):
    """At scale 1 the query sees the very input of the database photo, be it ever so narrow."""
    picture = photo(4).resize(size)
    pooled = describer.pool_patches(picture)[0]
    for box in (None, (0, 0, *size), (-5, -5, 10**6, 10**6)):
        query = describer.describe_query(picture, box, (1.0,), None)
        assert query.vectors[0] == pytest.approx(finish(pooled[None], describer.card, None)[0], abs=1e-5)
        assert query.scales == (1.0,) and not query.collapsed


def test_a_stored_photo_asked_whole_lies_next_to_itself(small_db):
    """The default network, through the engine: it was .2 rad away when scale 1 of a whole picture was smaller."""
    engine = small_db.engine
    for image_id in range(3):
        own = engine.ranking(engine.describe(engine.photo(image_id), None, (1.0,)))[0]
        assert own.image_id == image_id and own.angle < 0.01


def test_a_window_is_asked_nearly_as_it_was_described(small_db):
    """The default network: a patch asked as a crop finds itself among the patches of its photo."""
    engine = small_db.engine
    picture, boxes = engine.photo(0), engine.describer.boxes(engine.image_size(0))
    vectors = engine.collection.store.blocks[0][: len(boxes)]
    for patch in (5, 9, 20):  # windows of half and of 0.4 of each side, at a border and inside
        query = engine.describe(picture, tuple(boxes[patch]), (1.0,)).vectors[0]
        nearest = np.argmax(vectors @ query)
        assert overlap(boxes[nearest], boxes[patch]) > 0.5
        assert angle(query, vectors[patch]) < 0.85, "unrelated patches lie near 1.57"


SIX = (0.3536, 0.5, 0.7071, 1.0, 1.4142, 2.0)


def test_scales_that_a_small_crop_cannot_have_are_described_once_and_listed(describer):
    """40 pixels of 1024 are 10 at scale 1; the network is shown 96."""
    described = describer.describe_query(photo(0).resize((1024, 768)), (10, 10, 50, 50), SIX, None)
    assert described.scales == (2.0,) and len(described.vectors) == 1, "the nearest of the six to 9.6"
    assert described.collapsed == pytest.approx(dict.fromkeys(SIX, 9.6), rel=1e-4)
    assert described.scale_note == (
        "The crop is too small to be asked at ×0.354, ×0.5, ×0.707, ×1, ×1.41, ×2: it was asked at ×9.6 instead."
    )


def test_scales_between_the_limits_keep_their_names(tiny_backbone):
    """A crop of 192 x 128 pixels at scale 1: below .75 it would be too small, above 1 too large."""
    describer = Describer(tiny_backbone, PatchConfig(min_crop_side=96, max_crop_side=192))
    described = describer.describe_query(photo(0), (0, 0, 150, 100), SIX, None)
    assert described.scales == (0.7071, 1.0) and len(described.vectors) == 2
    expected = dict.fromkeys(SIX[:3], 0.75) | dict.fromkeys(SIX[4:], 1.0)
    assert described.collapsed == pytest.approx(expected, rel=1e-4)
    assert described.scale_note.count("The crop is too ") == 2


def test_a_scale_of_its_own_is_not_called_collapsed(describer):
    described = describer.describe_query(photo(0), BOXES[0], (1.0, 2.0), None)
    assert described.scales == (1.0, 2.0) and described.collapsed == {} and described.scale_note == ""
    assert describer.describe_query(photo(0), None, (1.0,), None).scales == (1.0,)


@pytest.mark.parametrize("box", [None, (0, 0, 8, 8), (0, 0, 200, 8), (192, 142, 200, 150), BOXES[2]])
@pytest.mark.parametrize("scale", [0.1, 4.0])
def test_the_network_never_sees_more_than_its_bounds(describer, monkeypatch, box, scale):
    seen, factors, feature_maps, input_size = [], [], describer._feature_maps, describer._input_size

    def see_maps(image, region, size):
        maps = feature_maps(image, region, size)
        seen.append((region, maps[0].shape))
        return maps

    monkeypatch.setattr(describer, "_feature_maps", see_maps)
    monkeypatch.setattr(
        describer, "_input_size", lambda size, factor: factors.append(factor) or input_size(size, factor)
    )
    described = describer.describe_query(photo(0), box, (scale,), None)
    ((region, (_, height, width)),), (factor,) = seen, factors
    left, top, right, bottom = region
    assert 0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT
    config = describer.patches
    sides = (box[2] - box[0], box[3] - box[1]) if box else (WIDTH, HEIGHT)
    assert factor * max(sides) <= config.max_crop_side + 1
    assert factor * min(sides) >= config.min_crop_side - 1 or factor * max(sides) >= config.max_crop_side - 1
    assert max(height, width) * 16 <= config.max_crop_side + 2 * config.context + 32
    assert np.isfinite(described.vectors).all()


@pytest.mark.parametrize("box", [(0, 0, 30, 30), (170, 0, 200, 30), (0, 120, 30, 150), (170, 120, 200, 150)])
def test_crops_in_the_corners(describer, learned, box):
    described = describer.describe_query(photo(1), box, SCALES, learned)
    assert np.linalg.norm(described.vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_only_the_crop_is_pooled_not_its_surroundings(tiny_backbone):
    """A network without a view beyond its cell: what lies outside the box cannot matter."""
    describer = Describer(tiny_backbone, PatchConfig(min_crop_side=32))
    picture, changed = Image.new("RGB", (256, 256), "white"), Image.new("RGB", (256, 256), "red")
    thing = photo(0).resize((128, 128))
    for image in (picture, changed):
        image.paste(thing, (64, 64))
    box = (64, 64, 192, 192)
    first, second = (describer.describe_query(image, box, (1.0,), None).vectors[0] for image in (picture, changed))
    assert angle(first, second) < 0.2
    wide = (32, 32, 224, 224)
    first, second = (describer.describe_query(image, wide, (1.0,), None).vectors[0] for image in (picture, changed))
    assert angle(first, second) > 0.4


def test_the_same_crop_is_much_nearer_in_its_own_photo(small_db):
    """The default network, all six things: own photo against every other."""
    engine = small_db.engine
    vectors = np.concatenate(engine.collection.store.blocks).reshape(6, 119, -1)
    number_of = {engine.path(i): int(engine.path(i)[6]) for i in range(6)}
    for image_id in (0, 3):
        number = number_of[engine.path(image_id)]
        query = engine.describe(photo(number), BOXES[number], (1.0,)).vectors[0]
        nearest = np.arccos(np.clip(vectors @ query, -1, 1)).min(axis=1)
        others = np.delete(nearest, image_id)
        assert nearest[image_id] < others.min() - 0.15


# ---- boxes


@pytest.mark.parametrize(
    "box",
    [
        (math.nan, 0, 50, 50),
        (0, 0, math.nan, 50),
        (math.nan,) * 4,
        (50, 50, 10, 10),
        (50, 0, 10, 50),
        (10, 10, 10, 10),
        (0, 0, 7.9, 50),
        (300, 300, 400, 400),
        (-50, -50, -10, -10),
        (195, 0, 400, 50),
        (math.inf, 0, math.inf, 50),
    ],
)
def test_boxes_that_hold_too_little_of_the_picture(box):
    with pytest.raises(EngineError, match=rf"{MIN_CROP} x {MIN_CROP} pixels.* 200 x 150"):
        check_box(box, (WIDTH, HEIGHT))


@pytest.mark.parametrize(
    "box",
    ["", "whole", "0,0,50,50", (1, 2, 3), (1, 2, 3, 4, 5), 7, (0, 0, None, 9), ("a", 0, 9, 9), (0, 0, 10**400, 9)],
)
def test_what_is_no_box(box):
    with pytest.raises(EngineError, match="box.*left, top, right, bottom") as refusal:
        check_box(box, (WIDTH, HEIGHT))
    assert len(str(refusal.value)) < 160


def test_boxes_are_cut_to_the_picture():
    assert check_box((-10, -1, 50, 60), (WIDTH, HEIGHT)) == (0, 0, 50, 60)
    assert check_box((100, 100, 1e9, math.inf), (WIDTH, HEIGHT)) == (100, 100, WIDTH, HEIGHT)
    assert check_box(None, (WIDTH, HEIGHT)) == (0, 0, WIDTH, HEIGHT)
    assert check_box(np.array([1, 2, 30, 40]), (WIDTH, HEIGHT)) == (1, 2, 30, 40)
    assert check_box((0, 0, 5, 3), (5, 3)) == (0, 0, 5, 3), "a tiny picture may be asked whole"
