"""Sign bits under random hyperplanes: their law, their seeds and their order."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit
from index_help import bits_of

from lsh_engine.index.lsh import hashing
from lsh_engine.index.lsh.hashing import Hyperplanes, Rotations

DIMS = (2, 5, 64, 100, 512, 1504)
ANGLES = np.array([0.2, 0.8, 1.4, 2.5])
N_BITS = 1024
FAMILIES = {
    "rotations": lambda dim, seed: Rotations(dim, N_BITS // 32, seed),
    "planes": lambda dim, seed: Hyperplanes(dim, 32, N_BITS // 32, seed),
}


def vectors_of(n: int, dim: int, seed: int = 1) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((n, dim)))


def shares(family, dim: int, seed: int, n_pairs: int = 8) -> np.ndarray:
    """Share of bits that differ at each of ANGLES, for one draw of hyperplanes."""
    random, hashed = np.random.default_rng([seed, dim]), family(dim, seed)
    queries = unit(random.standard_normal((n_pairs, dim)))
    pairs = np.concatenate([at_angles(random, query, ANGLES) for query in queries])
    differ = hashed.codes(pairs).reshape(n_pairs, len(ANGLES), -1) ^ hashed.codes(queries)[:, None]
    return np.bitwise_count(differ).sum(axis=(0, 2)) / (n_pairs * N_BITS)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_bits_differ_with_chance_angle_over_pi(family, dim):
    """Bits of one draw hang together, so the spread is taken over draws: 3 sigma, and sigma below .0015."""
    n_draws = 60 if dim < 1000 else 25
    drawn = np.array([shares(family, dim, seed) for seed in range(n_draws)])
    sigma = drawn.std(axis=0, ddof=1) / math.sqrt(n_draws)
    assert sigma.max() < 0.0015
    assert np.all(np.abs(drawn.mean(axis=0) - ANGLES / math.pi) < 3 * sigma)


@pytest.mark.parametrize("dim", DIMS)
def test_hamming_distances_are_no_wider_than_a_binomial(dim):
    """No bit repeats another. The bits of one rotation even share out: narrower, about .6 to 1 of the variance."""
    random, counts = np.random.default_rng(dim), []
    for seed in range(100):
        rotations, query = Rotations(dim, 8, seed), unit(random.standard_normal(dim))
        a, b = rotations.codes(np.stack([query, at_angles(random, query, np.array([0.8]))[0]]))
        counts.append(np.bitwise_count(a ^ b).sum())
    p = 0.8 / math.pi
    assert 0.3 < np.var(counts) / (256 * p * (1 - p)) < 1 + 3 * math.sqrt(2 / 100)


@pytest.mark.parametrize("dim", DIMS)
def test_distances_are_standard_normal(dim):
    random, drawn = np.random.default_rng(7), []
    for seed in range(20):
        drawn.append(Rotations(dim, 32, seed).hash_query(unit(random.standard_normal(dim)))[2])
    drawn = np.array(drawn)
    assert drawn.dtype == np.float32 and drawn.shape[1] >= N_BITS
    noise = 3 / math.sqrt(drawn.size)
    assert drawn.mean() == pytest.approx(0, abs=noise) and drawn.std() == pytest.approx(1, abs=noise)
    for at, share in ((-2.0, 0.02275), (-1.0, 0.15866), (0.5, 0.69146), (1.5, 0.93319)):
        assert np.mean(drawn < at) == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / drawn.size))


@pytest.mark.parametrize("dim", DIMS)
def test_codes_are_the_signs_of_the_distances(dim):
    rotations, query = Rotations(dim, 32, 3), vectors_of(1, dim)[0]
    codes, sketch, distances, query_dot, square = rotations.hash_query(query)
    assert np.array_equal(bits_of(codes[None])[0], distances[:N_BITS] > 0)
    assert np.array_equal(codes, rotations.codes(query[None])[0]), "a query is hashed as the stored rows are"
    assert sketch.shape == (4, 4) and np.array_equal(sketch.ravel().view(np.uint32), codes)
    assert query_dot == 0 and square == pytest.approx(1, abs=1e-5)


def test_a_rotation_is_three_rounds_of_signs_and_hadamard():
    rotations, vector = Rotations(100, 8, seed=2), vectors_of(1, 100)[0]
    matrix = np.array([[1.0]])
    while len(matrix) < rotations.length:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    expected = []
    for signs in rotations.signs.astype(np.float64):
        x = np.pad(vector.astype(np.float64), (0, rotations.length - 100))
        for sign in signs:
            x = matrix @ (sign * x)
        expected.append(x / rotations.length)
    assert rotations.hash_query(vector)[2] == pytest.approx(np.concatenate(expected), abs=1e-4)


@pytest.mark.parametrize("dim", DIMS)
def test_codes_around_a_centre_are_the_signs_of_what_is_left(dim):
    """sign R(x - c), except where it is within rounding of zero."""
    centre, vectors = np.float32(0.6) * vectors_of(1, dim, seed=9)[0], vectors_of(50, dim)
    plain, centred = Rotations(dim, 32, 4), Rotations(dim, 32, 4, centre)
    expected = np.array([plain.hash_query(vector - centre)[2][:N_BITS] for vector in vectors])
    differ = bits_of(centred.codes(vectors)) != (expected > 0)
    assert np.all(np.abs(expected[differ]) < 1e-5) and differ.mean() < 1e-3
    assert (bits_of(plain.codes(vectors)) != (expected > 0)).mean() > 0.05, "the centre matters"
    _, _, distances, query_dot, square = centred.hash_query(vectors[0])
    assert distances[:N_BITS] == pytest.approx(expected[0], abs=1e-5)
    assert query_dot == pytest.approx(float(vectors[0] @ centre), abs=1e-6) and square == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_codes_grow_from_their_seed(family):
    one, again, other = family(16, 1), family(16, 1), family(16, 2)
    vectors = vectors_of(40, 16)
    assert np.array_equal(one.codes(vectors), again.codes(vectors)) and one.checksum() == again.checksum()
    differ = bits_of(one.codes(vectors)) != bits_of(other.codes(vectors))
    assert 0.4 < differ.mean() < 0.6 and one.checksum() != other.checksum()


def test_the_two_families_share_no_hyperplane():
    planes, rotations = Hyperplanes(256, 32, 4, seed=0), Rotations(256, 4, seed=0)
    vectors = vectors_of(2000, 256)
    a, b = (bits_of(family.codes(vectors)) * 2.0 - 1 for family in (planes, rotations))
    assert np.abs(a.T @ b / 2000).max() < 0.3, "about 6 sigma: no pair of bits agrees or disagrees by rule"


def test_more_tables_keep_the_earlier_hyperplanes():
    few, more = Hyperplanes(8, 20, 4, seed=1), Hyperplanes(8, 20, 9, seed=1)
    assert np.array_equal(more.planes[:80], few.planes) and few.checksum() == more.checksum()


@pytest.mark.parametrize("k", [1, 7, 20, 32])
def test_codes_have_the_first_plane_highest(k):
    planes, vectors = Hyperplanes(16, k, 3, seed=5), vectors_of(20, 16)
    positive = vectors.astype(np.float64) @ planes.planes.T.astype(np.float64) > 0
    weights = 2 ** np.arange(31, 31 - k, -1)
    codes = planes.codes(vectors)
    assert codes.dtype == np.uint32
    assert np.array_equal(codes, (positive.reshape(20, 3, k) * weights).sum(axis=2)), "bits after the k-th are 0"
    assert np.array_equal(codes, [planes.query_codes(vector) for vector in vectors])


def test_hashing_in_blocks_changes_nothing(monkeypatch):
    planes, vectors = Hyperplanes(16, 20, 3, seed=5), vectors_of(200, 16)
    whole = planes.codes(vectors)
    monkeypatch.setattr(hashing, "HASH_FLOATS", 1000)
    assert np.array_equal(planes.codes(vectors), whole)
