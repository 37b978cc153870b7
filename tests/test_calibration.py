"""Presets measured on a database: ascending, near what is planted, and left alone where there is too little."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit
from PIL import Image
from small_photos import write_photos

from lsh_engine import DatabaseError, RetrievalEngine, backbone_cards
from lsh_engine.analysis.calibration import APART, edit, image_angles, presets_from, random_box
from lsh_engine.analysis.mixture import fit_bodies
from lsh_engine.collection.artefacts import commit_artefact, still_holds
from lsh_engine.collection.collection import presets_in
from lsh_engine.collection.id_map import IdMap
from lsh_engine.index.store import VectorStore

NAMES = ["same picture", "same thing", "same kind"]


USUAL = {"same picture": 0.6, "same thing": 0.8, "same kind": 1.05}


def searched(kin: float, n: int = 12_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(angles to one's own photo, to others of its subject, to all others); kin: share of the others of its subject.

    Unrelated angles are the least of many, so their lower tail is long: Gumbel's distribution of minima.
    """
    random = np.random.default_rng(seed)
    unrelated = 1.44 - random.gumbel(0, 0.07, n - round(kin * n))
    return random.uniform(0.3, 0.6, 320), random.normal(1.1, 0.13, round(kin * n)), unrelated


@pytest.mark.parametrize("kin", [0.1, 0.25, 0.33, 0.5], ids=["ten subjects", "four", "three", "two"])
def test_presets_hold_apart_and_keep_their_promise_in_folders_of_few_and_many_subjects(kin):
    own, alike, unrelated = searched(kin)
    presets, note = presets_from(own, np.concatenate([alike, unrelated]), 375, USUAL, 1.57)
    picture, thing, kind = presets.values()
    assert list(presets) == NAMES and note == ""
    assert picture == pytest.approx(0.585, abs=0.02), "95 % of 0.3 .. 0.6"
    assert picture + APART <= thing + 0.01 and thing + APART <= kind + 0.01
    assert (unrelated <= thing).mean() * 375 <= 0.5 and 0.001 <= (unrelated <= kind).mean() <= 0.04
    assert (alike <= kind).mean() >= 0.25, "what is alike shows up"


def test_a_folder_of_one_subject_is_measured_against_itself():
    own, _, unrelated = searched(0.0)
    presets, note = presets_from(own, unrelated - 0.15, 180, USUAL, 1.57)
    assert note == "" and 0.85 <= presets["same kind"] <= 1.1
    assert 0.001 <= (unrelated - 0.15 <= presets["same kind"]).mean() <= 0.04


@pytest.mark.parametrize(("middle", "spread"), [(0.66, 0.07), (0.4, 0.02), (0.0, 0.0)])
def test_frames_that_are_all_alike_keep_the_usual_presets_and_say_so(middle, spread):
    random = np.random.default_rng(1)
    others = np.abs(random.normal(middle, spread, 5000))
    presets, note = presets_from(random.normal(middle, spread, 32), others, 120, USUAL, 1.57)
    assert presets == USUAL and "so alike" in note


def test_angles_of_neither_two_groups_nor_one_keep_the_usual_presets_and_say_so():
    random = np.random.default_rng(2)
    others = np.concatenate([random.normal(middle, 0.01, 3000) for middle in (0.9, 1.15, 1.4)])
    presets, note = presets_from(random.uniform(0.2, 0.3, 32), others, 120, USUAL, 1.57)
    assert presets == USUAL and "no two groups" in note


def test_presets_ascend_and_stay_on_the_slider_whatever_comes():
    for own, others in ((1.5, 0.2), (0.0, 0.0), (3.0, 3.1), (0.4, 1.5), (0.0, 0.21), (0.1, 3.0)):
        presets, _ = presets_from(np.full(20, own), np.full(100, others), 50, USUAL, 1.2)
        deltas = list(presets.values())
        assert deltas[0] > 0 and deltas[-1] <= 1.2 and min(np.diff(deltas)) >= APART - 0.011, "rounded"


def test_two_planted_bodies_are_found():
    random = np.random.default_rng(3)
    angles = np.concatenate([random.normal(1.0, 0.1, 3000), random.normal(1.5, 0.05, 7000)]).astype(np.float32)
    bodies = fit_bodies(random.permutation(angles))
    assert bodies.middles == pytest.approx((1.0, 1.5), abs=0.01)
    assert bodies.weights == pytest.approx((0.3, 0.7), abs=0.01)
    assert bodies.spreads == pytest.approx((0.1, 0.05), abs=0.01)
    assert bodies.spread == pytest.approx(math.sqrt(0.3 * 0.1**2 + 0.7 * 0.05**2), abs=0.005)
    assert bodies.misfit < 0.02 and bodies == fit_bodies(np.sort(angles)), "whatever their order"


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
    assert engine.presets == measured["presets"] and measured["images"] == 52
    assert "calibrate" in stages and set(measured["others_within"]) == set(engine.presets)
    engine.add(write_photos(tmp_path / "few", range(5)))
    assert engine.info()["calibration"] == measured, "a few more change nothing"
    states = {kept.name: kept.current for kept in engine.artefacts()}
    assert states["calibration"], "and what was measured still holds"
    engine.add(write_photos(tmp_path / "more", range(200, 210)))
    assert engine.info()["calibration"]["images"] == 67
    anew = RetrievalEngine.open(tmp_path / "many.db")
    anew.calibrate()
    assert anew.info()["calibration"] == engine.info()["calibration"], "the same photos give the same presets"
    assert RetrievalEngine.open(tmp_path / "many.db").verify() and anew.n_images == 67


def test_measured_presets_hold_until_a_quarter_more_photos_came_or_as_many_left():
    held = [n for n in range(1, 300) if still_holds({"images": 100}, n)]
    assert held == list(range(81, 125)) and not still_holds({}, 100)


def test_presets_that_were_tampered_with_fall_back(make, tmp_path):
    engine = make()
    commit_artefact(tmp_path / "a.db", "calibration", "calibration", content={"presets": {"same kind": "1"}})
    assert RetrievalEngine.open(tmp_path / "a.db").presets == engine.presets
