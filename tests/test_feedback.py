"""Relevance feedback: the formula, and that it moves answers the way it was told."""

import numpy as np
import pytest
from conftest import at_angles, unit
from planted_photos import PlantedPhotos

from lsh_engine import AskedCrops, EngineError, QueryDescriptors
from lsh_engine.search.feedback import ALPHA, BETA, GAMMA, refined
from lsh_engine.search.neighbourhood import neighbourhood


@pytest.fixture(scope="module")
def random():
    return np.random.default_rng(8)


@pytest.fixture(scope="module")
def photos(random):
    """Photos of two patches. A query lies amid two kinds: photos 0-9 show one, 10-19 the other, the rest neither."""
    kinds = np.linalg.qr(random.standard_normal((48, 2)))[0].T
    near = [at_angles(random, unit(kind), np.full(10, 0.6)) for kind in kinds]
    things = np.concatenate([*near, unit(random.standard_normal((20, 48)))])
    vectors = np.stack([things, unit(random.standard_normal((40, 48)))], axis=1).reshape(80, 48)
    return PlantedPhotos(vectors, np.full(40, 2))


@pytest.fixture(scope="module")
def query(photos):
    middle = unit(photos.vectors[:40:2].mean(axis=0))
    return QueryDescriptors(np.stack([middle, unit(middle + 0.3 * photos.vectors[79])]), (0.5, 1.0), 0.7, {2.0: 1.0})


def test_it_is_the_formula_of_rocchio(photos, query):
    liked, disliked = [(3, 0), (5, 0), (7, 1)], [(12, 0), (30, 1)]
    moved = (
        ALPHA * query.vectors
        + BETA * photos.vectors[[6, 10, 15]].mean(axis=0)
        - GAMMA * photos.vectors[[24, 61]].mean(axis=0)
    )
    result = refined(photos, query, liked, disliked)
    assert result.vectors == pytest.approx(unit(moved), abs=1e-6) and result.vectors.dtype == np.float32
    assert np.linalg.norm(result.vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert (result.scales, result.seconds, result.collapsed) == (query.scales, query.seconds, query.collapsed)


def test_what_was_liked_comes_first_and_what_was_not_moves_back(photos, query):
    def ranks(described: QueryDescriptors) -> np.ndarray:
        """Mean rank of the photos of each kind."""
        order = [match.image_id for match in neighbourhood(photos, AskedCrops.of(described), 40)]
        return np.array([np.mean([order.index(i) for i in kind]) for kind in (range(10), range(10, 20))])

    before = ranks(query)
    one, other = ranks(refined(photos, query, [(0, 0), (1, 0)], [(10, 0)]))
    assert one < before[0] and other > before[1]
    only_disliked = ranks(refined(photos, query, [], [(10, 0), (11, 0), (12, 0)]))
    assert only_disliked[1] > before[1]


def test_a_place_said_twice_counts_once(photos, query):
    once = refined(photos, query, [(3, 0), (5, 0)])
    assert np.array_equal(refined(photos, query, [(5, 0), (3, 0), (3, 0)]).vectors, once.vectors)


def test_without_a_word_nothing_moves(photos, query):
    assert refined(photos, query, []).vectors == pytest.approx(query.vectors, abs=1e-6)


def test_a_query_that_is_cancelled_out_stays(photos):
    """Liked is its very opposite, so heavily weighted that nothing is left."""
    patch = photos.vectors[4]
    opposite = PlantedPhotos(np.stack([-patch * ALPHA / BETA, patch]).astype(np.float32), np.array([2]))
    query = QueryDescriptors(patch[None], (1.0,))
    assert np.array_equal(refined(opposite, query, [(0, 0)]).vectors, query.vectors)


@pytest.mark.parametrize("place", [(40, 0), (-1, 0), (0, 2), (0, -1), ("a", 0), (0, 0.5)])
def test_places_that_are_not_there_are_refused(photos, query, place):
    with pytest.raises(EngineError):
        refined(photos, query, [place])
    with pytest.raises(EngineError):
        refined(photos, query, [(0, 0)], [place])
