"""Presets measured on a database: ascending, near what is planted, and left alone where there is too little."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit
from PIL import Image
from small_photos import write_photos

from lsh_engine import DatabaseError, RetrievalEngine, backbone_cards
from lsh_engine.analysis.calibration import edit, image_angles, presets_from, random_box
from lsh_engine.collection.artefacts import commit_artefact
from lsh_engine.collection.collection import presets_in
from lsh_engine.collection.id_map import IdMap
from lsh_engine.index.store import VectorStore

NAMES = ["same picture", "same thing", "same kind"]


def test_presets_follow_the_angles_they_are_made_from():
    random = np.random.default_rng(0)
    own, others = random.uniform(0.3, 0.5, 400), random.normal(1.3, 0.1, 40_000)
    presets = presets_from(own, others, 1000, 1.57)
    assert list(presets) == NAMES and list(presets.values()) == sorted(presets.values())
    assert presets["same picture"] == pytest.approx(0.49, abs=0.01), "95 % of 0.3 .. 0.5"
    assert presets["same thing"] == pytest.approx(1.3 - 3.719 * 0.1, abs=0.02), "one of 10,000 photos"
    assert presets["same kind"] == pytest.approx(1.3 - 2.054 * 0.1, abs=0.02), "two of a hundred"


def test_kin_among_the_others_is_no_chance():
    random = np.random.default_rng(1)
    own, others = random.uniform(0.3, 0.5, 400), random.normal(1.3, 0.1, 20_000)
    kin = np.concatenate([others, random.uniform(0.5, 0.9, 1000)])
    alone, together = (presets_from(own, angles, 1000, 1.57) for angles in (others, kin))
    assert together["same kind"] == pytest.approx(alone["same kind"], abs=0.06)


def test_presets_ascend_and_stay_on_the_slider_whatever_comes():
    for own, others in ((1.5, 0.2), (0.0, 0.0), (3.0, 3.1), (0.4, 1.5)):
        presets = presets_from(np.full(20, own), np.full(100, others), 50, 1.2)
        deltas = list(presets.values())
        assert deltas == sorted(deltas) and deltas[0] > 0 and deltas[-1] <= 1.2


def test_the_angle_of_an_image_is_the_least_over_patches_and_scales():
    random = np.random.default_rng(2)
    query = unit(random.standard_normal(32))
    vectors = unit(random.standard_normal((200 * 5, 32)))
    vectors[5 * 150 + 3] = at_angles(random, query, np.array([0.37]))[0]
    angles = image_angles(
        [unit(random.standard_normal((2, 32))), query[None]], VectorStore([vectors]), IdMap.even(200, 1000)
    )
    assert angles.shape == (2, 200)
    assert angles[1].argmin() == 150 and angles[1, 150] == pytest.approx(0.37, abs=1e-4)
    assert angles[1, 7] == pytest.approx(np.arccos((vectors[35:40] @ query).max()), abs=1e-4)


@pytest.mark.parametrize("number", range(4))
def test_edits_are_mild_and_differ(number):
    random = np.random.default_rng(3)
    photo = Image.fromarray(random.integers(0, 255, (60, 80, 3), np.uint8))
    edited = edit(photo, number)
    assert edited.mode == "RGB" and edited.tobytes() != photo.tobytes()
    assert all(0.7 * whole <= side <= whole for side, whole in zip(edited.size, photo.size, strict=True))
    left, top, right, bottom = random_box(edited.size, random)
    assert 0 <= left < right <= edited.width and 0 <= top < bottom <= edited.height


@pytest.mark.parametrize("presets", [None, [], {"a": "x"}, {"a": math.nan}, {"a": 9.0}])
def test_what_is_no_calibration_is_passed_over(presets):
    assert presets_in({"presets": presets}) == presets_in(presets) == {}


def test_a_small_database_keeps_the_presets_of_its_backbone(make, tmp_path):
    engine = make()
    assert engine.info()["calibration"] is None and engine.presets == dict(backbone_cards()["tiny"].presets)
    with pytest.raises(DatabaseError, match="a.db.* 7 photos"):
        RetrievalEngine.open(tmp_path / "a.db").calibrate()


def test_a_build_measures_an_addition_keeps_and_growth_measures_anew(make, tmp_path):
    many, stages = write_photos(tmp_path / "many", range(100, 152)), []
    engine = make("many.db", lambda *step: stages.append(step[2]), many)
    measured = engine.info()["calibration"]
    assert list(engine.presets) == NAMES == list(measured["presets"]) and measured["images"] == 52
    assert "calibrate" in stages and set(measured["others_within"]) == set(NAMES)
    engine.add(write_photos(tmp_path / "few", range(5)))
    assert engine.info()["calibration"] == measured, "a few more change nothing"
    engine.add(write_photos(tmp_path / "more", range(200, 210)))
    assert engine.info()["calibration"]["images"] == 67
    anew = RetrievalEngine.open(tmp_path / "many.db")
    anew.calibrate()
    assert anew.info()["calibration"] == engine.info()["calibration"], "the same photos give the same presets"
    assert RetrievalEngine.open(tmp_path / "many.db").verify() and anew.n_images == 67


def test_presets_that_were_tampered_with_fall_back(make, tmp_path):
    engine = make()
    commit_artefact(tmp_path / "a.db", "calibration", "calibration", content={"presets": {"same kind": "1"}})
    assert RetrievalEngine.open(tmp_path / "a.db").presets == engine.presets
