"""Vectors to measure with: planted where they should be, and files that are checked."""

import numpy as np
import pytest

from lsh_engine import EngineError
from lsh_engine.evaluation.sources import FileSource, SyntheticSource
from lsh_engine.evaluation.synthetic import KINDS, synthetic
from lsh_engine.evaluation.vector_file import hold_out, read_vectors


def angles_between(vectors: np.ndarray, queries: np.ndarray) -> np.ndarray:
    return np.arccos(np.clip(queries.astype(np.float64) @ vectors.astype(np.float64).T, -1, 1))


@pytest.mark.parametrize(("kind", "low", "high"), [("gem", 0.8, 1.2), ("centred", 1.2, 1.95)])
def test_neighbours_are_planted_in_their_bands_and_the_rest_is_far(kind, low, high):
    vectors, queries = synthetic(KINDS[kind], 3000, 512, 5)
    assert vectors.shape == (3000, 512) and queries.shape == (5, 512) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    angles = angles_between(vectors, queries)
    for start, end, count in KINDS[kind].planted:
        assert ((angles > start - 1e-6) & (angles < end + 1e-6)).sum(axis=1).tolist() == [count] * 5
    for row in np.sort(angles, axis=1):
        unrelated = row[KINDS[kind].n_planted :]
        assert low < np.quantile(unrelated, 0.001) and np.quantile(unrelated, 0.999) < high


def test_the_same_arguments_give_the_same_vectors():
    first, again = (SyntheticSource("gem", 2000, 32, 3).dataset(2000) for _ in range(2))
    assert np.array_equal(first.store.blocks[0], again.store.blocks[0]) and np.array_equal(first.queries, again.queries)
    assert not first.store.blocks[0].flags.writeable


def test_queries_to_tune_with_are_others():
    data = SyntheticSource("gem", 6000, 64, 5).dataset(6000)
    assert len(data.queries) == 5 and len(data.tuning) > 0
    assert angles_between(data.queries, data.tuning).min() > 0.5
    assert (angles_between(data.store.blocks[0], data.tuning) < 0.4).sum(axis=1).tolist() == [20] * len(data.tuning)


def test_a_small_set_takes_fewer_queries_and_a_tiny_one_is_refused():
    source = SyntheticSource("gem", 2000, 16, 100)
    assert 0 < len(source.dataset(2000).queries) < 10
    with pytest.raises(EngineError, match="519 vectors are too few for 130 planted neighbours a query: take at least"):
        source.dataset(519)
    assert source.dataset(520).queries.shape == (1, 16)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("odd", 2000, 64, 5), "kind must be one of gem, centred"), (("gem", 0, 64, 5), "vectors must be")],
)
def test_what_cannot_be_made_up_is_refused(arguments, said):
    with pytest.raises(EngineError, match=said):
        SyntheticSource(*arguments)


# ---- files


@pytest.fixture
def save(tmp_path):
    def save(array: np.ndarray, **options):
        np.save(tmp_path / "vectors.npy", array, **options)
        return tmp_path / "vectors.npy"

    return save


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_file_is_brought_to_unit_length(save, dtype):
    array = np.random.default_rng(0).standard_normal((100, 8)).astype(dtype)
    vectors, scaled = read_vectors(save(array))
    assert scaled and vectors.dtype == np.float32
    expected = array / np.linalg.norm(array.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-3 if dtype == np.float16 else 1e-6)
    again, scaled = read_vectors(save(vectors))
    assert not scaled and np.allclose(again, vectors)


def test_rows_held_out_are_taken_out():
    vectors = np.arange(50, dtype=np.float32).reshape(25, 2)
    kept, held = hold_out(vectors.copy(), 8, seed=1)
    assert (len(kept), len(held)) == (17, 8)
    both = np.concatenate([kept, held])
    assert np.array_equal(both[np.argsort(both[:, 0])], vectors)


def test_a_file_chooses_its_deltas_and_keeps_queries_apart(save):
    random = np.random.default_rng(0)
    centres = np.repeat(random.standard_normal((20, 32)), 50, axis=0)
    source = FileSource(save(centres + 0.5 * random.standard_normal(centres.shape)), 30)
    data = source.dataset(source.n)
    assert (len(data.queries), len(data.tuning), source.n) == (30, 50, 920)
    assert len(source.deltas) == 2 and 0.3 < source.deltas[0] < source.deltas[1] < 1.6
    assert angles_between(data.store.blocks[0], data.queries).min() > 0.01
    assert len(source.dataset(100)) == 100


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((100, 8)), "row 0 of vectors.npy has length 0"),
        (np.full((100, 8), np.nan), "row 0 of vectors.npy has length nan"),
        (np.ones((100, 8), int), "must hold floats"),
        (np.ones(100), "must hold floats"),
        (np.ones((3, 8)), "must hold floats"),
    ],
)
def test_a_file_of_other_things_is_refused(save, array, said):
    with pytest.raises(EngineError, match=said):
        read_vectors(save(array))


def test_what_is_no_array_of_numbers_is_refused(save, tmp_path):
    with pytest.raises(EngineError, match="is no .npy file"):
        read_vectors(save(np.array([{"a": 1}] * 20, object), allow_pickle=True))
    for name, content in (("text.npy", b"hello"), ("empty.npy", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EngineError, match=f"{name}"):
            read_vectors(tmp_path / name)
    np.savez(tmp_path / "several.npz", a=np.ones((20, 4)))
    with pytest.raises(EngineError, match="is no .npy file"):
        read_vectors(tmp_path / "several.npz")
    with pytest.raises(EngineError, match="cannot read nowhere.npy"):
        read_vectors(tmp_path / "nowhere.npy")
    whole = save(np.ones((100, 8)))
    whole.write_bytes(whole.read_bytes()[:500])
    with pytest.raises(EngineError, match="vectors.npy"):
        read_vectors(whole)
