"""Edits of a photo: each does what its name says, and the same seed does it again."""

import numpy as np
import pytest
from PIL import Image
from small_photos import photo

from lsh_engine.evaluation.transformations import TRANSFORMATIONS, paste

BY_NAME = {one.label: one for one in TRANSFORMATIONS}
RED, BLUE = Image.new("RGB", (120, 80), (255, 0, 0)), Image.new("RGB", (50, 90), (0, 0, 255))


def edited(label: str, picture: Image.Image) -> np.ndarray:
    return np.asarray(BY_NAME[label].edit(picture, BLUE, np.random.default_rng(1)), np.float32)


def test_all_that_the_specification_lists_is_there():
    strengths = {}
    for one in TRANSFORMATIONS:
        strengths.setdefault(one.name, []).append(one.strength)
    assert strengths["crop"] == [0.9, 0.75, 0.5] and strengths["resize"] == [0.5, 0.75, 1.5, 2.0]
    assert strengths["JPEG quality"] == [90, 50, 20, 10] and strengths["rotate"] == [-15, -5, 5, 15, 25]
    assert strengths["paste, cover"] == [1.0, 0.75, 0.5, 0.25, 0.1] and strengths["noise"] == [5, 15]
    assert {"mirror", "brightness", "contrast", "gamma", "blur", "grey", "text", "logo", "aspect"} < set(strengths)
    assert len(BY_NAME) == len(TRANSFORMATIONS), "a name and a strength each of their own"


@pytest.mark.parametrize("one", TRANSFORMATIONS, ids=lambda one: one.label)
def test_an_edit_repeats_to_the_pixel_and_leaves_the_photo_alone(one):
    picture = photo(2)
    before = picture.tobytes()
    first, second = (one.edit(picture, BLUE, np.random.default_rng(7)) for _ in range(2))
    assert first.mode == "RGB" and first.tobytes() == second.tobytes() and picture.tobytes() == before
    if one.label != "paste, cover 1":
        assert first.size != picture.size or first.tobytes() != before


@pytest.mark.parametrize("one", TRANSFORMATIONS, ids=lambda one: one.label)
def test_the_tiniest_photo_survives(one):
    assert min(one.edit(Image.new("RGB", (2, 3), "white"), BLUE, np.random.default_rng(0)).size) >= 1


def test_sizes():
    assert edited("crop 0.5", photo(0)).shape == (75, 100, 3)
    assert edited("resize 2", photo(0)).shape == (300, 400, 3)
    assert edited("aspect 0.75", photo(0)).shape == (150, 150, 3)
    assert edited("rotate 25", photo(0)).shape == (150, 200, 3)


def test_pixels():
    grey = Image.new("RGB", (40, 40), (128, 128, 128))
    assert edited("gamma 1.5", grey)[0, 0].tolist() == [round(255 * (128 / 255) ** 1.5)] * 3
    assert edited("brightness 0.7", grey).mean() == pytest.approx(0.7 * 128, abs=1)
    assert edited("noise 15", grey).std() == pytest.approx(15, rel=0.1)
    assert np.ptp(edited("grey 1", photo(1)), axis=2).max() == 0
    assert (edited("mirror 1", photo(1)) == np.asarray(photo(1))[:, ::-1]).all()
    assert edited("blur 2", photo(1)).std() < np.asarray(photo(1)).std()


@pytest.mark.parametrize("cover", [1.0, 0.75, 0.5, 0.25, 0.1])
def test_a_pasted_photo_keeps_its_pixels_and_covers_its_share(cover):
    scene = np.asarray(paste(RED, BLUE, cover, np.random.default_rng(3)))
    red = (scene == (255, 0, 0)).all(axis=2)
    assert red.sum() == RED.width * RED.height and red.mean() == pytest.approx(cover, rel=0.02)
    assert ((scene == (0, 0, 255)).all(axis=2) | red).all()
    if cover < 1:
        places = {
            np.flatnonzero(np.asarray(paste(RED, BLUE, cover, np.random.default_rng(i)))[..., 0])[0] for i in range(5)
        }
        assert len(places) > 1, "somewhere else for another seed"
