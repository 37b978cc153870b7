"""Packed sign bits and their Hamming distances."""

import numpy as np
import pytest
from conftest import at_angles, unit
from index_help import bits_of
from scipy.stats import binom

from lsh_engine.index.lsh import kernels
from lsh_engine.index.lsh.hashing import Rotations
from lsh_engine.index.lsh.sketch import SKETCH_CODES, nearest_rows, pack_sketch, unpack_sketch


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).integers(0, 2**32, (500, SKETCH_CODES), dtype=np.uint32)


@pytest.fixture(scope="module")
def sketch(codes):
    return pack_sketch(codes)


def query(codes: np.ndarray, row: int) -> np.ndarray:
    return np.ascontiguousarray(pack_sketch(codes[row : row + 1])[:, 0])


def test_packing_loses_nothing(codes, sketch):
    assert sketch.shape == (4, 500, 4) and sketch.dtype == np.uint64
    assert sketch.flags.c_contiguous and not sketch.flags.writeable
    assert np.array_equal(unpack_sketch(sketch), codes)
    assert np.array_equal(unpack_sketch(pack_sketch(codes[:1])), codes[:1])


@pytest.mark.parametrize("n_bits", [256, 512, 1024])
def test_scan_is_a_hamming_filter(codes, sketch, n_bits):
    bits = bits_of(codes, n_bits)
    distances = (bits != bits[3]).sum(axis=1)
    coarse = (bits[:, :256] != bits[3, :256]).sum(axis=1)
    mine, chunks = query(codes, 3), n_bits // 256
    for threshold in (0, int(np.median(distances)), n_bits):
        for most in (256, 125):
            expected = np.flatnonzero((distances <= threshold) & (coarse <= most))
            found = kernels.scan_sketch(sketch, mine, chunks, most, threshold)
            assert found.dtype == np.int32 and np.array_equal(found, expected)
            rows = np.random.default_rng(1).permutation(500)[:300].astype(np.int32)
            kept = kernels.filter_sketch(sketch, mine, chunks, most, threshold, rows)
            assert np.array_equal(kept, rows[np.isin(rows, expected)]), "in the order given"
    assert kernels.scan_sketch(sketch, mine, chunks, 256, 0).tolist() == [3]


def test_distances_do_not_overflow():
    """256 different bits do not fit a uint8: the count must be 256, not 0."""
    codes = np.array([[0] * SKETCH_CODES, [2**32 - 1] * SKETCH_CODES], np.uint32)
    sketch, zero = pack_sketch(codes), query(codes, 0)
    distances = kernels.hamming(sketch[0], zero[0])
    assert distances.dtype == np.uint16 and distances.tolist() == [0, 256]
    assert kernels.scan_sketch(sketch, zero, 4, 256, 1023).tolist() == [0]
    assert kernels.scan_sketch(sketch, zero, 4, 256, 1024).tolist() == [0, 1]


def test_nearest_rows_holds_the_nearest(codes, sketch):
    bits = bits_of(codes, 256)
    distances = (bits != bits[9]).sum(axis=1)
    for n in (1, 10, 500):
        rows = nearest_rows(sketch, query(codes, 9), n)
        assert len(rows) >= n and set(np.argsort(distances, kind="stable")[:n]) <= set(rows.tolist())
        assert distances[rows].max() == np.sort(distances)[n - 1]
    assert np.array_equal(nearest_rows(sketch, query(codes, 9), 501), np.arange(500)), "there are no more"


def test_distances_of_neighbours_are_binomial():
    """Mean over many pairs at one angle and 40 draws of hyperplanes, and no more spread than a binomial."""
    random, means, spreads = np.random.default_rng(4), [], []
    for seed in range(40):
        rotations, mine = Rotations(64, SKETCH_CODES, seed), unit(random.standard_normal(64))
        near = pack_sketch(rotations.codes(at_angles(random, mine, np.full(50, 0.8))))
        distances = kernels.hamming(near[0], rotations.hash_query(mine)[1][0])
        means.append(distances.mean())
        spreads.append(distances.std())
    expected = binom(256, 0.8 / np.pi)
    sigma = np.std(means, ddof=1) / np.sqrt(40)
    assert sigma < 0.6 and np.mean(means) == pytest.approx(expected.mean(), abs=3 * sigma)
    assert 0.7 * expected.std() < np.mean(spreads) < 1.05 * expected.std()
