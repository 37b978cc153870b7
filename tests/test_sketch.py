"""Packed sign bits and their Hamming distances."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit
from scipy.stats import binom

from lsh_engine.index import kernels
from lsh_engine.index.hashing import Hyperplanes
from lsh_engine.index.rows import frozen
from lsh_engine.index.sketch import SKETCH_CODES, keep_close, nearest_rows, pack_sketch, query_sketch, scan


def bits_of(codes: np.ndarray, n_bits: int) -> np.ndarray:
    """(n, n_bits) bool, read from the codes one bit at a time."""
    shifts = np.arange(31, -1, -1, dtype=np.uint32)
    return ((codes[:, :, None] >> shifts) & np.uint32(1)).reshape(len(codes), -1)[:, :n_bits].astype(bool)


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).integers(0, 2**32, (500, 40), dtype=np.uint32)


@pytest.mark.parametrize("n_bits", [256, 512, 1024])
def test_scan_is_a_hamming_filter(codes, n_bits):
    sketch, bits = pack_sketch(codes), bits_of(codes, n_bits)
    distances = (bits != bits[3]).sum(axis=1)
    coarse = (bits[:, :256] != bits[3, :256]).sum(axis=1)
    query = query_sketch(codes[3], n_bits)
    for threshold in (0, int(np.median(distances)), n_bits):
        expected = np.flatnonzero(distances <= threshold)
        assert np.array_equal(scan(sketch, query, 256, threshold), expected)
        assert np.array_equal(keep_close(sketch, query, threshold, np.arange(500, dtype=np.int32)), expected)
        both = np.flatnonzero((distances <= threshold) & (coarse <= 125))
        assert np.array_equal(scan(sketch, query, 125, threshold), both)
    rows = np.array([1, 3, 77], np.int32)
    assert keep_close(sketch, query, 0, rows).tolist() == [3]


def test_distances_do_not_overflow():
    """256 different bits do not fit a uint8: the count must be 256, not 0."""
    codes = np.array([[0] * SKETCH_CODES, [2**32 - 1] * SKETCH_CODES], np.uint32)
    sketch = pack_sketch(codes)
    distances = kernels.hamming(sketch[0], query_sketch(codes[0], 256)[0])
    assert distances.dtype == np.uint16 and distances.tolist() == [0, 256]
    assert scan(sketch, query_sketch(codes[0], 1024), 256, 1023).tolist() == [0]
    assert scan(sketch, query_sketch(codes[0], 1024), 256, 1024).tolist() == [0, 1]


def test_nearest_rows_holds_the_nearest(codes):
    bits = bits_of(codes, 256)
    distances = (bits != bits[9]).sum(axis=1)
    for n in (1, 10, 500):
        rows = nearest_rows(pack_sketch(codes), query_sketch(codes[9], 256), n)
        assert len(rows) >= n and set(np.argsort(distances, kind="stable")[:n]) <= set(rows.tolist())
        assert distances[rows].max() == np.sort(distances)[n - 1]


def test_codes_have_the_first_plane_highest():
    planes = Hyperplanes(16, 3, seed=5)
    vectors = unit(np.random.default_rng(1).standard_normal((20, 16)))
    codes = planes.codes(vectors)
    positive = vectors.astype(np.float64) @ planes.planes.T.astype(np.float64) > 0
    weights = 2 ** np.arange(31, -1, -1)
    assert np.array_equal(codes, (positive.reshape(20, 3, 32) * weights).sum(axis=2))
    for vector, code in zip(vectors, codes, strict=True):
        assert np.array_equal(planes.query_codes(vector, 2), code[:2])


def test_hashing_in_blocks_changes_nothing(monkeypatch):
    planes = Hyperplanes(16, 3, seed=5)
    vectors = unit(np.random.default_rng(1).standard_normal((200, 16)))
    whole = planes.codes(vectors)
    monkeypatch.setattr("lsh_engine.index.hashing.HASH_FLOATS", 1000)
    assert np.array_equal(planes.codes(vectors), whole)


def test_hyperplanes_grow_from_their_seed():
    a, b, more, other = (Hyperplanes(8, n, seed) for n, seed in ((4, 1), (4, 1), (9, 1), (4, 2)))
    assert np.array_equal(a.planes, b.planes) and a.checksum() == b.checksum() == more.checksum()
    assert np.array_equal(more.planes[:128], a.planes), "more tables keep the earlier ones"
    assert not np.array_equal(a.planes, other.planes) and a.checksum() != other.checksum()


def test_bits_differ_with_chance_angle_over_pi():
    random = np.random.default_rng(3)
    query = unit(random.standard_normal(64))
    planes = Hyperplanes(64, 32, seed=3)
    for angle in (0.4, 0.8, 1.2):
        pair = np.stack([query, at_angles(random, query, np.array([angle]))[0]])
        a, b = bits_of(planes.codes(pair), 1000)
        sigma = math.sqrt(angle / math.pi * (1 - angle / math.pi) / 1000)
        assert np.mean(a != b) == pytest.approx(angle / math.pi, abs=3 * sigma)


def test_distances_are_binomial():
    """Mean and spread of the Hamming distance over many pairs at one angle and several sets of planes."""
    random, distances = np.random.default_rng(4), []
    for seed in range(5):
        planes = Hyperplanes(64, SKETCH_CODES, seed)
        for query in unit(random.standard_normal((60, 64))):
            sketch = pack_sketch(planes.codes(at_angles(random, query, np.full(5, 0.8))))
            distances.append(kernels.hamming(sketch[0], query_sketch(planes.query_codes(query, 8), 256)[0]))
    expected = binom(256, 0.8 / math.pi)
    assert np.mean(distances) == pytest.approx(expected.mean(), abs=1.0)
    assert np.std(distances) == pytest.approx(expected.std(), rel=0.1)


def test_frozen_views_are_plain_and_read_only(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3))
    view = frozen(np.load(tmp_path / "a.npy", mmap_mode="r"))
    assert type(view) is np.ndarray and not view.flags.writeable


def test_kernels_compile_once():
    """Read-only and writeable arrays, memory maps and slices must not ask for a second compilation."""
    kernels.warm_up()
    for name in ("sign_codes", "scan_sketch", "filter_sketch", "hamming", "lookup_tables", "rerank"):
        assert len(getattr(kernels, name).signatures) == 1, name
