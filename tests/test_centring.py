"""Angles seen from a centre: exact against vectors, an upper bound for neighbours, and taken where it helps."""

import math
from dataclasses import asdict

import numpy as np
import pytest
from conftest import at_angles, unit

from lsh_engine.index.lsh.centring import ORIGIN, Centre, centre_of
from lsh_engine.index.lsh.config import LSHConfig
from lsh_engine.index.lsh.projection import Projection, pair_histograms, sampled
from lsh_engine.index.store import VectorStore

DELTAS = (0.0, 0.2, 0.4, 0.8, 1.2, 1.5, 2.5, math.pi)


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Between rows, float64."""
    cosines = np.sum(a * b, axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return np.arccos(np.clip(cosines, -1, 1))


@pytest.fixture(scope="module")
def crowd():
    """(vectors, centre as a vector, its numbers): non-negative rows, unrelated pairs around 1 rad."""
    vectors = unit(np.random.default_rng(0).gamma(0.8, size=(3000, 64))).astype(np.float64)
    mean = vectors.mean(axis=0)
    return vectors, mean, centre_of(vectors @ mean, mean @ mean)


# ---- the map of angles


def test_seen_is_the_angle_between_what_is_left(crowd):
    vectors, mean, centre = crowd
    queries, others = vectors[:40], vectors[1000:1040]
    for q in queries[:5]:
        expected = angle(q - mean, others - mean)
        assert centre.seen(angle(q, others), q @ mean, others @ mean) == pytest.approx(expected, abs=1e-6)
    assert centre.seen(0.0, queries[0] @ mean, queries[0] @ mean) == pytest.approx(0, abs=1e-6)
    assert centre.distance(queries[0] @ mean) == pytest.approx(np.linalg.norm(queries[0] - mean))


def test_the_worked_values():
    """SPEC 4.5 at m = .5."""
    seen = Centre(0.5, 0.5, 0.5, 0.5).seen(np.array([0.4, 0.6, 0.8, 1.0]), 0.5, 0.5)
    assert seen == pytest.approx([0.5696, 0.8623, 1.1665, 1.4901], abs=1e-4)


def test_numbers_of_a_centre(crowd):
    vectors, mean, centre = crowd
    dots = vectors @ mean
    assert centre.square == pytest.approx(mean @ mean) and centre.middle == pytest.approx(np.median(dots))
    assert np.mean(dots < centre.low) == pytest.approx(0.02, abs=0.001)
    assert np.mean(dots > centre.high) == pytest.approx(0.02, abs=0.001)
    assert Centre(**asdict(centre)) == centre


def test_the_origin_changes_nothing():
    angles = np.linspace(0, math.pi, 101)
    assert ORIGIN.seen(angles, 0.0, 0.0) == pytest.approx(angles, abs=1e-7)
    assert all(ORIGIN.widest(delta, query_dot) == delta for delta in DELTAS for query_dot in (0.0, 0.7))
    assert ORIGIN.distance(0.0) == 1.0


@pytest.mark.parametrize("delta", DELTAS)
def test_widest_is_the_largest_angle_there_can_be(crowd, delta):
    """Against a fine grid of all x.c that a neighbour at delta may have."""
    _, _, centre = crowd
    for query_dot in (centre.low - 0.1, centre.low, centre.middle, centre.high, centre.high + 0.05):
        reach = 2 * math.sin(delta / 2) * math.sqrt(centre.square)
        grid = np.linspace(max(centre.low, query_dot - reach), min(centre.high, query_dot + reach), 2001)
        if grid[0] > grid[-1]:
            continue  # a query outside the collection, with all its neighbours
        largest = centre.seen(delta, query_dot, grid).max()
        assert centre.widest(delta, query_dot) == pytest.approx(largest, abs=1e-5)


def test_neighbours_lie_within_the_widest_angle(crowd):
    """All that have x.c between the 2 and 98 % quantiles; the bound is no idle one: some come close to it."""
    vectors, mean, centre = crowd
    random, slack = np.random.default_rng(1), []
    for q in vectors[:60]:
        for delta in (0.3, 0.6, 0.9):
            towards = vectors[random.integers(0, len(vectors), 50)]
            near = at_angles(random, q, delta * random.uniform(0, 1, 50) ** 0.1, within=towards).astype(np.float64)
            dots = near @ mean
            inside = (dots >= centre.low) & (dots <= centre.high)
            seen = angle(q - mean, near - mean)[inside]
            widest = centre.widest(delta, float(q @ mean))
            assert np.all(seen <= widest + 1e-6)
            slack.append(widest - seen.max(initial=0))
    assert min(slack) < 0.02


def test_widest_grows_with_delta(crowd):
    *_, centre = crowd
    for query_dot in (centre.low, centre.middle, centre.high):
        radii = [centre.widest(delta, query_dot) for delta in np.linspace(0, math.pi, 200)]
        assert np.all(np.diff(radii) >= -1e-9) and radii[0] == pytest.approx(0, abs=1e-6) and radii[-1] <= math.pi


def test_a_vector_at_the_centre_has_finite_angles():
    here = Centre(1.0, 1.0, 1.0, 1.0)
    assert np.isfinite(here.seen(np.array([0.0, 1.0]), 1.0, np.array([1.0, 0.3]))).all()
    assert np.isfinite(here.widest(0.5, 1.0)) and here.distance(1.0) > 0


# ---- the projection of a collection


def projection_of(vectors: np.ndarray, centred: bool | None = None) -> Projection:
    return Projection.fitting(VectorStore([vectors.astype(np.float32)]), LSHConfig(n_tables=2, centred=centred))


def common(n: int, dim: int = 128, strength: float = 1.2) -> np.ndarray:
    """Rows with a strong common part."""
    random = np.random.default_rng(3)
    return unit(strength * unit(random.standard_normal(dim)) + unit(random.standard_normal((n, dim))))


@pytest.mark.parametrize(
    ("vectors", "takes"),
    [
        (common(2000), True),
        (common(2000, strength=0.0), False),
        (common(255), False),
        (unit(np.random.default_rng(0).gamma(0.3, size=(2000, 128))), True),
    ],
    ids=["a common part", "none", "too few to say", "non-negative"],
)
def test_centring_is_taken_where_it_helps(vectors, takes):
    assert bool(projection_of(vectors).centre.square) == takes
    assert projection_of(vectors, centred=True).centre.square > 0
    assert projection_of(vectors, centred=False).centre == ORIGIN


def test_the_centre_is_the_mean_of_the_rows_that_are_there():
    vectors = common(600)
    store = VectorStore([vectors[:500], vectors[500:]]).without(np.arange(100))
    projection = Projection.fitting(store, LSHConfig(n_tables=2, centred=True))
    mean = vectors[100:].mean(axis=0)
    assert projection.rotations.centre == pytest.approx(mean, abs=1e-6)
    assert projection.centre.square == pytest.approx(float(mean @ mean), abs=1e-5)
    assert projection.centre_dots(vectors) == pytest.approx(vectors @ mean, abs=1e-5)
    assert projection_of(vectors, centred=False).centre_dots(vectors).shape == (0,)


def test_a_sample_is_the_same_every_time_and_leaves_out_what_was_removed():
    vectors = common(300)
    store = VectorStore([vectors]).without(np.arange(0, 300, 2))
    left = {row.tobytes() for row in vectors[1::2]}
    some = sampled(store, 50, seed=4)
    assert np.array_equal(some, sampled(store, 50, seed=4)) and not np.array_equal(some, sampled(store, 50, seed=5))
    assert len({row.tobytes() for row in some}) == 50 and {row.tobytes() for row in some} <= left
    assert len(sampled(store, 1000, seed=4)) == 150
    assert sampled(store.without(np.arange(1, 300, 2)), 10, seed=4).shape == (0, 128)


def test_histograms_count_the_angles_of_all_pairs():
    vectors, centre = common(60, 16), np.full(16, 0.1, np.float32)
    counts = pair_histograms(vectors, centre)
    assert counts.shape == (2, 256) and counts.dtype == np.int64 and counts.sum(axis=1).tolist() == [1770, 1770]
    first, second = np.triu_indices(60, 1)
    for row, seen in zip(counts, (vectors, vectors - centre), strict=True):
        angles = angle(seen[first].astype(np.float64), seen[second].astype(np.float64))
        expected = np.histogram(angles, 256, (0, math.pi))[0]
        assert np.abs(row - expected).sum() <= 4, "an angle on the edge of two bins may fall into either"
