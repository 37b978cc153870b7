"""GeM against worked values and against pooling written out by hand."""

import numpy as np
import pytest

from lsh_engine.describe.patch_config import PatchConfig
from lsh_engine.describe.pooling import GEM_EPS, gem, gem_windows, l2_normalise, split_signs
from lsh_engine.describe.windows import window_masks, windows

WORKED = np.array([[[1, 2], [3, 4]]], np.float32)
GRID = PatchConfig(sizes=(1.0, 0.67, 0.5, 0.3), positions=(1, 2, 3, 5))


@pytest.fixture(scope="module")
def feature_map():
    random = np.random.default_rng(0)
    return np.maximum(random.standard_normal((40, 13, 17)), 0).astype(np.float32)  # about half zeros, as after ReLU


@pytest.mark.parametrize(("p", "value"), [(1, 2.5), (3, 2.92402), (10, 3.50166), (50, 3.89062)])
def test_worked_values(p, value):
    assert gem(WORKED, p) == pytest.approx([value], abs=1e-4)
    assert gem_windows(WORKED, np.full((1, 4), 0.25, np.float32), p) == pytest.approx(np.array([[value]]), abs=1e-4)


def test_one_power_lies_between_average_and_maximum(feature_map):
    average, cubic, maximum = gem(feature_map, 1), gem(feature_map, 3), feature_map.max(axis=(1, 2))
    assert (average < cubic).all() and (cubic < maximum).all()


def test_empty_and_negative_activations_count_as_eps():
    assert gem(np.zeros((2, 3, 3), np.float32)) == pytest.approx([GEM_EPS] * 2, rel=1e-3)
    assert gem(np.full((2, 3, 3), -5, np.float32)) == pytest.approx([GEM_EPS] * 2, rel=1e-3)


@pytest.mark.parametrize("p", [1, 2, 3, 10])
def test_window_over_the_whole_map_is_global_gem(feature_map, p):
    whole = window_masks(PatchConfig(sizes=(1.0,), positions=(1,)), *feature_map.shape[1:])
    assert gem_windows(feature_map, whole, p)[0] == pytest.approx(gem(feature_map, p), abs=1e-6)


@pytest.mark.parametrize("p", [1, 2, 3, 10])
def test_masks_pool_what_slices_pool(feature_map, p):
    height, width = feature_map.shape[1:]
    pooled = gem_windows(feature_map, window_masks(GRID, height, width), p)
    sliced = [gem(feature_map[:, t:b, le:r].astype(np.float64), p) for le, t, r, b in windows(GRID, height, width)]
    assert pooled.shape == (GRID.n_patches, len(feature_map)) and pooled.dtype == np.float32
    np.testing.assert_allclose(pooled, sliced, atol=1e-5)


def test_signs_are_split_and_nothing_is_lost():
    parts = split_signs(np.array([[[-2.0, 3.0]], [[0.0, -5.0]]], np.float32))
    assert parts.tolist() == [[[0, 3]], [[0, 0]], [[2, 0]], [[0, 5]]]
    feature_map = np.random.default_rng(1).standard_normal((6, 4, 5)).astype(np.float32)
    parts = split_signs(feature_map)
    assert (parts >= 0).all() and np.array_equal(parts[:6] - parts[6:], feature_map)


def test_rows_get_unit_length_and_a_zero_row_stays():
    rows = np.array([[3, 4], [0, 0], [1e30, 0], [-1e-9, 0]], np.float32)
    assert l2_normalise(rows) == pytest.approx(np.array([[0.6, 0.8], [0, 0], [1, 0], [-1, 0]]), abs=1e-6)
    many = np.random.default_rng(2).standard_normal((50, 1504)).astype(np.float32)
    assert np.linalg.norm(l2_normalise(many).astype(np.float64), axis=1) == pytest.approx(1, abs=1e-6)
    assert l2_normalise(many).dtype == np.float32
