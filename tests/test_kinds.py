"""What every registered kind of index owes: the contract, held to the exhaustive answer and to brute force."""

import gc
import json
import math
import shutil
import threading
import weakref
from dataclasses import asdict, replace

import numpy as np
import pytest
from conftest import Planted, centred_like, raw_like

from lsh_engine import EngineError, RetrievalEngine
from lsh_engine.core.errors import DatabaseError
from lsh_engine.index import ExhaustiveIndex, Index, VectorStore, kind, kinds

DELTAS = (0.0, 0.4, 0.8, 1.1, math.pi / 2, math.pi)
EDGE = 1e-6  # radians: nearer to delta than this, float32 may decide either way
NAMES = list(kinds())


@pytest.fixture(scope="module", params=["raw", "centred"])
def data(request) -> Planted:
    return (raw_like if request.param == "raw" else centred_like)(11, 1200, 4, 20)


@pytest.fixture(scope="module")
def store(data) -> VectorStore:
    return VectorStore([data.vectors[:700], data.vectors[700:]])


@pytest.fixture(scope="module", params=NAMES)
def made(request) -> type[Index]:
    found = kinds()[request.param]
    if not found.card.installed:
        pytest.skip(f"{request.param} is not installed")
    return found


@pytest.fixture(scope="module")
def index(made, store) -> Index:
    return made.build(store)


@pytest.fixture(scope="module")
def exhaustive(store) -> ExhaustiveIndex:
    return ExhaustiveIndex.build(store)


def careful(index: Index, delta: float):
    return index.settings(delta)[-1]


def assert_same(found, again):
    assert np.array_equal(found.ids, again.ids) and np.array_equal(found.angles, again.angles)
    assert (found.plan, found.n_candidates, found.n_vectors) == (again.plan, again.n_candidates, again.n_vectors)


# ---- answers


@pytest.mark.parametrize("delta", DELTAS)
def test_hits_are_exact_unique_sorted_and_a_subset_of_the_exhaustive(index, exhaustive, data, delta):
    for q, query in enumerate(data.queries):
        hits, exact = index.range_search(query, delta), exhaustive.range_search(query, delta)
        assert np.isin(hits.ids, exact.ids).all() and len(np.unique(hits.ids)) == len(hits)
        assert (hits.ids.dtype, hits.angles.dtype, hits.exact) == (np.int64, np.float32, True)
        assert np.array_equal(hits.ids, hits.ids[np.lexsort((hits.ids, hits.angles))])
        known = dict(zip(exact.ids.tolist(), exact.angles.tolist(), strict=True))
        assert [known[i] for i in hits.ids.tolist()] == hits.angles.tolist(), "angles of the store, to the last bit"
        assert hits.angles == pytest.approx(data.angles[q, hits.ids], abs=2e-6)
        assert data.within(q, delta - EDGE) <= set(exact.ids.tolist()) <= data.within(q, delta + EDGE)
        assert len(hits) == len(exact) or not index.card.exact
        assert len(hits) <= hits.n_candidates <= hits.n_vectors == len(index)
        assert hits.seconds and all(seconds >= 0 for seconds in hits.seconds.values())
        assert hits.plan and str(hits.details) == hits.plan
        assert hits.predicted_recall is None or 0 < hits.predicted_recall <= 1


@pytest.mark.parametrize("delta", [0.4, 0.8, 1.1])
def test_the_most_careful_settings_find_nearly_all(index, exhaustive, data, delta):
    params = careful(index, delta)
    pairs = [(index.range_search(q, delta, params), exhaustive.range_search(q, delta)) for q in data.queries]
    found, there = sum(len(hits) for hits, _ in pairs), sum(len(exact) for _, exact in pairs)
    assert found >= (1 if index.card.exact else 0.95) * there


def test_a_batch_is_its_queries_one_by_one(index, data):
    together = index.range_search_batch(data.queries, 0.8, careful(index, 0.8))
    for query, hits in zip(data.queries, together, strict=True):
        alone = index.range_search(query, 0.8, careful(index, 0.8))
        assert np.array_equal(alone.ids, hits.ids) and np.array_equal(alone.angles, hits.angles)
    assert index.range_search_batch(data.queries[:0], 0.8) == []


def test_search_gives_the_nearest(index, data):
    for q, query in enumerate(data.queries):
        hits, nearest = index.search(query, 20, careful(index, 1.0)), np.argsort(data.angles[q])[:20]
        assert len(hits) == 20 and (np.diff(hits.angles) >= 0).all()
        assert len(np.intersect1d(hits.ids, nearest)) >= (20 if index.card.exact else 16)
    assert index.search(data.vectors[7], 1).ids.tolist() == [7]
    assert len(index.search(data.queries[0], 10**6)) == len(index)


def test_settings_rise_and_are_parameters(index):
    settings = index.settings(0.4)
    assert len({str(params) for params in settings}) == len(settings) >= 1
    assert all(isinstance(params, index.Params) for params in settings)
    work = [index.range_search(index.store.take([3])[0], 0.6, params).n_candidates for params in settings]
    assert work[-1] >= work[0], "the last one looks at most"


def test_threads_get_the_answers_of_one(index, data):
    expected = [index.range_search(query, 0.8).ids.tolist() for query in data.queries]
    found: list[list] = []

    def ask():
        found.append([index.range_search(query, 0.8).ids.tolist() for query in data.queries])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


# ---- changing


def test_what_is_removed_is_never_found_and_others_keep_their_ids(made, store, data):
    index = made.build(store)
    query = data.queries[0]
    gone = ExhaustiveIndex.build(store).range_search(query, 0.8).ids[:5]
    before = index.range_search(query, 1.1, careful(index, 1.1))
    index.remove(gone)
    after = index.range_search(query, 1.1, careful(index, 1.1))
    assert len(index) == len(store) - len(gone) == after.n_vectors
    assert after.ids.tolist() == [i for i in before.ids.tolist() if i not in set(gone.tolist())]
    assert not np.isin(index.search(query, 30).ids, gone).any() and len(index.search(query, 30)) == 30
    with pytest.raises(EngineError, match=f"there is no vector with id {gone[0]}"):
        index.remove(gone[:1])
    assert len(index) == len(store) - len(gone)
    index.remove(np.setdiff1d(np.arange(len(store)), gone))
    assert len(index) == 0 and len(index.range_search(query, 1.1)) == 0
    with pytest.raises(EngineError, match="all its vectors were removed"):
        index.search(query)


def test_a_snapshot_keeps_none_of_those_before_it(made, data):
    """Every removal makes a new store: those that nobody reads any more are let go."""
    index, former = made.build(VectorStore([data.vectors[:300]])), []
    for row in range(3):
        former.append(weakref.ref(index.store))
        index.remove(np.array([row]))
        index.range_search(data.queries[0], 0.8)
    gc.collect()
    assert [store() for store in former] == [None] * 3


def test_adding_in_parts_finds_what_was_added(made, data):
    index = made()
    for part in (data.vectors[:600], data.vectors[600:601], data.vectors[:0], data.vectors[601:]):
        index.add(part)
        assert len(index.range_search(data.vectors[5], 0.4)) >= 1, "asked in between"
    assert len(index) == len(data.vectors)
    for place in (0, 599, 600, 601, 1100):
        assert place in index.range_search(data.vectors[place], 0.1, careful(index, 0.1)).ids
    found = index.range_search(data.queries[1], 0.8, careful(index, 0.8))
    exact = ExhaustiveIndex.build(index.store).range_search(data.queries[1], 0.8)
    assert np.isin(found.ids, exact.ids).all() and len(found) >= (1 if made.card.exact else 0.9) * len(exact)


def test_what_was_added_cannot_be_changed_from_outside(made, data):
    index, mine = made(), data.vectors[:50].copy()
    index.add(mine)
    mine[:] = mine[::-1]
    assert index.range_search(data.vectors[0], 0.0).ids.tolist() == [0]
    mapped = data.vectors[:50].copy()
    mapped.flags.writeable = False
    index = made()
    index.add(mapped)
    assert np.shares_memory(index.store.blocks[0], mapped), "what is read-only is kept without a copy"


def test_duplicates_and_small_sets(made, data):
    index = made()
    index.add(np.concatenate([data.vectors[:40], data.vectors[3:4]]))
    hits = index.range_search(data.vectors[3], 0.0, careful(index, 0.1))
    assert hits.ids.tolist() == [3, 40] and hits.angles.tolist() == [0, 0]
    index = made()
    index.add(np.eye(1, 8, dtype=np.float32))
    query = np.eye(8, dtype=np.float32)
    assert index.range_search(query[0], 0.1).ids.tolist() == [0] and len(index.range_search(query[1], 0.1)) == 0
    assert index.search(query[1], 3).ids.tolist() == [0]


# ---- keeping


def test_save_and_load_give_the_same_answers(index, made, data, tmp_path):
    index.save(tmp_path / "index")
    loaded = made.load(tmp_path / "index")
    assert (len(loaded), loaded.dim, loaded.config) == (len(index), index.dim, index.config)
    for delta in (0.4, 1.1):
        assert_same(loaded.range_search(data.queries[1], delta), index.range_search(data.queries[1], delta))
    loaded.add(data.queries[:1])
    loaded.save(tmp_path / "index")
    again = made.load(tmp_path / "index")
    assert again.search(data.queries[0], 1, careful(again, 0.4)).ids.tolist() == [len(index)]


def test_an_index_is_opened_over_the_store_of_a_collection(index, made, store, data):
    meta, arrays = json.loads(json.dumps(index.meta())), index.arrays()
    assert meta["config"] == asdict(index.config) and all(isinstance(one, np.ndarray) for one in arrays.values())
    opened = made.opened(store, meta, arrays)
    assert opened.store is store and index.memory_bytes >= 0
    assert_same(opened.range_search(data.queries[0], 0.8), index.range_search(data.queries[0], 0.8))
    with pytest.raises(DatabaseError, match="build it again"):
        made.opened(VectorStore([data.vectors[:100]]), meta, arrays)
    with pytest.raises(DatabaseError, match="build it again"):
        made.opened(store, {name: meta[name] for name in meta if name != "dim"}, arrays)


def test_an_index_is_kept_with_a_database(made, small_db, tmp_path):
    root = shutil.copytree(small_db.path, tmp_path / "small.db")
    RetrievalEngine.open(root).build_index(made.name)
    engine = RetrievalEngine.open(root)
    assert made.name in engine.collection.built_kinds()
    index, query = engine.collection.index(made.name), engine.vectors()[7]
    assert isinstance(index, made) and index.store is engine.collection.store
    assert 7 in index.range_search(query, 0.3, careful(index, 0.3)).ids
    assert engine.verify() > 0


def test_a_damaged_file_is_told_before_it_is_used(index, made, data, tmp_path):
    index.save(tmp_path / "index")
    file = max((tmp_path / "index").glob("*.npy"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DatabaseError):
        made.load(tmp_path / "index").range_search(data.queries[0], 0.4)


def test_bytes_of_something_else_are_refused(index, made, store, data):
    arrays = index.arrays()
    if not any(name.startswith("structure") for name in arrays):
        pytest.skip("keeps no structure of another library")
    for wrong in (np.zeros(100, np.uint8), np.zeros(100, np.float32)):
        with pytest.raises(DatabaseError, match="build (it|the index) again"):
            made.opened(store, index.meta(), dict.fromkeys(arrays, wrong)).range_search(data.queries[0], 0.4)


# ---- refusals


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (np.zeros(3, np.float32), "dimension|unit length|shape"),
        (np.full((2, 2), 0.5, np.float32), "expected one query"),
        ("text", "expected"),
    ],
)
def test_queries_that_cannot_be(index, query, said):
    with pytest.raises(EngineError, match=said):
        index.range_search(query, 0.4)


def test_what_else_cannot_be(index, made, data):
    query = data.queries[0]
    for delta in (-0.1, math.nan, "0.4", 4):
        with pytest.raises(EngineError, match="delta"):
            index.range_search(query, delta)
    with pytest.raises(EngineError, match="unit length"):
        index.range_search(np.full_like(query, math.nan), 0.4)
    with pytest.raises(EngineError, match="n_results"):
        index.search(query, 0)
    with pytest.raises(EngineError, match=f"a search of {made.name} takes"):
        index.range_search(query, 0.4, magic=1)
    with pytest.raises(EngineError, match="for a search of"):
        index.range_search(query, 0.4, object())
    with pytest.raises(EngineError, match="expected"):
        made(object())
    with pytest.raises(EngineError, match="this index holds vectors of dimension"):
        made.build(index.store).add(np.eye(2, 5, dtype=np.float32))
    for empty in (made(), made(made.Config())):
        with pytest.raises(EngineError, match="the index is empty"):
            empty.range_search(query, 0.4)
    with pytest.raises(EngineError, match="the index is empty"):
        made.build(VectorStore())


def test_cards_tell_what_a_kind_is_and_what_it_needs(made, monkeypatch):
    card = made.card
    assert card.title and card.what and card.source and card.memory and set(card.takes) <= {"delta", "n"}
    assert kind(made.name) is made
    monkeypatch.setattr(made, "card", replace(card, package="no_such_package_here", install="such-a-thing"))
    with pytest.raises(EngineError, match="pip install such-a-thing"):
        kind(made.name)


def test_the_registry_knows_its_kinds():
    assert NAMES[:2] == ["exhaustive", "lsh"]
    assert {"ivf_flat", "ivf_sq8", "hnsw", "faiss_lsh", "binary_flat", "annoy", "hnswlib", "naive"} <= set(NAMES)
    with pytest.raises(EngineError, match="no kind of index named 'magic'"):
        kind("magic")
