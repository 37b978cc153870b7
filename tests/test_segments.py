"""An index that grows and shrinks: segments join, the projection is kept, and the answers are those of one piece."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from conftest import centred_like, raw_like
from index_help import assert_same, bits_of, exhaustive, ids_of, lsh

from lsh_engine.core.errors import DatabaseError
from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH
from lsh_engine.index.checks import frozen
from lsh_engine.index.lsh import snapshot as snapshots
from lsh_engine.index.lsh.config import PLANS, LSHConfig
from lsh_engine.index.lsh.hashed_segment import DOTS, GROWTH, build_segment
from lsh_engine.index.store import VectorStore

PIECES = (0, 700, 1000, 1001, 1100, 1500, 2400, 2401, 2402)  # where additions begin
DELTAS = (0.3, 0.7, 1.1)
CONFIGS = [{"centred": centred, "storage": storage} for centred in (False, True) for storage in ("float32", "float16")]


@pytest.fixture(autouse=True)
def settle_soon(monkeypatch):
    """Segments from 600 rows on."""
    monkeypatch.setattr(snapshots, "SETTLED", 600)


@pytest.fixture(scope="module")
def data():
    return raw_like(seed=5, n=2400, n_queries=4, planted=30, dim=64)


def pieces(vectors: np.ndarray) -> list[np.ndarray]:
    return np.split(vectors, PIECES[1:])


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda config: "-".join(map(str, config.values())))
def grown(request, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "SETTLED", 600)
        return lsh(*pieces(data.vectors), n_tables=20, n_hyperplanes=12, **request.param)


def in_one_piece(index: HyperplaneLSH) -> HyperplaneLSH:
    """The same rows in the same projection, hashed afresh into a single segment."""
    snapshot, whole = index.snapshot(), HyperplaneLSH(index.config)
    store = whole.store = VectorStore([np.concatenate(snapshot.store.blocks)], snapshot.store.gone)
    whole._snapshot = replace(snapshot, store=store, segments=(build_segment(store, 0, snapshot.projection),))
    return whole


def answers(index: HyperplaneLSH, data) -> list:
    found = [
        hits for plan in PLANS for delta in DELTAS for hits in index.range_search_batch(data.queries, delta, plan=plan)
    ]
    return found + [index.search(query, 10) for query in data.queries]


# ---- growing


def test_pieces_give_the_answers_of_one_piece(grown, data):
    whole = in_one_piece(grown)
    assert len(grown.snapshot().segments) > 1 == len(whole.snapshot().segments) and len(grown) == len(data.vectors)
    for a, b in zip(answers(grown, data), answers(whole, data), strict=True):
        assert np.array_equal(a.ids, b.ids) and np.array_equal(a.angles, b.angles)
        assert a.details.n_proposed == b.details.n_proposed and a.predicted_recall == pytest.approx(
            b.predicted_recall, abs=1e-6
        )
    for k in (0, 3, 12):
        assert np.array_equal(grown.candidates(data.queries[0], k), whole.candidates(data.queries[0], k))


def test_hits_are_those_of_the_exhaustive_peer(grown, data):
    for plan in PLANS:
        for delta in DELTAS:
            exact = ExhaustiveIndex.build(grown.store).range_search_batch(data.queries, delta)
            for hits, truth in zip(grown.range_search_batch(data.queries, delta, plan=plan), exact, strict=True):
                place = np.isin(truth.ids, hits.ids)
                assert np.array_equal(truth.ids[place], hits.ids) and np.array_equal(truth.angles[place], hits.angles)
                assert plan != "exhaustive" or place.all()


def test_segments_are_what_hashing_afresh_gives(grown):
    """To the last bit, except bits of the Gaussian planes that BLAS rounds to either side of zero."""
    snapshot = grown.snapshot()
    vectors = np.concatenate(snapshot.store.blocks).astype(np.float32)
    for segment in snapshot.segments:
        fresh = build_segment(VectorStore([vectors[: segment.stop]]), segment.start, snapshot.projection)
        for name, array in fresh.arrays().items():
            if name.startswith(("probed", "sketch")):
                assert np.array_equal(segment.arrays()[name], array), name
            if name.startswith(DOTS):
                assert segment.arrays()[name] == pytest.approx(array, abs=1e-6)
        differ = bits_of(segment.tables.codes() ^ fresh.tables.codes())
        assert differ.mean() < 1e-5


def test_many_additions_leave_few_segments():
    vectors = centred_like(seed=3, n=900, n_queries=1, planted=0, dim=16).vectors
    index = lsh(vectors[:600], n_tables=2, n_hyperplanes=8)
    for vector in vectors[600:]:
        index.add(vector[None])
        index.snapshot()
        sizes = [segment.n_rows for segment in index.snapshot().segments]
        assert sum(sizes) == len(index) and all(a >= GROWTH * b for a, b in itertools.pairwise(sizes))
    assert len(sizes) <= 6, "900 = 4 ** 4.9"
    assert [segment.start for segment in index.snapshot().segments] == [0, *np.cumsum(sizes)[:-1]]
    for row in (0, 599, 600, 700, 899):
        assert index.range_search(vectors[row], 0.0, plan="tables").ids.tolist() == [row]


def test_a_large_index_keeps_its_projection_and_a_small_one_finds_a_new_one(data):
    index = lsh(data.vectors[:300], centred=True, n_tables=2)
    first = index.snapshot().projection
    index.add(data.vectors[300:700])
    settled = index.snapshot().projection
    mean = data.vectors[:700].mean(axis=0)
    assert settled is not first and settled.rotations.centre == pytest.approx(mean, abs=1e-6)
    assert len(index.snapshot().segments) == 1
    index.add(-data.vectors[700:])
    assert index.snapshot().projection is settled and len(index) == len(data.vectors)
    assert np.array_equal(index.snapshot().histograms.sum(axis=1), [724 * 723 // 2] * 2)


def test_nothing_is_hashed_twice(data):
    index = lsh(data.vectors[:1000], data.vectors[1000:1010], n_tables=2)
    first = index.snapshot().segments[0]
    index.add(data.vectors[1010:1012])
    assert index.snapshot().segments[0] is first and index.snapshot() is index.snapshot()


def test_an_empty_addition_changes_nothing(data):
    index = lsh(data.vectors[:700], n_tables=2)
    before = index.snapshot()
    index.add(np.empty((0, 64), np.float32))
    assert index.snapshot() is before


# ---- removing


def test_removed_vectors_are_gone_from_every_answer(grown, data, tmp_path):
    index = HyperplaneLSH.opened(grown.store, grown.meta(), grown.arrays())
    near = index.range_search(data.queries[0], 0.7, plan="exhaustive").ids
    removed = np.unique(np.concatenate([near[::2], [0, 699, 700, len(index) - 1]]))
    index.remove(removed)
    for which in (index, saved(index, tmp_path)):
        assert len(which) == len(data.vectors) - len(removed)
        for hits, before in zip(answers(which, data), answers(grown, data), strict=True):
            assert not np.isin(hits.ids, removed).any() and hits.n_vectors == len(which)
            if "exhaustive" in hits.plan and len(before) != 10:
                assert ids_of(hits) == ids_of(before) - set(removed.tolist())
        assert not np.isin(which.candidates(data.queries[0], 0), removed).any()
        assert len(which.candidates(data.queries[0], 0)) == len(which)
        assert not np.isin(which.store.nearest(frozen(data.queries[0]), len(which))[0], removed).any()
        which.add(data.queries[:1])
        assert which.search(data.queries[0], 1).ids.tolist() == [len(data.vectors)], "ids go on counting"
        stored = which.store.take(np.array([len(data.vectors)]))[0]
        assert which.range_search(stored, 0.0, plan="multiprobe").ids.tolist() == [len(data.vectors)]


def test_recall_does_not_suffer_from_removal(data):
    index = lsh(data.vectors, centred=False)
    kept = np.arange(0, len(data.vectors), 3)
    index.remove(np.setdiff1d(np.arange(len(data.vectors)), kept))
    found = index.range_search_batch(data.queries, 0.6, plan="sketch")
    truth = [data.within(q, 0.6) & set(kept.tolist()) for q in range(len(found))]
    assert sum(map(len, found)) >= 0.93 * sum(map(len, truth)) > 30
    for hits, true in zip(found, truth, strict=True):
        assert ids_of(hits) <= true


# ---- keeping


def saved(index: HyperplaneLSH, folder) -> HyperplaneLSH:
    index.save(folder / "index")
    return HyperplaneLSH.load(folder / "index")


def test_save_and_load_keep_segments_and_answers(grown, data, tmp_path):
    loaded = saved(grown, tmp_path)
    assert loaded.config == grown.config and loaded.store.dtype == grown.config.storage
    spans = [[(segment.start, segment.stop) for segment in index.snapshot().segments] for index in (grown, loaded)]
    assert spans[0] == spans[1] and loaded.snapshot().projection.centre == grown.snapshot().projection.centre
    for a, b in zip(answers(grown, data), answers(loaded, data), strict=True):
        assert_same(a, b)
    loaded.add(data.vectors[:400])
    again = in_one_piece(loaded)
    for a, b in zip(answers(loaded, data), answers(again, data), strict=True):
        assert np.array_equal(a.ids, b.ids), "an opened index grows like any other"


def test_every_array_is_needed(grown):
    meta, arrays = grown.meta(), grown.arrays()
    for name, array in arrays.items():
        cut = array[..., :-1] if array.ndim > 1 else array[:-1]
        for wrong in (None, cut, array.astype(np.float64)):
            others = {key: value for key, value in (arrays | {name: wrong}).items() if value is not None}
            with pytest.raises(DatabaseError):
                HyperplaneLSH.opened(grown.store, meta, others)
                pytest.fail(f"{name}: {None if wrong is None else wrong.shape} was taken")


@pytest.mark.parametrize(
    "spans", [[], [[0, 5]], [[0, 700], [701, 2520]], [[5, 2520]], [[0]], "text", None, [[0, None]]]
)
def test_segments_that_do_not_cover_the_rows_are_refused(grown, spans):
    with pytest.raises(DatabaseError):
        HyperplaneLSH.opened(grown.store, grown.meta() | {"segments": spans}, grown.arrays())


@pytest.mark.parametrize("removed", [np.array([-1]), np.array([10**6]), np.array([0.5]), np.array([[1]])])
def test_a_damaged_list_of_removed_rows_is_refused(grown, removed):
    with pytest.raises(DatabaseError):
        VectorStore.opened(grown.store.blocks, grown.dim, removed)


# ---- half precision


def test_half_precision_answers_are_those_of_the_stored_values(data):
    half = data.vectors.astype(np.float16)
    index, wide = lsh(data.vectors, storage="float16", n_tables=4), exhaustive(half.astype(np.float32))
    assert index.store.dtype == np.float16
    for delta in (0.0, *DELTAS):
        for query, truth in zip(data.queries, wide.range_search_batch(data.queries, delta), strict=True):
            hits = index.range_search(query, delta, plan="exhaustive")
            assert np.array_equal(hits.ids, truth.ids) and np.array_equal(hits.angles, truth.angles)
            for batch in (ExhaustiveIndex.build(index.store).range_search(query, delta), index.search(query, 1)):
                assert np.isin(batch.ids, truth.ids).all() or not len(truth)


@pytest.mark.parametrize("storage", ["float32", "float16"])
def test_memory_maps_of_the_stored_precision_are_not_copied(data, storage, tmp_path):
    for dtype in ("float32", "float16"):
        np.save(tmp_path / f"{dtype}.npy", data.vectors.astype(dtype))
        mapped = np.load(tmp_path / f"{dtype}.npy", mmap_mode="r", allow_pickle=False)
        index = HyperplaneLSH(LSHConfig(storage=storage))
        index.add(mapped)
        block = index.store.blocks[0]
        assert block.dtype == storage and np.shares_memory(block, mapped) == (dtype == storage)
