"""Windows on a feature map, their masks on finer and coarser maps, and their boxes in pixels."""

import numpy as np
import pytest

from lsh_engine.describe.patch_config import PatchConfig
from lsh_engine.describe.pooling import gem_windows
from lsh_engine.describe.windows import boxes_in_pixels, region_mask, window_masks, windows

DEFAULT = PatchConfig()
SOURCE = PatchConfig(sizes=(1.0, 0.67, 0.5, 0.4, 0.3), positions=(1, 2, 3, 4, 5))
SYMMETRIC = PatchConfig(sizes=(1.0, 0.5, 0.25), positions=(1, 3, 5))  # on 16 x 16 cells every step is a whole number
MAPS = [(24, 32), (32, 24), (32, 10), (8, 12), (3, 32), (1, 1), (13, 17)]  # height, width


def groups(grid: PatchConfig, found: np.ndarray):
    """The windows of each size."""
    return np.split(found, np.cumsum([n * n for n in grid.positions])[:-1])


def mirrored(found: np.ndarray, width: int) -> np.ndarray:
    return np.stack([width - found[:, 2], found[:, 1], width - found[:, 0], found[:, 3]], axis=1)


def test_counts():
    for grid, count in ((DEFAULT, 119), (SOURCE, 55), (SYMMETRIC, 35)):
        assert grid.n_patches == len(windows(grid, 24, 32)) == len(window_masks(grid, 24, 32)) == count


@pytest.mark.parametrize(
    ("cells", "positions", "sides", "count"), [(14, (1, 4, 6), {14, 7, 5}, 53), (7, (1, 3, 6), {7, 4, 2}, 46)]
)
def test_counts_of_source_a(cells, positions, sides, count):
    """Windows of 1, 1/2 and 1/3 at steps of half a window, on the square maps of VGG16 at 224 px."""
    found = windows(PatchConfig(sizes=(1.0, 0.5, 0.33), positions=positions), cells, cells)
    assert len(found) == count and {*(found[:, 2] - found[:, 0]).tolist()} == sides
    assert (
        max(np.diff(np.unique(part[:, 0])).max(initial=0) for part in np.split(found, [1, 1 + positions[1] ** 2])) <= 3
    )


def test_windows_by_hand():
    grid = PatchConfig(sizes=(1.0, 0.5), positions=(1, 2))
    assert windows(grid, 4, 6).tolist() == [[0, 0, 6, 4], [0, 0, 3, 2], [3, 0, 6, 2], [0, 2, 3, 4], [3, 2, 6, 4]]


@pytest.mark.parametrize(("height", "width"), MAPS)
def test_windows_lie_inside_and_touch_the_borders(height, width):
    for (size, n), found in zip(
        zip(DEFAULT.sizes, DEFAULT.positions, strict=True),
        groups(DEFAULT, windows(DEFAULT, height, width)),
        strict=True,
    ):
        left, top, right, bottom = found.T
        assert (left >= 0).all() and (top >= 0).all() and (right <= width).all() and (bottom <= height).all()
        assert (right - left == max(1, round(size * width))).all()
        assert (bottom - top == max(1, round(size * height))).all()
        assert left.min() == 0 and top.min() == 0
        if n > 1:
            assert right.max() == width and bottom.max() == height


@pytest.mark.parametrize(("height", "width"), MAPS)
@pytest.mark.parametrize("image", [(200, 150), (4032, 3024), (333, 1001)])
def test_boxes_in_pixels_are_the_windows_stretched(height, width, image):
    boxes = boxes_in_pixels(DEFAULT, (height, width), image)
    assert boxes.dtype == np.float32 and boxes.shape == (119, 4)
    assert boxes[0].tolist() == [0, 0, *image], "the first patch is the whole picture"
    back = boxes / np.array([image[0] / width, image[1] / height] * 2)
    np.testing.assert_allclose(back, windows(DEFAULT, height, width), atol=1e-4)
    assert boxes.max(axis=0)[2:].tolist() == list(image), "the last windows end at the border"


def test_a_mirrored_map_mirrors_boxes_masks_and_what_they_pool():
    found = windows(SYMMETRIC, 16, 16)
    turned = [found.tolist().index(window) for window in mirrored(found, 16).tolist()]
    masks = window_masks(SYMMETRIC, 16, 16)
    np.testing.assert_array_equal(masks[turned].reshape(-1, 16, 16), masks.reshape(-1, 16, 16)[:, :, ::-1])
    boxes = boxes_in_pixels(SYMMETRIC, (16, 16), (320, 240))
    np.testing.assert_allclose(boxes[turned], mirrored(boxes, 320), atol=1e-4)
    feature_map = np.random.default_rng(0).random((5, 16, 16)).astype(np.float32)
    flipped = np.ascontiguousarray(feature_map[:, :, ::-1])
    np.testing.assert_allclose(gem_windows(flipped, masks), gem_windows(feature_map, masks)[turned], atol=1e-6)


@pytest.mark.parametrize(("height", "width"), MAPS)
def test_any_grid_is_its_own_mirror_image_up_to_one_cell(height, width):
    for found in groups(DEFAULT, windows(DEFAULT, height, width)):
        lefts, turned = np.unique(found[:, 0]), np.unique(mirrored(found, width)[:, 0])
        assert np.abs(lefts - turned).max() <= 1


@pytest.mark.parametrize(("height", "width"), MAPS)
@pytest.mark.parametrize("coarseness", [1, 2, 4])
def test_a_coarse_cell_counts_by_the_share_inside_the_window(height, width, coarseness):
    masks = window_masks(DEFAULT, height, width, coarseness)
    rows, columns = -(-height // coarseness), -(-width // coarseness)
    coarse = np.random.default_rng(0).random((rows, columns))
    fine = np.kron(coarse, np.ones((coarseness, coarseness)))[:height, :width]
    direct = [fine[top:bottom, left:right].mean() for left, top, right, bottom in windows(DEFAULT, height, width)]
    assert masks.shape == (119, rows * columns) and masks.dtype == np.float32
    np.testing.assert_allclose(masks @ coarse.ravel(), direct, atol=1e-5)
    np.testing.assert_allclose(masks.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("coarseness", [1, 2])
def test_the_mask_of_a_region_is_that_of_the_same_window(coarseness):
    masks = window_masks(DEFAULT, 12, 16, coarseness)
    for window, mask in zip(windows(DEFAULT, 12, 16), masks, strict=True):
        region = tuple(float(edge) for edge in window)
        np.testing.assert_array_equal(region_mask(region, 12, 16, coarseness), mask[None])


def test_a_region_between_cells_takes_parts_of_them():
    assert region_mask((0.5, 0, 2, 1), 1, 2) == pytest.approx(np.array([[1 / 3, 2 / 3]]))
    assert region_mask((1, 0, 4, 1), 1, 4, coarseness=2) == pytest.approx(np.array([[1 / 3, 2 / 3]]))
    assert region_mask((0.25, 0.25, 0.5, 0.5), 2, 2).tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize("bins", [6, 7])
@pytest.mark.parametrize(("height", "width"), [*MAPS, (7, 7), (14, 21)])
def test_bins_of_the_whole_map_are_those_of_torch(height, width, bins):
    import torch

    values = np.random.default_rng(0).random((5, height, width), np.float32)
    expected = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(values), bins).flatten(1).numpy()
    masks = region_mask((0, 0, width, height), height, width, bins=bins)
    assert masks.shape == (bins * bins, height * width)
    np.testing.assert_allclose(values.reshape(5, -1) @ masks.T, expected, atol=1e-6)
    grid_masks = window_masks(DEFAULT, height, width, bins=bins)
    assert len(grid_masks) == 119 * bins * bins
    np.testing.assert_array_equal(grid_masks[: bins * bins], masks)


def test_bins_stay_inside_their_region():
    height, width, region = 12, 16, (3.4, 2.1, 9.7, 8.2)
    masks = region_mask(region, height, width, bins=7)
    np.testing.assert_allclose(masks.sum(axis=1), 1, atol=1e-6)
    whole = region_mask(region, height, width)[0] > 0
    assert not masks[:, ~whole].any() and masks[:, whole].any(axis=0).all()
    rows, columns = np.divmod(np.arange(height * width), width)
    order = np.stack([masks @ rows, masks @ columns]).reshape(2, 7, 7)
    assert (np.diff(order[0], axis=0) >= 0).all() and (np.diff(order[1], axis=1) >= 0).all(), "row by row"
