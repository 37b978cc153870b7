"""The exhaustive index: exact whatever the block size, the batch and the split of its vectors."""

import math

import numpy as np
import pytest
from conftest import at_angles, unit

from lsh_engine.core.errors import DatabaseError, EngineError
from lsh_engine.index import ExhaustiveIndex, store
from lsh_engine.index import store as rows
from lsh_engine.index.store import VectorStore


def test_finds_exactly_the_planted(planted):
    index = ExhaustiveIndex()
    index.add(planted.vectors)
    for q, query in enumerate(planted.queries):
        hits = index.range_search(query, 0.999)
        assert set(hits.ids.tolist()) == planted.within(q, 0.999)
        assert hits.plan == "exhaustive: looks at every vector"
        assert hits.n_candidates == len(planted.vectors) and hits.predicted_recall == 1.0
        assert set(hits.seconds) == {"scan", "rerank"}


def test_small_blocks_and_batches_change_nothing(planted, monkeypatch):
    index = ExhaustiveIndex()
    index.add(planted.vectors)
    expected = [index.range_search(query, 1.1) for query in planted.queries]
    monkeypatch.setattr(store, "BLOCK_FLOATS", 97)
    for one, many in zip(expected, index.range_search_batch(planted.queries, 1.1), strict=True):
        assert np.array_equal(one.ids, many.ids) and np.array_equal(one.angles, many.angles)
    assert np.array_equal(index.search(planted.queries[0], 9).ids, expected[0].ids[:9])


def test_angles_of_a_vector_with_itself_and_with_its_near_copies():
    random = np.random.default_rng(0)
    query = unit(random.standard_normal(512))
    angles = np.array([0.0, 1e-5, 1e-4, 0.001, 0.01, 0.1, 0.4, 0.46, 1.0, 2.0, math.pi])
    index = ExhaustiveIndex()
    index.add(at_angles(random, query, angles))
    assert index.range_search(query, math.pi).angles == pytest.approx(angles, abs=2e-6)
    assert index.range_search(query, 5e-5).ids.tolist() == [0, 1], "arccos of a float32 cosine cannot tell these"


def test_rows_a_little_off_unit_length_are_still_found():
    vectors = np.random.default_rng(1).standard_normal((50, 64))
    half = unit(vectors).astype(np.float16).astype(np.float32) * np.float32(0.9985)
    index = ExhaustiveIndex()
    index.add(half)
    for i in (0, 20, 49):
        assert index.range_search(half[i], 0.0).ids.tolist() == [i]


def test_ties_are_ordered_by_id():
    index = ExhaustiveIndex()
    index.add(np.repeat(np.eye(4, dtype=np.float32), 3, axis=0))
    assert index.range_search(np.eye(4, dtype=np.float32)[1], 2.0).ids.tolist() == [
        3,
        4,
        5,
        0,
        1,
        2,
        *range(6, 12),
    ]
    assert index.search(np.eye(4, dtype=np.float32)[3], 4).ids.tolist() == [9, 10, 11, 0]


@pytest.mark.parametrize("n_copies", [20, 200])
def test_many_ties_are_ordered_by_id_across_blocks(monkeypatch, n_copies):
    """More hits than are sorted while they are found, in blocks of different sizes: (angle, id) all the same."""
    monkeypatch.setattr(rows, "SMALL_ROWS", 0)
    random = np.random.default_rng(3)
    distinct = at_angles(random, unit(random.standard_normal(16)), np.linspace(0.1, 1.5, 5))
    ids = random.integers(0, 5, 5 * n_copies)
    split, whole = ExhaustiveIndex(), ExhaustiveIndex()
    for part in np.split(distinct[ids], [1, 2, n_copies, 3 * n_copies]):
        split.add(part)
    whole.add(distinct[ids])
    assert len(split.store.blocks) == 5
    for row in range(5):
        hits, other = split.range_search(distinct[row], 1.2), whole.range_search(distinct[row], 1.2)
        assert np.array_equal(hits.ids, other.ids) and np.array_equal(hits.angles, other.angles)
        assert np.array_equal(hits.ids, hits.ids[np.lexsort((hits.ids, hits.angles))])
        assert np.array_equal(hits.ids[: (ids == row).sum()], np.flatnonzero(ids == row))


def test_removed_vectors_are_never_nearest(planted):
    index = ExhaustiveIndex()
    index.add(planted.vectors[:500])
    before = index.search(planted.queries[0], 500)
    index.remove(before.ids[:3])
    after = index.search(planted.queries[0], 500)
    assert np.array_equal(after.ids, before.ids[3:]) and np.array_equal(after.angles, before.angles[3:])
    assert after.n_vectors == after.n_candidates == len(index) == 497


def test_many_single_adds_leave_few_blocks(planted):
    index = ExhaustiveIndex()
    for vector in planted.vectors[:300]:
        index.add(vector[None])
    assert len(index) == 300 and len(index.store.blocks) < 10
    assert np.array_equal(np.concatenate(index.store.blocks), planted.vectors[:300])


def test_a_search_has_no_parameters(planted):
    index = ExhaustiveIndex()
    index.add(planted.vectors[:5])
    with pytest.raises(EngineError, match="takes no parameters, got plan"):
        index.range_search(planted.queries[0], 0.4, plan="auto")


def test_opening_shares_blocks_and_checks_their_shape(planted):
    parts = [planted.vectors[:100], planted.vectors[100:250]]
    store = VectorStore.opened(parts, 256)
    index = ExhaustiveIndex.opened(store, {"n_vectors": 250, "dim": 256}, {})
    assert len(index) == 250 and np.shares_memory(index.store.blocks[1], parts[1])
    assert index.range_search(parts[1][7], 0.0).ids.tolist() == [107]
    for meta in ({"n_vectors": 251, "dim": 256}, {"n_vectors": 250, "dim": 255}, {}):
        with pytest.raises(DatabaseError):
            ExhaustiveIndex.opened(store, meta, {})
    with pytest.raises(DatabaseError):
        VectorStore.opened(parts, 255)


def test_an_empty_index_is_not_saved(tmp_path):
    with pytest.raises(EngineError, match="the index is empty"):
        ExhaustiveIndex().save(tmp_path / "empty")


def test_every_pair_is_joined_once(planted):
    index = ExhaustiveIndex()
    index.add(planted.vectors[:300])
    index.remove([5, 299])
    found = [pair for first, second, _ in index.store.join(1.3) for pair in zip(first, second, strict=True)]
    angles = np.arccos(np.clip(planted.vectors[:300].astype(float) @ planted.vectors[:300].T.astype(float), -1, 1))
    true = {(i, j) for i, j in zip(*np.where(angles <= 1.3), strict=True) if i < j and not {i, j} & {5, 299}}
    assert len(found) == len(set(found)) and set(found) == true and true


def test_save_refuses_a_folder_that_holds_other_files(tmp_path):
    (tmp_path / "notes.json").write_text("{}")
    one = ExhaustiveIndex()
    one.add(np.eye(1, 4, dtype=np.float32))
    with pytest.raises(DatabaseError, match="holds other files"):
        one.save(tmp_path)
    assert (tmp_path / "notes.json").exists()
    with pytest.raises(DatabaseError):
        one.save(tmp_path / "notes.json")
    with pytest.raises(DatabaseError):
        ExhaustiveIndex.load(tmp_path / "nothing")
