"""Hyperplane LSH: recall against theory, nesting of tables and keys, and damaged files."""

import math

import numpy as np
import pytest
from conftest import at_angles, centred_like, unit

from lsh_engine import manifest
from lsh_engine.config import LSHConfig
from lsh_engine.errors import DatabaseError, EngineError
from lsh_engine.index import HyperplaneLSH


def lsh(vectors: np.ndarray, **config) -> HyperplaneLSH:
    index = HyperplaneLSH(LSHConfig(**config))
    index.add(vectors)
    return index


@pytest.fixture(scope="module")
def index(planted):
    return lsh(planted.vectors)


@pytest.fixture(scope="module")
def large():
    """Enough rows that plan="auto" does not simply scan; 80 neighbours a query at 0.3 .. 1.25 rad."""
    data = centred_like(seed=7, n=20_000, n_queries=25, planted=80, dim=128)
    return data, lsh(data.vectors)


# ---- recall


def test_recall_of_tables_matches_theory():
    """100 rows at 0.399 rad and 2,000 far ones, 20 sets of planes."""
    random = np.random.default_rng(0)
    query = unit(random.standard_normal(64))
    near = at_angles(random, query, np.full(100, 0.399))
    vectors = np.concatenate([near, unit(random.standard_normal((2000, 64)))])
    found = [lsh(vectors, seed=seed).range_search(query, 0.4, "tables") for seed in range(20)]
    assert np.mean([len(hits) / 100 for hits in found]) == pytest.approx(LSHConfig().recall_at(0.399), abs=0.02)
    assert np.mean([hits.predicted_recall for hits in found]) == pytest.approx(LSHConfig().recall_at(0.399), abs=1e-4)


@pytest.mark.parametrize("delta", [0.4, 0.8, 1.0, 1.2])
@pytest.mark.parametrize("plan", ["auto", "prefix", "sketch", "tables"])
def test_measured_recall_is_the_predicted(large, plan, delta):
    data, index = large
    answers = index.range_search_batch(data.queries, delta, plan)
    truth = [data.within(q, delta) for q in range(len(answers))]
    measured = sum(len(hits) for hits in answers) / sum(map(len, truth))
    angles = np.concatenate([data.angles[q, list(ids)] for q, ids in enumerate(truth)])
    expected = index.found_probability(angles, delta, plan, n_queries=len(answers)).mean()
    assert measured == pytest.approx(expected, abs=0.05)
    if plan != "tables":  # there most hits are missed, and a single answer says little about them
        assert measured >= 0.97 - 0.01
        assert measured == pytest.approx(np.mean([hits.predicted_recall for hits in answers]), abs=0.05)


def test_auto_does_not_look_at_everything(large):
    data, index = large
    for delta in (0.4, 0.8, 1.0):
        for hits in index.range_search_batch(data.queries, delta):
            assert not hits.plan.startswith("exhaustive")
            assert hits.n_candidates < 0.02 * hits.n_vectors


def test_a_higher_target_gives_a_higher_promise(large):
    data, index = large
    low, high = (index.plan(1.0, "sketch", recall) for recall in (0.6, 0.999))
    assert low.predicted_recall < 0.75 < 0.998 < high.predicted_recall
    assert len(index.range_search(data.queries[0], 1.0, "sketch", 0.6)) <= len(
        index.range_search(data.queries[0], 1.0, "sketch", 0.999)
    )
    with pytest.raises(EngineError, match="recall target"):
        index.range_search(data.queries[0], 1.0, recall_target=1.0)


def test_found_probability_of_an_answer(index, planted):
    hits = index.range_search(planted.queries[0], 0.8, "tables")
    assert hits.found_probability(np.array([0.4, 1.2])) == pytest.approx([0.96642, 0.00330], abs=1e-5)
    assert np.array_equal(index.found_probability([0.5], 0.8, "tables"), hits.found_probability([0.5]))
    assert index.found_probability([0.5, 3.0], 0.8, "exhaustive").tolist() == [1.0, 1.0]


# ---- keys and tables


def test_shorter_keys_only_add_candidates(index, planted):
    previous = np.empty(0, np.int32)
    for k in range(32, -1, -1):
        candidates = index.candidates(planted.queries[0], k)
        assert np.array_equal(candidates, np.unique(candidates)) and np.isin(previous, candidates).all()
        previous = candidates
    assert np.array_equal(previous, np.arange(len(index))), "the empty key is everyone's"


@pytest.mark.parametrize("k", [1, 7, 20, 31, 32])
def test_candidates_are_the_rows_that_share_a_key(index, planted, k):
    codes = index._planes.codes(planted.vectors)[:, :50]
    for query in planted.queries[:3]:
        mine = index._planes.query_codes(query, 50)
        expected = np.flatnonzero(((codes ^ mine) >> np.uint32(32 - k) == 0).any(axis=1))
        assert np.array_equal(index.candidates(query, k), expected)


def test_tables_plan_looks_at_exactly_the_buckets(index, planted):
    for query in planted.queries:
        assert index.range_search(query, 0.4, "tables").n_candidates == len(index.candidates(query, 20))


def test_more_tables_and_shorter_keys_never_lose_a_hit(planted):
    query, previous = planted.queries[0], set()
    for n_tables in (1, 5, 20, 50, 60):
        found = set(lsh(planted.vectors, n_tables=n_tables).range_search(query, 1.0, "tables").ids.tolist())
        assert previous <= found
        previous = found
    for k in (26, 20, 14, 8, 1):
        found = set(lsh(planted.vectors, n_hyperplanes=k).range_search(query, 1.0, "tables").ids.tolist())
        assert k == 26 or previous <= found
        previous = found


def test_a_stored_vector_is_found_in_every_table(index, planted):
    for row in (0, 17, 4000):
        mine = index._planes.query_codes(planted.vectors[row], 50)
        for table, code in zip(index.seal().tables, mine, strict=True):
            bucket = table[(table >> np.uint64(44)) == (np.uint64(code) >> np.uint64(12))]
            assert row in (bucket & np.uint64(2**32 - 1))


def test_same_seed_same_codes(planted):
    one, two, other = (lsh(planted.vectors[:500], n_tables=3, seed=seed) for seed in (4, 4, 5))
    for name, array in one.arrays().items():
        assert np.array_equal(array, two.arrays()[name]), name
    assert not np.array_equal(one.arrays()["tables"], other.arrays()["tables"])


@pytest.mark.parametrize("config", [{"n_tables": 1}, {"n_hyperplanes": 1}, {"n_hyperplanes": 32, "n_tables": 100}])
def test_unusual_sizes_work(planted, config):
    index = lsh(planted.vectors, **config)
    for plan in ("auto", "tables", "prefix", "sketch"):
        hits = index.range_search(planted.queries[0], 0.9, plan)
        assert set(hits.ids.tolist()) <= planted.within(0, 0.9)
        if plan != "tables":
            assert len(hits) >= 0.9 * len(planted.within(0, 0.9))


@pytest.mark.parametrize(
    "config", [{"n_hyperplanes": 0}, {"n_hyperplanes": 33}, {"n_tables": 0}, {"n_tables": 501}, {"seed": -1}]
)
def test_impossible_sizes_are_refused(config):
    with pytest.raises(EngineError):
        LSHConfig(**config)


def test_config_must_be_a_config():
    with pytest.raises(EngineError, match="LSHConfig"):
        HyperplaneLSH(20)


# ---- what it tells


def test_an_answer_says_how_it_was_found(index, planted):
    hits = index.range_search(planted.queries[0], 1.0, "sketch")
    assert hits.plan.startswith("sketch: ") and "bits, at most" in hits.plan and "of the vectors" in hits.plan
    assert set(hits.seconds) == {"plan", "hash", "scan", "rerank"}
    assert set(index.range_search(planted.queries[0], 0.4, "tables").seconds) == {
        "plan",
        "hash",
        "lookup",
        "rerank",
    }
    assert set(index.range_search(planted.queries[0], 0.4, "exhaustive").seconds) == {
        "plan",
        "scan",
        "rerank",
    }


def test_histogram_shows_where_unrelated_pairs_lie(index, planted):
    histogram = index.arrays()["histogram"]
    assert histogram.sum() == 724 * 723 // 2
    assert np.argmax(histogram) * math.pi / 256 == pytest.approx(math.pi / 2, abs=0.1)


def test_exhaustive_peer_shares_the_vectors(index, planted):
    assert len(index.exhaustive) == len(index)
    assert index.exhaustive.rows is index.seal().rows


# ---- keeping


def test_from_arrays_opens_segments_without_copying(index, planted):
    parts = [planted.vectors[:1000], planted.vectors[1000:1500], planted.vectors[1500:]]
    again = HyperplaneLSH.from_arrays(index.meta(), index.arrays(), parts)
    assert np.shares_memory(again.seal().rows.blocks[2], parts[2])
    for plan in ("tables", "prefix", "sketch", "exhaustive"):
        a, b = (which.range_search(planted.queries[2], 1.1, plan) for which in (index, again))
        assert np.array_equal(a.ids, b.ids) and np.array_equal(a.angles, b.angles) and a.plan == b.plan


def test_an_opened_index_can_grow(planted):
    small = lsh(planted.vectors[:4000], n_tables=4)
    opened = HyperplaneLSH.from_arrays(small.meta(), small.arrays(), planted.vectors[:4000])
    opened.add(planted.vectors[4000:])
    whole = lsh(planted.vectors, n_tables=4)
    for name in ("tables", "sketch", "histogram"):
        assert np.array_equal(opened.arrays()[name], whole.arrays()[name]), name


@pytest.mark.parametrize("name", ["tables", "sketch", "histogram"])
def test_arrays_that_do_not_fit_are_refused(index, planted, name):
    for wrong in (None, index.arrays()[name][:-1], index.arrays()[name].astype(np.float64)):
        arrays = {key: array for key, array in (index.arrays() | {name: wrong}).items() if array is not None}
        with pytest.raises(DatabaseError):
            HyperplaneLSH.from_arrays(index.meta(), arrays, planted.vectors)


@pytest.mark.parametrize(
    "change",
    [{"config": None}, {"config": {"n_tables": 0}}, {"config": {"bits": 3}}, {"planes": 1}, {"n_vectors": 3}],
)
def test_descriptions_that_do_not_fit_are_refused(index, planted, change):
    with pytest.raises(DatabaseError):
        HyperplaneLSH.from_arrays(index.meta() | change, index.arrays(), planted.vectors)
    with pytest.raises(DatabaseError):
        HyperplaneLSH.from_arrays({}, index.arrays(), planted.vectors)
    with pytest.raises(DatabaseError):
        HyperplaneLSH.from_arrays(index.meta(), index.arrays(), planted.vectors.astype(np.float64))


def test_damaged_tables_raise_instead_of_reading_past_the_end(index, planted):
    tables = index.arrays()["tables"] | np.uint64(2**31)
    broken = HyperplaneLSH.from_arrays(index.meta(), index.arrays() | {"tables": tables}, planted.vectors)
    with pytest.raises(DatabaseError, match="damaged"):
        broken.range_search(planted.queries[0], 0.8, "prefix")


def test_damaged_files_are_refused(planted, tmp_path):
    lsh(planted.vectors[:300], n_tables=2).save(tmp_path / "index")
    victim = next((tmp_path / "index").glob("sketch*.npy"))
    victim.write_bytes(victim.read_bytes()[:-5])
    with pytest.raises(DatabaseError, match="damaged"):
        HyperplaneLSH.load(tmp_path / "index")
    with pytest.raises(DatabaseError):
        manifest.open_generation(tmp_path / "index", "exhaustive index")


def test_an_empty_index_cannot_be_saved(tmp_path):
    with pytest.raises(EngineError, match="the index is empty"):
        HyperplaneLSH().save(tmp_path / "index")
    assert not (tmp_path / "index").exists()
