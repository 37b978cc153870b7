"""The one door: what every report promises, and known things found in their photos."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from small_photos import BOXES, HEIGHT, WIDTH, overlap, photo

from lsh_engine import (
    PLANS,
    DatabaseError,
    EngineError,
    LSHParams,
    RetrievalEngine,
    SearchSettings,
    find_databases,
    warm_up,
)
from lsh_engine.evaluation.metrics import index_recall
from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH
from lsh_engine.index.lsh.amplification import amplified_probability
from lsh_engine.search import paired_times, searching

ONE_SCALE = (1.0,)
STAGES = {"describe", "plan", "hash", "lookup", "scan", "rerank"}


@pytest.fixture(scope="module")
def engine(small_db) -> RetrievalEngine:
    return small_db.engine


@pytest.fixture(scope="module")
def described(engine):
    """The thing of photo 0 at two scales."""
    return engine.describe(photo(0), BOXES[0], (0.7071, 1.0))


def report_at(engine, described, plan="auto", methods=("lsh", "exhaustive"), **settings):
    return engine.search(described, SearchSettings(params={"lsh": LSHParams(plan)}, **settings), methods)


def brute_force(engine, described, delta: float) -> dict[int, float]:
    """Image id -> smallest angle over scales and patches, written out in float64."""
    vectors = np.concatenate(engine.collection.store.blocks).astype(np.float64)
    angles = np.arccos(np.clip(described.vectors.astype(np.float64) @ vectors.T, -1, 1))
    nearest = angles.min(axis=0).reshape(engine.n_images, -1).min(axis=1)
    return {i: angle for i, angle in enumerate(nearest) if angle <= delta}


def angle_of(engine, described, match) -> float:
    """The angle between the patch and the query scale that a match names."""
    boxes = engine.describer.boxes(engine.image_size(match.image_id))
    patch = int(np.flatnonzero(np.isclose(boxes, match.box, atol=0.01).all(axis=1))[0])
    vector = np.concatenate(engine.collection.store.blocks)[match.image_id * len(boxes) + patch].astype(np.float64)
    return float(np.arccos(np.clip(vector @ described.vectors[described.scales.index(match.scale)], -1, 1)))


# ---- what a report promises


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("delta", [0.5, 0.9, 1.2, math.pi])
def test_every_report_keeps_its_promises(engine, described, plan, delta):
    report = report_at(engine, described, plan=plan, delta=delta)
    truth = brute_force(engine, described, delta)
    exact = {match.image_id: match for match in report.exhaustive.matches}
    assert set(exact) == set(truth)
    for answer in (report.lsh, report.exhaustive):
        order = [(match.angle, match.image_id) for match in answer.matches]
        assert order == sorted(order) and len({match.image_id for match in answer.matches}) == len(order)
        assert 0 <= answer.n_candidates <= answer.n_vectors == 2 * engine.n_vectors
        assert set(answer.seconds) <= STAGES and all(value >= 0 for value in answer.seconds.values())
        assert answer.search_seconds == pytest.approx(sum(answer.seconds.values()) - answer.seconds["describe"])
        assert 0 < answer.predicted_recall <= 1
        for match in answer.matches:
            assert match.angle <= delta + 1e-6 and match.angle >= truth[match.image_id] - 1e-5
            assert match.path == engine.path(match.image_id) and match.scale in described.scales
            assert angle_of(engine, described, match) == pytest.approx(match.angle, abs=1e-5)
            left, top, right, bottom = match.box
            assert 0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT
    assert all(match.angle == pytest.approx(truth[match.image_id], abs=1e-5) for match in exact.values())
    assert report.exhaustive.n_candidates == report.exhaustive.n_vectors
    found = {match.image_id for match in report.lsh.matches}
    assert found <= set(exact)
    assert {match.image_id for match in report.missed} == set(exact) - found
    assert report.index_recall == pytest.approx(index_recall(list(found), list(exact)))
    chances = [match.found_probability for match in report.exhaustive.matches]
    assert all(0 <= chance <= 1 for chance in chances) and report.delta == delta
    assert report.predicted_recall == pytest.approx(np.mean(chances))
    assert report.nearest.angle == pytest.approx(min(brute_force(engine, described, math.pi).values()), abs=1e-5)


def test_an_lsh_match_is_the_exhaustive_match_where_the_best_patch_was_found(engine, described):
    report = report_at(engine, described, plan="exhaustive", delta=1.2)
    assert report.lsh.matches == tuple(replace(match, found_probability=None) for match in report.exhaustive.matches)
    assert report.index_recall == 1.0 and report.missed == ()


def test_delta_pi_returns_every_image(engine, described):
    for plan in PLANS:
        report = report_at(engine, described, plan=plan, delta=math.pi)
        assert {match.image_id for match in report.exhaustive.matches} == set(range(engine.n_images))
    assert len(report_at(engine, described, delta=math.pi).lsh.matches) == engine.n_images


def test_what_was_missed_carries_its_chance(engine, described):
    """Source A's tables at a delta they are not made for: the formula says how unlikely each find was."""
    report = report_at(engine, described, plan="tables", delta=1.3)
    assert report.missed, "20 bits in 50 tables find next to nothing beyond 1 rad"
    for match in report.exhaustive.matches:
        alone = amplified_probability(match.angle, 20, 50)  # its best pair; the others can only help
        assert match.found_probability >= alone * (1 - 1e-6)
    assert report.index_recall == 1 - len(report.missed) / len(report.exhaustive.matches) < 1


def test_without_the_exhaustive_answer_recall_is_estimated_from_what_was_found(engine, described):
    report = report_at(engine, described, plan="tables", methods=("lsh",), delta=1.3)
    chances = [amplified_probability(match.angle, 20, 50) for match in report.lsh.matches]
    assert report.predicted_recall == pytest.approx(len(chances) / sum(1 / chance for chance in chances), rel=1e-3)


@pytest.mark.parametrize(("most", "runs"), [(10**9, 4), (0, 1)])
def test_every_method_is_timed_alike_however_large_the_database(engine, described, monkeypatch, most, runs):
    """Methods take turns after a first run each. Where one method cannot be repeated, none is."""
    asked = []
    for kind in (HyperplaneLSH, ExhaustiveIndex):
        batch = kind.range_search_batch
        monkeypatch.setattr(
            kind, "range_search_batch", lambda self, *args, batch=batch: asked.append(self.name) or batch(self, *args)
        )
    monkeypatch.setattr(searching, "REPEATED", most)
    monkeypatch.setattr(paired_times, "MOST_ROUNDS", 3)
    monkeypatch.setattr(paired_times, "BUDGET", 1e9)
    answers = []
    report = engine.search(
        described, SearchSettings(delta=0.9, params={"lsh": LSHParams("sketch")}), on_answer=answers.append, warm=True
    )
    order = ["lsh", "exhaustive"]
    assert asked == [order, order * 2 + order[::-1] + order][runs > 1]
    assert [answer.method for answer in answers] == order == list(report.answers)
    assert report.speed.n_runs == max(1, runs - 1)


def test_methods_that_cannot_be_asked_are_refused(engine, described):
    for methods in ((), "lsh", ("ivfpq",), ("nothing",), (None,)):
        with pytest.raises(EngineError):
            engine.search(described, SearchSettings(), methods)


def test_nothing_within_delta_names_the_nearest(engine, described):
    report = report_at(engine, described, delta=0.001)
    assert report.lsh.matches == report.exhaustive.matches == report.missed == ()
    assert report.index_recall is None and 0 < report.predicted_recall <= 1
    assert report.nearest.path == "thing_0.png" and report.nearest.angle > 0.001
    assert report.nearest == engine.nearest(described)


def test_the_exhaustive_scan_may_be_left_out(engine):
    report = engine.query(photo(1), BOXES[1], SearchSettings(scales=ONE_SCALE), methods=("lsh",))
    assert report.exhaustive is report.index_recall is report.speed_up is report.nearest is None
    assert report.missed == () and report.lsh.matches[0].path == "thing_1.png"


def test_a_query_is_its_three_parts(engine):
    settings = SearchSettings(scales=ONE_SCALE, delta=1.1)
    report = engine.query(photo(2), BOXES[2], settings)
    parts = report_at(engine, engine.describe(photo(2), BOXES[2], ONE_SCALE), scales=ONE_SCALE, delta=1.1)
    for one, two in zip(report.exhaustive.matches, parts.exhaustive.matches, strict=True):
        assert replace(one, angle=0) == replace(two, angle=0) and one.angle == pytest.approx(two.angle, abs=1e-5)
    assert report.speed_up > 0 and report.lsh.seconds["describe"] == report.exhaustive.seconds["describe"] > 0


def test_more_scales_never_make_a_match_worse(engine, described):
    one = report_at(engine, engine.describe(photo(0), BOXES[0], ONE_SCALE), delta=math.pi).exhaustive.matches
    two = {match.image_id: match.angle for match in report_at(engine, described, delta=math.pi).exhaustive.matches}
    assert all(two[match.image_id] <= match.angle + 1e-5 for match in one)


# ---- known things


@pytest.mark.parametrize("number", range(6))
def test_a_thing_cut_from_a_photo_is_found_there_first_with_its_place(engine, number):
    report = engine.query(photo(number), BOXES[number], SearchSettings(scales=ONE_SCALE, delta=1.2))
    for answer in (report.lsh, report.exhaustive):
        first, *others = answer.matches
        assert first.path == f"thing_{number}.png"
        assert overlap(first.box, BOXES[number]) > 0.3
        assert not others or others[0].angle > first.angle + 0.1


@pytest.mark.parametrize("number", [0, 1])
def test_a_thing_is_found_when_the_crop_comes_as_a_picture_of_its_own(engine, number):
    crop = photo(number).crop(BOXES[number])
    best = engine.query(crop, settings=SearchSettings(delta=1.3)).exhaustive.matches[0]
    assert best.path == f"thing_{number}.png" and overlap(best.box, BOXES[number]) > 0.3


def test_a_thing_is_found_in_a_brighter_larger_copy(engine):
    copy = photo(3).resize((WIDTH * 3, HEIGHT * 3), Image.Resampling.BICUBIC).point(lambda value: min(255, value + 15))
    box = tuple(3 * edge for edge in BOXES[3])
    best = engine.query(copy, box, SearchSettings(scales=ONE_SCALE, delta=1.2)).exhaustive.matches[0]
    assert best.path == "thing_3.png" and overlap(best.box, BOXES[3]) > 0.3


def test_a_whole_photo_finds_itself(engine):
    best = engine.query(photo(4), settings=SearchSettings(delta=1.2)).lsh.matches[0]
    assert best.path == "thing_4.png" and overlap(best.box, (0, 0, WIDTH, HEIGHT)) > 0.4


def test_a_picture_of_another_kind_of_pixels_is_the_same_query(engine):
    expected = engine.describe(photo(0), BOXES[0], ONE_SCALE).vectors
    see_through = photo(0).convert("RGBA")
    assert engine.describe(see_through, BOXES[0], ONE_SCALE).vectors == pytest.approx(expected, abs=1e-5)
    assert engine.describe(photo(0).convert("L"), BOXES[0], ONE_SCALE).vectors.shape == expected.shape


# ---- threads


def test_threads_share_an_engine(engine):
    """Four threads describe and search at once; each gets the answer it gets alone."""

    def ask(number: int):
        described = engine.describe(photo(number), BOXES[number], ONE_SCALE)
        answers = []
        for plan in ("auto", "tables", "sketch", "multiprobe"):
            report = report_at(engine, described, plan=plan, delta=1.15)
            for answer in (report.lsh, report.exhaustive):
                answers.append([(match.path, match.box) for match in answer.matches if match.angle < 1.1499])
        return answers

    numbers = [0, 1, 2, 3] * 2
    alone = {number: ask(number) for number in set(numbers)}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, numbers))
    assert together == [alone[number] for number in numbers]
    assert alone[0] != alone[1]


# ---- refusals


@pytest.mark.parametrize("image", [None, b"bytes", "path.jpg", np.zeros((5, 5, 3), np.uint8)])
def test_only_pictures_are_described(engine, image):
    with pytest.raises(EngineError, match="load_image"):
        engine.query(image)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((0, 0, math.nan, 50), "covers less than 8 x 8 pixels"),
        ((90, 90, 10, 10), "covers less than 8 x 8 pixels"),
        ((500, 500, 600, 600), r"box \(500, 500, 600, 600\) covers less than 8 x 8 pixels of the 200 x 150 picture"),
        ("all", "box must be four numbers"),
        ((1, 2, 3), "box must be four numbers"),
    ],
)
def test_boxes_are_checked(engine, box, said):
    with pytest.raises(EngineError, match=said):
        engine.describe(photo(0), box, ONE_SCALE)


@pytest.mark.parametrize("scales", [(), (0,), (math.nan,), (100,), "1", [1.0] * 13])
def test_scales_are_checked(engine, scales):
    with pytest.raises(EngineError, match="scale"):
        engine.describe(photo(0), None, scales)


@pytest.mark.parametrize("image_id", [-1, 6, 10**9, 1.5, float("nan"), "1", None, [1]])
def test_image_ids_are_checked(engine, image_id):
    for ask in (engine.path, engine.image_size, engine.thumbnail, engine.photo):
        with pytest.raises(EngineError, match="image id.* 0 to 5"):
            ask(image_id)


def test_presets_are_copies(engine):
    engine.presets["same kind"] = 0
    assert engine.presets["same kind"] > 0 and engine.max_delta >= max(engine.presets.values())


def test_settings_carry_over_nothing_from_a_failed_query(engine, described):
    before = report_at(engine, described, delta=1.0).lsh.matches
    with pytest.raises(EngineError):
        engine.query(photo(0), (0, 0, 1, 1))
    assert report_at(engine, described, delta=1.0).lsh.matches == before


# ---- finding and opening


def test_databases_are_found_in_folders(small_db, tmp_path):
    (tmp_path / "other").mkdir()
    assert find_databases([small_db.path.parent, tmp_path, tmp_path / "nowhere"]) == [small_db.path.resolve()]
    assert find_databases([small_db.path, small_db.path.parent]) == [small_db.path.resolve()]
    assert find_databases([]) == []


def test_what_cannot_be_opened(small_db, tmp_path):
    for path, said in (
        (tmp_path / "nowhere.db", "there is no database named nowhere.db"),
        (small_db.photos, "photos is not a database"),
    ):
        with pytest.raises(DatabaseError, match=said):
            RetrievalEngine.open(path)


def test_warming_up_changes_nothing(engine, described):
    before = report_at(engine, described, delta=1.0).lsh.matches
    warm_up(engine)
    assert report_at(engine, described, delta=1.0).lsh.matches == before
