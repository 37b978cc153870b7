"""Spatial verification on planted changes of place, size and turn among matches of chance (SPEC 2.5)."""

import math
from dataclasses import replace

import numpy as np
import pytest
from oracles.spatial import Matches, image_score, predicted_middles, things

DIAGONAL = 1000.0


def similarity(points: np.ndarray, ratio: float, turn: float, shift) -> np.ndarray:
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return ratio * points @ rotation.T + shift


def planted(seed: int, n: int = 10, n_random: int = 10, ratio=0.7, turn=0.5) -> Matches:
    """n matches of one similarity transform, a pixel off, then n_random of chance."""
    random = np.random.default_rng(seed)
    total = n + n_random
    points = random.uniform((0, 0), (800, 600), (total, 2))
    query_points = random.uniform((0, 0), (800, 600), (total, 2))
    query_points[:n] = similarity(points[:n], ratio, turn, (60, 30)) + random.normal(0, 1, (n, 2))
    ratios, turns = random.uniform(0.3, 3, total), random.uniform(-math.pi, math.pi, total)
    ratios[:n], turns[:n] = ratio, turn
    ids = np.arange(total)
    return Matches(query_points, points, ratios, turns, np.ones(total), ids, ids)


def test_each_consistent_match_predicts_one_middle():
    matches = planted(0)
    middles = predicted_middles(matches)
    expected = similarity(matches.points.mean(axis=0)[None], 0.7, 0.5, (60, 30))[0]
    assert np.abs(middles[:10] - expected).max() < 5
    assert np.linalg.norm(middles[10:] - expected, axis=1).min() > 5


@pytest.mark.parametrize("seed", range(20))
def test_the_best_thing_holds_the_ten_that_agree(seed):
    best = things(planted(seed), DIAGONAL)[0]
    assert set(range(10)) <= set(best.members.tolist()) and len(best.members) <= 11
    assert best.score == len(best.members)


def test_chance_alone_makes_no_thing():
    found = [things(planted(seed, n=0, n_random=12), DIAGONAL) for seed in range(40)]
    assert sum(bool(one) for one in found) <= 4 and things(planted(0, 0, 0), DIAGONAL) == []


def test_things_are_found_wherever_they_lie_on_the_grid():
    """Three predictions up to 20 px apart, moved over a bin of 62.5 px: bins overlap, so that no border parts them."""
    points = np.array([[0.0, 0], [50, 0], [0, 40]])
    off, ones, ids = np.array([[0, 0], [20, 0], [0, 20]]), np.ones(3), np.arange(3)
    for shift in np.arange(0, 64, 4.0):
        matches = Matches(points + off + (shift, 2 * shift), points, ones, 0 * ones, ones, ids, ids)
        assert [thing.members.tolist() for thing in things(matches, DIAGONAL)] == [[0, 1, 2]]


def test_moving_the_database_image_changes_nothing():
    matches = planted(1)
    moved = replace(matches, points=matches.points + (300, -120))
    before, after = (things(one, DIAGONAL) for one in (matches, moved))
    assert [thing.members.tolist() for thing in before] == [thing.members.tolist() for thing in after]
    assert image_score(before) == pytest.approx(image_score(after))


def test_two_things_of_one_image_are_told_apart():
    """The same five regions stand twice in the query."""
    random = np.random.default_rng(2)
    points = random.uniform((0, 0), (200, 150), (5, 2))
    query_points = np.concatenate([points + (100, 100), points + (500, 300)])
    regions, ones = np.tile(np.arange(5), 2), np.ones(10)
    weights = np.repeat([1.0, 2.0], 5)
    matches = Matches(query_points, np.tile(points, (2, 1)), ones, 0 * ones, weights, np.arange(10), regions)
    found = things(matches, DIAGONAL)
    assert [thing.members.tolist() for thing in found] == [[5, 6, 7, 8, 9], [0, 1, 2, 3, 4]]
    assert [thing.score for thing in found] == [10, 5]
    assert image_score(found) == pytest.approx(math.log(11) + math.log(6))


def test_a_region_counts_once_in_a_thing():
    """Two of the agreeing matches share a region of the database image: the heavier one stays."""
    matches = planted(3, n_random=0)
    regions, weights = matches.regions.copy(), matches.weights.copy()
    regions[4], weights[4] = regions[7], 0.5
    (found,) = things(replace(matches, regions=regions, weights=weights), DIAGONAL)
    assert found.members.tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 9] and found.score == 9
