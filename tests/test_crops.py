"""Several crops, crops to avoid and the own photo: every answer as brute force in float64 has it."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit
from planted_photos import PlantedPhotos

from lsh_engine import PLANS, AskedCrops, EngineError, LSHParams, QueryDescriptors, SearchSettings
from lsh_engine.search.neighbourhood import neighbourhood
from lsh_engine.search.searching import checked, search

DELTA = 1.0
DELTAS = (0.6, 1.0, 1.3)


def crop_of(*vectors: np.ndarray) -> QueryDescriptors:
    return QueryDescriptors(np.stack(vectors), tuple(0.5 * 2**i for i in range(len(vectors))), seconds=0.25)


@pytest.fixture(scope="module")
def three():
    """Three things, a right angle apart, each at two scales that lie near one another."""
    random = np.random.default_rng(3)
    directions = np.linalg.qr(random.standard_normal((64, 3)))[0].T
    return [crop_of(unit(thing), at_angles(random, unit(thing), np.array([0.3]))[0]) for thing in directions]


@pytest.fixture(scope="module")
def photos(three):
    """80 photos of 1 to 9 patches: some show one of the things, some two, most none."""
    random = np.random.default_rng(4)
    counts = random.integers(1, 10, 80)
    vectors = unit(random.standard_normal((counts.sum(), 64)))
    starts = np.concatenate([[0], np.cumsum(counts)])
    for image in range(60):
        shown = random.choice(3, random.integers(1, 4), replace=False)
        places = random.choice(counts[image], min(counts[image], len(shown)), replace=False)
        for place, thing in zip(places, shown, strict=False):
            angle = random.uniform(0.2, 1.2, 1)
            vectors[starts[image] + place] = at_angles(random, three[thing].vectors[0], angle)[0]
    return PlantedPhotos(vectors, counts)


def expected(photos, asked: AskedCrops, delta: float) -> dict[int, float]:
    """Image id -> angle, by the definition."""
    look = np.array([photos.angles(crop) for crop in asked.look])
    wanted = look.min(axis=0) if asked.combine == "any" else look.max(axis=0)
    avoided = np.min([photos.angles(crop) for crop in asked.avoid], axis=0) if asked.avoid else np.full(80, np.inf)
    stays = (wanted <= delta) & (wanted <= avoided) & (np.arange(80) != (-1 if asked.own is None else asked.own))
    return {int(image): wanted[image] for image in np.flatnonzero(stays)}


QUESTIONS = {
    "one": lambda a, b, c: AskedCrops((a,)),
    "any": lambda a, b, c: AskedCrops((a, b)),
    "any of three": lambda a, b, c: AskedCrops((a, b, c)),
    "all": lambda a, b, c: AskedCrops((a, b), combine="all"),
    "not": lambda a, b, c: AskedCrops((a,), avoid=(b,)),
    "not two": lambda a, b, c: AskedCrops((a,), avoid=(b, c)),
    "all but": lambda a, b, c: AskedCrops((a, b), avoid=(c,), combine="all"),
    "own": lambda a, b, c: AskedCrops((a, b), avoid=(c,), own=2),
}


@pytest.fixture(params=QUESTIONS)
def asked(request, three):
    return QUESTIONS[request.param](*three)


def test_the_questions_are_worth_asking(photos, three):
    """Each has answers, and each rule leaves some out."""
    found = {name: set(expected(photos, of(*three), DELTA)) for name, of in QUESTIONS.items()}
    assert all(found.values())
    assert found["one"] < found["any"] < found["any of three"] and found["all"] < found["any"]
    assert found["not two"] < found["not"] < found["one"] and found["all but"] < found["all"]


@pytest.mark.parametrize("delta", DELTAS)
def test_the_exhaustive_answer_is_brute_force(photos, asked, delta):
    answer = search(photos, asked, SearchSettings(delta=delta)).exhaustive
    truth = expected(photos, asked, delta)
    assert {match.image_id: match.angle for match in answer.matches} == pytest.approx(truth, abs=1e-5)
    assert [match.angle for match in answer.matches] == sorted(match.angle for match in answer.matches)
    assert answer.seconds["describe"] == 0.25 * len(asked.look + asked.avoid)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("delta", DELTAS)
def test_every_plan_finds_a_part_of_it(photos, asked, plan, delta):
    report = search(photos, asked, SearchSettings(delta=delta, params={"lsh": LSHParams(plan)}))
    exact = {match.image_id: match for match in report.exhaustive.matches}
    for match in report.lsh.matches:
        assert match.angle >= exact[match.image_id].angle - 1e-6
    assert len(report.lsh.matches) + len(report.missed) == len(exact)
    if plan == "exhaustive":
        assert not report.missed
    if exact:
        assert set(report.chances["lsh"]) == set(exact) and 0 <= report.predicted_recall <= 1
    assert 0 <= report.lsh.predicted_recall <= 1


def test_a_match_names_the_patch_the_scale_and_the_crop_that_won(photos, asked):
    for match in search(photos, asked, SearchSettings(delta=1.3)).exhaustive.matches:
        crop = asked.look[match.crop]
        vector = photos.vectors[photos.id_map.span(match.image_id)][match.patch].astype(np.float64)
        assert math.acos(vector @ crop.vectors[crop.scales.index(match.scale)]) == pytest.approx(match.angle, abs=1e-5)
        assert match.box == (match.patch, 0, match.patch + 1, 1)
        apart = [photos.angles(one)[match.image_id] for one in asked.look]
        assert match.crop == (np.argmin(apart) if asked.combine == "any" else np.argmax(apart))


def test_a_crop_alone_is_a_question_of_one(photos, three):
    alone = search(photos, three[0], SearchSettings(delta=DELTA))
    question = search(photos, AskedCrops((three[0],)), SearchSettings(delta=DELTA))
    assert alone.exhaustive.matches == question.exhaustive.matches and alone.lsh.matches == question.lsh.matches
    assert alone.chances == question.chances and alone.own is None


def test_the_own_photo_counts_nowhere(photos, three):
    own = search(photos, three[0], SearchSettings(delta=DELTA)).exhaustive.matches[0]
    before = search(photos, three[0], SearchSettings(delta=DELTA))
    report = search(photos, AskedCrops((three[0],), own=own.image_id), SearchSettings(delta=DELTA))
    for name in ("lsh", "exhaustive"):
        rest = [match for match in before.answers[name].matches if match.image_id != own.image_id]
        assert list(report.answers[name].matches) == rest
    assert (report.own.image_id, report.own.patch, report.own.angle) == (own.image_id, own.patch, own.angle)
    assert own.image_id not in report.chances["lsh"] and report.nearest.image_id != own.image_id
    assert report.to_dict()["own"] == own.path and "own" not in before.to_dict()
    alone = search(photos, AskedCrops((three[0],), own=own.image_id), SearchSettings(delta=own.angle + 1e-4))
    assert alone.index_recall is None, "nothing but itself lies within delta"
    assert alone.own.angle == own.angle and alone.nearest.angle > own.angle


def test_all_photos_may_be_avoided(photos, three):
    report = search(photos, AskedCrops((three[0],), avoid=(three[0], three[1])), SearchSettings(delta=1.2))
    kept = {match.image_id for match in report.exhaustive.matches}
    assert kept == set(expected(photos, AskedCrops((three[0],), avoid=(three[1],)), 1.2)), "a draw is no nearer"


def test_the_neighbourhood_is_the_answer_at_any_delta(photos, asked):
    near = neighbourhood(photos, asked, 300)
    truth = expected(photos, asked, math.pi)
    assert {match.image_id: match.angle for match in near} == pytest.approx(truth, abs=1e-5)
    assert neighbourhood(photos, asked, 5) == near[:5]
    for delta in DELTAS:
        matches = search(photos, asked, SearchSettings(delta=delta), ("exhaustive",)).exhaustive.matches
        assert matches == tuple(match for match in near if match.angle <= delta)


def test_nothing_within_delta_still_has_a_nearest(photos, asked):
    report = search(photos, asked, SearchSettings(delta=0.0))
    assert report.exhaustive.matches == () and report.nearest == neighbourhood(photos, asked, 1)[0]


def test_questions_that_cannot_be_asked_are_refused(photos, three):
    for wrong in (
        lambda: AskedCrops(()),
        lambda: AskedCrops(three[0]),
        lambda: AskedCrops((three[0], None)),
        lambda: AskedCrops((three[0],), avoid=("crop",)),
        lambda: AskedCrops((three[0],), combine="some"),
        lambda: checked(photos, AskedCrops((three[0],), own=80)),
        lambda: checked(photos, AskedCrops((three[0],), own=-1)),
        lambda: checked(photos, AskedCrops((three[0],), own="2")),
    ):
        with pytest.raises(EngineError):
            wrong()
