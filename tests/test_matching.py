"""Hits on patches to matches of images, on hits written out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from lsh_engine import Hits
from lsh_engine.collection.id_map import IdMap
from lsh_engine.describe.describer import QueryDescriptors
from lsh_engine.index.lsh.details import LSHDetails
from lsh_engine.index.lsh.plan import Plan
from lsh_engine.search.matching import answer_of, matches_of

N_PATCHES = 10
SCALES = (0.5, 1.0)
PLAN = Plan("by hand", predicted_recall=0.9)


def hits(*pairs: tuple[int, float], candidates: int = 7, **seconds: float) -> Hits:
    """An answer to one scale: (patch id, angle) pairs, nearest first."""
    ids, angles = zip(*sorted(pairs, key=lambda pair: (pair[1], pair[0])), strict=True) if pairs else ((), ())
    return Hits(np.array(ids, np.int64), np.array(angles, np.float32), True, candidates, 40, seconds, LSHDetails(PLAN))


def described(scales, seconds: float = 0.0) -> QueryDescriptors:
    """A crop whose vectors nobody looks at."""
    return QueryDescriptors(np.zeros((len(scales), 4), np.float32), scales, seconds)


@pytest.fixture
def collection():
    """Patch j of every photo has the box (j, 0, j + 1, 80)."""
    boxes = np.array([(j, 0, j + 1, 80) for j in range(N_PATCHES)], np.float32)
    return SimpleNamespace(
        id_map=IdMap(np.full(4, N_PATCHES)), path=lambda i: f"photo_{i}.jpg", boxes=lambda image_id: boxes
    )


def test_an_image_keeps_its_nearest_patch_and_the_scale_that_won(collection):
    two_scales = [hits((12, 0.8), (13, 0.5), (31, 0.6)), hits((17, 0.4), (31, 0.7))]
    first, second = matches_of(two_scales, described(SCALES), collection)
    assert (first.image_id, first.path, first.scale) == (1, "photo_1.jpg", 1.0)
    assert first.angle == pytest.approx(0.4) and (first.box, first.patch) == ((7, 0, 8, 80), 7)
    assert (second.image_id, second.scale, second.box) == (3, 0.5, (1, 0, 2, 80))


def test_equal_angles_are_ordered_by_image(collection):
    found = matches_of([hits((35, 0.5), (5, 0.5), (21, 0.5))], described((1.0,)), collection)
    assert [match.image_id for match in found] == [0, 2, 3]


def test_no_hits_no_matches(collection):
    assert matches_of([hits(), hits()], described(SCALES), collection) == ()


def test_an_answer_adds_up_the_scales(collection):
    two_scales = [hits((1, 0.3), candidates=5, scan=0.25, rerank=0.5), hits((2, 0.2), candidates=6, scan=0.25)]
    answer = answer_of("lsh", two_scales, described(SCALES, 0.5), collection)
    assert (answer.n_candidates, answer.n_vectors, answer.plan) == (11, 80, str(PLAN))
    assert answer.seconds == {"describe": 0.5, "scan": 0.5, "rerank": 0.5} and answer.search_seconds == 1.0


def test_predicted_recall_counts_each_image_for_those_like_it(collection, monkeypatch):
    monkeypatch.setattr(Plan, "found_probability", lambda self, angles, *dots: 1 - angles)
    one_scale = described((1.0,))
    two_images = answer_of("lsh", [hits((3, 0.5), (13, 0.75))], one_scale, collection)
    assert two_images.predicted_recall == pytest.approx(2 / (1 / 0.5 + 1 / 0.25))
    assert answer_of("lsh", [hits()], one_scale, collection).predicted_recall == 0.9
