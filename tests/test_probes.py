"""Multi-probe: the buckets a query looks into, their order, and the chance that they hold a neighbour (SPEC 4.3)."""

import math
from itertools import product

import numpy as np
import pytest
from conftest import at_angles, unit
from scipy.stats import norm

from lsh_engine.index.lsh.hashing import Rotations
from lsh_engine.index.lsh.kernels import choose_probes, probed_chance
from lsh_engine.index.lsh.plan import cotangent, cotangents


def query(n_tables: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(codes, distances) of a query to random hyperplanes."""
    distances = np.random.default_rng(seed).standard_normal(32 * n_tables, dtype=np.float32)
    bits = (distances > 0).reshape(n_tables, 32)
    return (bits * (2 ** np.arange(31, -1, -1))).sum(axis=1).astype(np.uint32), distances


def flip_chances(distances: np.ndarray, n_tables: int, k: int, angle: float) -> np.ndarray:
    """a = Phi(-|m| cot theta): (n_tables, k)."""
    margins = np.abs(distances.reshape(n_tables, 32)[:, :k].astype(np.float64))
    return norm.cdf(-margins / math.tan(angle))


def every_bucket(codes: np.ndarray, distances: np.ndarray, k: int, angle: float) -> dict[tuple[int, int], float]:
    """(table, first k bits) -> chance that a neighbour lies there."""
    flips, chances = flip_chances(distances, len(codes), k, angle), {}
    for t, code in enumerate(codes.tolist()):
        for flipped in product([False, True], repeat=k):
            mask = sum(1 << (k - 1 - j) for j in range(k) if flipped[j])
            chances[t, (code >> (32 - k)) ^ mask] = float(np.where(flipped, flips[t], 1 - flips[t]).prod())
    return chances


def choose(codes, distances, k: int, angle: float, target: float, most: int = 2048):
    return choose_probes(codes, distances, len(codes), k, cotangent(angle), target, most)


@pytest.mark.parametrize("angle", [0.3, 0.8, 1.2, 1.5])
@pytest.mark.parametrize("k", [1, 5, 8])
def test_all_buckets_come_in_the_order_of_their_chance(k, angle):
    codes, distances = query(4)
    tables, keys, reached = choose(codes, distances, k, angle, target=1.0)
    buckets = list(zip(tables.tolist(), (keys >> np.uint32(32 - k)).tolist(), strict=True))
    expected = every_bucket(codes, distances, k, angle)
    assert len(buckets) == len(set(buckets)) == len(expected) == 4 * 2**k, "each bucket once"
    chances = [expected[bucket] for bucket in buckets]
    assert chances == pytest.approx(sorted(expected.values(), reverse=True), rel=1e-6, abs=1e-12)
    assert reached == pytest.approx(1.0)
    assert tables.dtype == np.int32 and keys.dtype == np.uint32


@pytest.mark.parametrize("k", [7, 16, 29, 32])
def test_the_first_probe_of_a_table_is_its_own_bucket(k):
    codes, distances = query(16)
    tables, keys, _ = choose(codes, distances, k, 1.0, target=0.9999)
    shift = np.uint32(32 - k)
    for t in np.unique(tables):
        assert keys[tables == t][0] >> shift == codes[t] >> shift
    assert len(set(tables.tolist())) > 4 and len(
        set(zip(tables.tolist(), (keys >> shift).tolist(), strict=True))
    ) == len(tables)


@pytest.mark.parametrize("target", [0.5, 0.9, 0.97, 0.999])
@pytest.mark.parametrize("angle", [0.2, 0.4, 0.8, 1.0])
def test_probes_reach_the_target_and_not_one_is_too_many(angle, target):
    codes, distances = query(16, seed=2)
    k = 6
    tables, keys, reached = choose(codes, distances, k, angle, target)
    expected, found = every_bucket(codes, distances, k, angle), np.zeros(16)
    for t, key in zip(tables.tolist(), (keys >> np.uint32(32 - k)).tolist(), strict=True):
        before = 1 - np.prod(1 - found)
        found[t] += expected[t, key]
    assert before < target <= reached == pytest.approx(1 - np.prod(1 - found), abs=1e-9)
    curve = probed_chance(codes, distances, 16, k, tables, keys, cotangents(np.array([angle])))
    assert curve == pytest.approx([reached], abs=1e-9), "one formula in both"


def test_a_limit_on_probes_is_kept():
    codes, distances = query(16)
    tables, keys, reached = choose(codes, distances, 20, 1.0, 0.97, most=50)
    more = choose(codes, distances, 20, 1.0, 0.97, most=500)
    assert len(tables) == 50 and len(more[0]) == 500 and reached < more[2] < 0.97
    assert np.array_equal(more[0][:50], tables) and np.array_equal(more[1][:50], keys), "the same first ones"


def test_more_probes_never_find_less():
    codes, distances = query(16)
    tables, keys, _ = choose(codes, distances, 12, 0.9, 0.999)
    angles = cotangents(np.linspace(0, 1.5, 31))
    counts = [1, 2, 5, 20, 100, len(tables)]
    curves = np.array([probed_chance(codes, distances, 16, 12, tables[:n], keys[:n], angles) for n in counts])
    assert np.all(np.diff(curves, axis=0) >= 0) and np.all((curves >= 0) & (curves <= 1))
    assert np.all(curves[:, 0] > 1 - 1e-9), "the vector itself lies in the first bucket"
    assert np.all(np.diff(curves[-1]) <= 1e-9), "the farther, the rarer"


# ---- the formula


@pytest.mark.parametrize(
    ("angle", "expected"),
    [(0.4, (0.1185, 0.0090, 0.0)), (0.8, (0.3136, 0.1657, 0.0260)), (1.0, (0.3741, 0.2604, 0.0995))],
)
def test_chances_of_one_flipped_bit(angle, expected):
    """The values of SPEC 4.3 at distances .5, 1 and 2: one bit, and only the bucket on the other side is probed."""
    for distance, chance in zip((0.5, 1.0, 2.0), expected, strict=True):
        assert flip_chance(distance, angle) == pytest.approx(chance, abs=6e-5)


def flip_chance(distance: float, angle: float) -> float:
    distances = np.full(32, distance, np.float32)
    flipped, own = np.array([0], np.uint32), np.array([1 << 31], np.uint32)
    return probed_chance(own, distances, 1, 1, np.zeros(1, np.int32), flipped, cotangents(np.array([angle])))[0]


def test_over_all_distances_a_bit_flips_with_chance_angle_over_pi():
    distances = np.linspace(-6, 6, 1201)
    weights = norm.pdf(distances) * 0.01
    mean = sum(weight * flip_chance(abs(at), 0.4) for at, weight in zip(distances, weights, strict=True))
    assert mean == pytest.approx(0.4 / math.pi, abs=2e-4), ".1274 in SPEC 4.3"


@pytest.mark.parametrize("angle", [0.0, math.pi])
def test_the_ends_of_the_scale_are_finite(angle):
    codes, distances = query(16)
    distances[5] = 0.0
    tables, keys, reached = choose(codes, distances, 20, angle, 0.97)
    curve = probed_chance(codes, distances, 16, 20, tables, keys, cotangents(np.array([0.0, 1.0, math.pi])))
    assert np.isfinite(curve).all() and 0.97 <= reached <= 1 and len(tables) <= 32


@pytest.mark.parametrize("angle", [0.5, 0.8, 1.1])
def test_chance_is_that_of_simulated_neighbours(angle):
    """Neighbours at cos m + sin g: 3 sigma of 40,000 draws, for a few queries at different numbers of probes."""
    random, k, n_tables = np.random.default_rng(3), 7, 6
    for seed, target in ((0, 0.5), (1, 0.8), (2, 0.95)):
        codes, distances = query(n_tables, seed)
        tables, keys, _ = choose(codes, distances, k, 0.8, target)
        margins = distances.reshape(n_tables, 32)[:, :k]
        near = math.cos(angle) * margins + math.sin(angle) * random.standard_normal((40_000, n_tables, k))
        found_keys = ((near > 0) * 2 ** np.arange(k - 1, -1, -1)).sum(axis=2)
        probed = np.zeros((n_tables, 2**k), bool)
        probed[tables, keys >> np.uint32(32 - k)] = True
        measured = probed[np.arange(n_tables), found_keys].any(axis=1).mean()
        expected = probed_chance(codes, distances, n_tables, k, tables, keys, cotangents(np.array([angle])))[0]
        assert measured == pytest.approx(expected, abs=3 * math.sqrt(expected * (1 - expected) / 40_000))


@pytest.mark.parametrize("dim", [64, 512])
def test_chance_holds_for_the_rotations_of_the_index(dim):
    """Real codes of real neighbours, 40 draws of hyperplanes at delta .8.

    Beyond delta the few directions of 64 dimensions find up to .02 less than the formula says; within it they do not.
    """
    random, gaps, k = np.random.default_rng(4), [], 12
    angles = np.array([0.6, 0.8, 1.0])
    for seed in range(40):
        rotations, q = Rotations(dim, 16, seed), unit(random.standard_normal(dim))
        codes, _, distances, _, _ = rotations.hash_query(q)
        tables, keys, _ = choose(codes, distances, k, 0.8, 0.9)
        near = rotations.codes(at_angles(random, q, np.repeat(angles, 400)))[:, tables]
        found = ((near ^ keys) >> np.uint32(32 - k) == 0).any(axis=1).reshape(3, -1).mean(axis=1)
        gaps.append(found - probed_chance(codes, distances, 16, k, tables, keys, cotangents(angles)))
    sigma = np.std(gaps, axis=0, ddof=1) / math.sqrt(len(gaps))
    assert np.all(np.abs(np.mean(gaps, axis=0)) < 3 * sigma + (0.001, 0.006, 0.02)) and sigma.max() < 0.006
