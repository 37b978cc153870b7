"""Vectors in several blocks, in two precisions, with some removed: always the same as one plain array."""

import numpy as np
import pytest
from conftest import at_angles, unit

from lsh_engine.core.angles import SAME
from lsh_engine.core.errors import EngineError
from lsh_engine.index.checks import frozen
from lsh_engine.index.store import VectorStore

N = 300
CUTS = ((), (1,), (100, 101), (7, 64, 65, 299))  # where blocks begin


def angles_of(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    chords = np.linalg.norm(vectors.astype(np.float64) - query, axis=1)
    return 2 * np.arcsin(np.minimum(1, chords / 2))


@pytest.fixture(scope="module")
def query():
    return frozen(unit(np.random.default_rng(1).standard_normal(32)))


@pytest.fixture(scope="module")
def vectors(query):
    """200 rows within 1 rad, each angle four times over: ties between rows of different blocks."""
    random = np.random.default_rng(2)
    angles = np.concatenate([random.permutation(np.repeat(np.linspace(0.1, 0.999, 50), 4)), np.linspace(1.01, 3, 100)])
    vectors = at_angles(random, query, angles)
    vectors[100:200] = vectors[:100]
    return vectors


@pytest.fixture(params=CUTS, ids=str)
def blocks(request, vectors):
    return np.split(vectors, request.param)


def test_hits_are_sorted_by_angle_and_id_whatever_the_blocks(blocks, vectors, query):
    store, whole = VectorStore(blocks), VectorStore([vectors])
    for step in (1, 2, 7):
        ids = frozen(np.arange(0, N, step, dtype=np.int32))
        hits, angles = store.within(ids, query, 1.0)
        assert len(hits) == len(ids[ids < 200]) and hits.dtype == np.int64 and angles.dtype == np.float32
        assert angles == pytest.approx(angles_of(vectors[hits], query), abs=2e-6)
        assert np.array_equal(np.lexsort((hits, angles)), np.arange(len(hits)))
        other = whole.within(ids, query, 1.0)
        assert np.array_equal(hits, other[0]) and np.array_equal(angles, other[1])
    assert len(np.unique(angles)) < len(angles), "there are ties"
    for empty in (store.within(frozen(np.empty(0, np.int32)), query, 1.0), store.within(ids, query, 0.01)):
        assert len(empty[0]) == len(empty[1]) == 0 and empty[0].dtype == np.int64


def test_removed_rows_keep_their_place_and_are_never_hits(blocks, query):
    store, removed = VectorStore(blocks), np.array([0, 3, 100, 199, 299])
    fewer = store.without(removed)
    everyone = frozen(np.arange(N, dtype=np.int32))
    assert (len(fewer), fewer.n_live, store.n_live) == (N, N - 5, N)
    assert fewer.removed.tolist() == removed.tolist() and len(store.removed) == 0
    before, after = (which.within(everyone, query, np.pi) for which in (store, fewer))
    stay = ~np.isin(before[0], removed)
    assert np.array_equal(after[0], before[0][stay]) and np.array_equal(after[1], before[1][stay])
    grown = fewer.appended(query[None])
    assert (len(grown), grown.n_live) == (N + 1, N - 4) and grown.removed.tolist() == removed.tolist()
    assert grown.within(frozen(np.arange(N + 1, dtype=np.int32)), query, 0.0)[0].tolist() == [N]


@pytest.mark.parametrize("bad", [[N], [-1], [0, 0.5], [1.0], ["1"], [True], [[1]], 3, None, [3, 3, N]])
def test_ids_that_cannot_be_removed(vectors, bad):
    store = VectorStore([vectors]).without(np.array([7]))
    for ids in (bad, [3, 7]):
        with pytest.raises(EngineError):
            store.without(ids)
    assert store.n_live == N - 1 and store.removed.tolist() == [7]


def test_taking_and_slicing_equal_the_plain_array(blocks, vectors):
    store = VectorStore(blocks)
    assert len(store) == N and store.dim == 32
    for ids in ([0], [299], [0, 100, 101, 250], list(range(N))):
        assert np.array_equal(store.take(np.array(ids)), vectors[ids])
    for start, stop in ((0, N), (0, 1), (63, 66), (100, 101), (150, 300)):
        part = store.part(start, stop)
        assert np.array_equal(part, vectors[start:stop]) and not part.flags.writeable


def test_a_part_of_one_block_is_not_copied(vectors):
    assert np.shares_memory(VectorStore([vectors]).part(10, 20), vectors)


def test_half_precision_is_read_as_it_is_stored(vectors, query):
    half = vectors.astype(np.float16)
    store, mixed = VectorStore([half]), VectorStore([half[:150], vectors[150:]])
    assert store.dtype == mixed.dtype == np.float16
    assert VectorStore([vectors]).dtype == VectorStore().dtype == np.float32
    assert np.array_equal(store.take(np.arange(N)), half.astype(np.float32))
    assert np.array_equal(mixed.part(140, 160), np.concatenate([half[140:150].astype(np.float32), vectors[150:160]]))
    everyone = frozen(np.arange(N, dtype=np.int32))
    hits, angles = store.within(everyone, query, 0.4)
    wide = VectorStore([half.astype(np.float32)]).within(everyone, query, 0.4)
    assert np.array_equal(hits, wide[0]) and np.array_equal(angles, wide[1]) and len(hits) > 20


def test_small_blocks_join_like_a_binary_counter(vectors):
    store = VectorStore()
    for vector in vectors:
        store = store.appended(vector[None])
    sizes = [len(block) for block in store.blocks]
    assert sizes == [256, 32, 8, 4] and np.array_equal(store.part(0, N), vectors)
    assert len(store.appended(vectors[:1].astype(np.float16)).blocks) == 5, "blocks of two precisions do not join"


def test_large_blocks_are_never_joined():
    large = np.zeros((4096, 2), np.float32)
    store = VectorStore([large]).appended(large).appended(large[:1])
    assert [len(block) for block in store.blocks] == [4096, 4096, 1]
    assert np.shares_memory(store.blocks[0], large) and np.shares_memory(store.blocks[1], large)


def test_equal_vectors_lie_within_delta_zero(query):
    tiny = at_angles(np.random.default_rng(0), query, np.array([0.0, 3e-7, 1e-4]))
    hits, angles = VectorStore([tiny]).within(frozen(np.arange(3, dtype=np.int32)), query, 0.0)
    assert hits.tolist() == [0, 1] and angles.max() <= SAME


def test_frozen_views_are_plain_and_read_only(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3))
    view = frozen(np.load(tmp_path / "a.npy", mmap_mode="r"))
    assert type(view) is np.ndarray and not view.flags.writeable
    sliced = frozen(np.arange(10)[::2])
    assert sliced.flags.c_contiguous and sliced.tolist() == [0, 2, 4, 6, 8]


def test_freezing_leaves_the_original_writeable():
    mine = np.arange(3)
    assert not frozen(mine).flags.writeable and mine.flags.writeable
