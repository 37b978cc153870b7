"""The bits of one pair, read from the index, against bits computed one by one from the hyperplanes."""

import numpy as np
import pytest
from index_help import bits_of, lsh

from lsh_engine.index.lsh import pair_bits
from lsh_engine.index.lsh.tables import build_tables

K, L, SEED = 9, 6, 5


@pytest.fixture(scope="module")
def index(planted):
    """Three segments, the last two as they were added."""
    vectors = planted.vectors[:1600]
    return lsh(vectors[:1200], vectors[1200:1500], vectors[1500:], n_hyperplanes=K, n_tables=L, seed=SEED)


@pytest.fixture(scope="module")
def rows(index):
    return np.array([0, 7, 1199, 1200, 1502, 1599, 3])


def brute_bits(vectors: np.ndarray, k: int = K, n_tables: int = L, seed: int = SEED) -> np.ndarray:
    """(m, d) -> (m, L, k) bool: on which side of every hyperplane, in float64."""
    planes = np.random.default_rng(seed).standard_normal((n_tables * k, vectors.shape[1]), dtype=np.float32)
    return (vectors.astype(np.float64) @ planes.T.astype(np.float64) > 0).reshape(len(vectors), n_tables, k)


def key_bits(codes: np.ndarray) -> np.ndarray:
    return bits_of(codes).reshape(*codes.shape, 32)[:, :, :K]


def test_stored_codes_are_the_sides_of_the_hyperplanes(index, rows):
    found = pair_bits.stored_codes(index, rows)
    assert np.array_equal(key_bits(found), brute_bits(index.store.take(rows)))
    assert not (found & np.uint32((1 << (32 - K)) - 1)).any()


def test_query_codes_are_the_sides_of_the_hyperplanes(index, planted):
    found = pair_bits.query_codes(index, planted.queries)
    assert np.array_equal(key_bits(found), brute_bits(planted.queries))


def test_buckets_hold_all_that_have_the_key(index, planted):
    every = brute_bits(index.store.part(0, len(index.store)))
    for query, bits in zip(planted.queries, brute_bits(planted.queries), strict=True):
        codes = pair_bits.query_codes(index, query[None])[0]
        for k in (K, 4):
            found = pair_bits.buckets(index, codes, k)
            for t in range(L):
                same = (every[:, t, :k] == bits[t, :k]).all(axis=1)
                assert found[t].tolist() == np.flatnonzero(same).tolist()
        union = np.unique(np.concatenate(pair_bits.buckets(index, codes, K)))
        assert union.tolist() == index.candidates(query, K).tolist()


def test_removed_vectors_are_in_no_bucket(planted):
    index = lsh(planted.vectors[:300], n_hyperplanes=4, n_tables=3)
    codes = pair_bits.query_codes(index, planted.vectors[8:9])[0]
    assert all(8 in bucket for bucket in pair_bits.buckets(index, codes, 4))
    index.remove(np.array([8]))
    assert not any(8 in bucket for bucket in pair_bits.buckets(index, codes, 4))


def test_further_tables_are_those_of_an_index_built_with_more(index, rows, planted):
    vectors = index.store.take(rows)
    found = dict(pair_bits.further_codes(index.config, vectors, 30))
    assert sorted(found)[0] == L
    codes = np.concatenate([found[first] for first in sorted(found)], axis=1)
    larger = lsh(planted.vectors[:1600], n_hyperplanes=K, n_tables=30, seed=SEED)
    assert np.array_equal(codes, pair_bits.stored_codes(larger, rows)[:, L:])
    assert list(pair_bits.further_codes(index.config, vectors, L)) == []


def test_projected_planes_tell_the_bits_and_keep_the_products(index, planted):
    query = planted.queries[0]
    products = pair_bits.projected_planes(index, np.array([query, planted.vectors[4]]))
    assert products.shape == (L, K, 2)
    assert np.array_equal(products[:, :, 0] > 0, brute_bits(query[None])[0])
    assert np.array_equal(products[:, :, 1] > 0, brute_bits(planted.vectors[4:5])[0])


@pytest.mark.parametrize("centred", [False, True])
def test_sketch_bits_are_those_of_both_codes(raw, centred):
    index = lsh(raw.vectors[:900], raw.vectors[900:1000], centred=centred)
    rotations, query = index.snapshot().projection.rotations, raw.queries[1]
    for row in (0, 899, 950):
        found = pair_bits.sketch_bits(index, query, row)
        codes = rotations.codes(np.array([query, index.store.take(np.array([row]))[0]]))
        both = bits_of(codes)
        assert np.array_equal(found.differing, both[0] != both[1])
        a, b = query - rotations.centre, index.store.take(np.array([row]))[0] - rotations.centre
        expected = np.arccos(float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b)))
        assert found.angle == pytest.approx(expected, abs=1e-3)
        assert centred == (found.angle > np.arccos(float(query @ index.store.take(np.array([row]))[0])) + 1e-3)


def test_the_probe_that_holds_a_vector_is_the_first_with_its_key(index, planted):
    held = []
    for query in planted.queries:
        hits = index.range_search(query, 0.8, plan="multiprobe")
        found = pair_bits.probe_holding(index, hits, np.arange(1600))
        k, (_, _, tables, keys) = hits.details.plan.k, hits.details.choose()
        codes = index.snapshot().projection.rotations.codes(index.store.part(0, 1600))
        for row in range(0, 1600, 37):
            same = [int(codes[row, t]) >> (32 - k) == int(key) >> (32 - k) for t, key in zip(tables, keys, strict=True)]
            assert found[row] == (same.index(True) if any(same) else -1)
        assert (found[hits.ids] >= 0).all(), "what was found lay in a bucket"
        held.append((found >= 0).sum())
    assert 0 < np.mean(held) < 1600
    other = index.range_search(planted.queries[0], 0.8, plan="sketch")
    assert (pair_bits.probe_holding(index, other, np.arange(9)) == -1).all()


@pytest.mark.parametrize("n", [1, 2, 9, 1000])
def test_codes_of_some_rows(n):
    codes = np.random.default_rng(n).integers(0, 2**32, (n, 3), dtype=np.uint32)
    codes[:, 2] &= np.uint32(0xF)
    tables = build_tables(codes, 20)
    rows = np.random.default_rng(0).integers(0, n, 7)
    assert np.array_equal(tables.codes_of(rows), tables.codes()[rows])


def test_a_key_as_text():
    assert pair_bits.bits_text(np.uint32(0b0110 << 28), 4) == "0110"
    assert pair_bits.bits_text(np.uint32(1), 32) == "0" * 31 + "1"
