"""What cannot be asked or added: one clear EngineError each, and the index is as it was."""

import math

import numpy as np
import pytest
from conftest import centred_like
from index_help import chosen, lsh

from lsh_engine.core.errors import EngineError
from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH
from lsh_engine.index.lsh.config import LSHConfig, LSHParams

DIM = 8
INDEXES = {
    "exhaustive": ExhaustiveIndex,
    "lsh": lambda: HyperplaneLSH(LSHConfig(n_tables=4)),
    "centred": lambda: HyperplaneLSH(LSHConfig(n_tables=4, centred=True)),
    "half": lambda: HyperplaneLSH(LSHConfig(n_tables=4, storage="float16")),
}
GOOD = np.eye(3, DIM, dtype=np.float32)
QUERY = GOOD[1]


def changed(row: int, column: int, value: float) -> np.ndarray:
    vectors = GOOD.copy()
    vectors[row, column] = value
    return vectors


BAD_VECTORS = {
    "NaN": changed(1, 2, np.nan),
    "NaN in the last place": changed(2, 7, np.nan),
    "infinite": changed(0, 0, np.inf),
    "zero row": changed(2, 2, 0.0),
    "too long": 2 * GOOD,
    "a little too long": changed(0, 0, 1.003),
    "huge": np.full((1, DIM), 1e30, np.float32),
    "one dimension": GOOD[0],
    "three dimensions": GOOD[None],
    "no dimension": np.float32(1),
    "whole numbers": GOOD.astype(int),
    "truth values": GOOD.astype(bool),
    "complex": GOOD.astype(complex),
    "objects": GOOD.astype(object),
    "narrow": GOOD[:, :7],
    "wide": np.eye(3, 9, dtype=np.float32),
    "one column": np.ones((3, 1), np.float32),
    "no column": np.empty((3, 0), np.float32),
    "text": "text",
    "nothing": None,
}
BAD_DELTAS = (
    -0.1,
    -1e-9,
    3.2,
    4,
    math.nan,
    math.inf,
    -math.inf,
    "0.4",
    None,
    [0.4],
    np.array([True]),
    np.array(0.4),
    1j,
)
BAD_RECALLS = (0.0, 0.49, 1.0, 97, math.nan, "high", [0.9], np.array([0.9, 0.8]))
BAD_PLANS = ("magic", "", "AUTO", None, 3, ["auto"], {"auto": 1}, b"auto", np.array(["auto", "tables"]))


@pytest.fixture(params=INDEXES)
def index(request):
    made = INDEXES[request.param]()
    made.add(np.eye(DIM, dtype=np.float32))
    yield made
    assert len(made) == DIM, "what was refused must leave no trace"
    for row in (0, 3, 7):
        for plan in ("auto", "sketch", "tables", "exhaustive"):
            hits = made.range_search(np.eye(DIM, dtype=np.float32)[row], 0.1, **chosen(made, plan))
            assert hits.ids.tolist() == [row] and hits.angles.tolist() == [0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("what", BAD_VECTORS)
def test_bad_vectors(index, what):
    bad = BAD_VECTORS[what]
    for use in (index.add, lambda vectors: index.range_search_batch(vectors, 1.0)):
        with pytest.raises(EngineError):
            use(bad)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("plan", ["auto", "tables", "multiprobe", "sketch", "exhaustive"])
def test_bad_queries(index, plan):
    singles = [2 * QUERY, 0 * QUERY, QUERY * np.nan, QUERY + np.inf, QUERY * 1.003, QUERY[:7], QUERY[:, None]]
    singles += [QUERY[None], np.eye(9, dtype=np.float32)[0], QUERY.astype(int), QUERY.astype(object), "text", None, 1.0]
    for bad in singles:
        with pytest.raises(EngineError):
            index.range_search(bad, 0.4, **chosen(index, plan))
        with pytest.raises(EngineError):
            index.search(bad, 1)


@pytest.mark.parametrize("delta", BAD_DELTAS, ids=repr)
def test_bad_deltas(index, delta):
    for _ in range(2):
        with pytest.raises(EngineError, match="delta must be"):
            index.range_search(QUERY, delta)
        with pytest.raises(EngineError, match="delta must be"):
            index.range_search_batch(GOOD, delta)


@pytest.mark.parametrize("recall", BAD_RECALLS, ids=repr)
def test_bad_recall_targets(recall):
    index = lsh(np.eye(DIM, dtype=np.float32))
    with pytest.raises(EngineError, match="recall target must be"):
        index.range_search(QUERY, 0.4, recall_target=recall)
    with pytest.raises(EngineError, match="recall target must be"):
        index.range_search_batch(GOOD, 0.4, plan="sketch", recall_target=recall)


@pytest.mark.parametrize("plan", BAD_PLANS, ids=repr)
def test_bad_plans(plan):
    index = lsh(np.eye(DIM, dtype=np.float32))
    with pytest.raises(EngineError, match="plan must be one of"):
        index.range_search(QUERY, 0.4, plan=plan)
    with pytest.raises(EngineError, match="plan must be one of"):
        index.range_search_batch(GOOD, 0.4, plan=plan)


def test_parameters_given_whole_and_by_name():
    index = lsh(np.eye(DIM, dtype=np.float32))
    for named in ({"plan": "tables"}, {"recall_target": 0.9}):
        with pytest.raises(EngineError, match="expected LSHParams"):
            index.range_search(QUERY, 0.4, LSHParams(), **named)
        with pytest.raises(EngineError, match="expected LSHParams"):
            index.range_search_batch(GOOD, 0.4, LSHParams(), **named)
    assert index.range_search(QUERY, 0.4, LSHParams("tables")).plan.startswith("tables")


def test_parameters_of_another_kind(index):
    for wrong in ({"n_probe": 3}, {"params": "auto"}, {"params": LSHConfig()}):
        with pytest.raises(EngineError):
            index.range_search(QUERY, 0.4, **wrong)


@pytest.mark.parametrize("n_results", [0, -1, 2.5, "3", None, True, math.nan, [1], 2**40])
def test_bad_numbers_of_results(index, n_results):
    with pytest.raises(EngineError, match="n_results"):
        index.search(QUERY, n_results)


@pytest.mark.parametrize(
    "ids", [[8], [-1], [0, 8], [1.0], ["1"], [True], [[1]], 1, None, "1", np.array([2**63], np.uint64)]
)
def test_ids_that_cannot_be_removed(index, ids):
    with pytest.raises(EngineError):
        index.remove(ids)


def test_what_is_allowed(index):
    """Numbers of other kinds, other precisions, lists, and nothing at all."""
    for delta in (0, 1, np.float32(0.4), np.int64(1), math.pi):
        assert 1 in index.range_search(QUERY, delta).ids
    for query in (QUERY.astype(np.float64), QUERY.astype(np.float16), QUERY.tolist(), QUERY.astype(">f4")):
        assert index.range_search(query, 0.4).ids.tolist() == [1]
    strided = np.zeros((DIM, 2), np.float32)
    strided[1] = 1
    assert index.range_search(strided[:, 0], 0.4).ids.tolist() == [1]
    assert index.range_search_batch(np.empty((0, DIM), np.float32), 0.4) == []
    index.add(np.empty((0, DIM), np.float32))
    assert index.search(QUERY, np.int64(1)).ids.tolist() == [1]


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_questions_to_an_empty_index(make):
    index = make()
    index.add(np.empty((0, DIM), np.float32))
    assert len(index) == 0 and index.dim is None
    for ask in (
        lambda: index.range_search(QUERY, 1),
        lambda: index.range_search_batch(GOOD, 1),
        lambda: index.search(QUERY, 1),
    ):
        with pytest.raises(EngineError, match="the index is empty: add vectors first"):
            ask()
    with pytest.raises(EngineError):
        index.remove([0])


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_questions_after_everything_was_removed(make):
    index = make()
    index.add(np.eye(DIM, dtype=np.float32))
    index.remove(np.arange(DIM))
    assert len(index) == 0
    for plan in ("auto", "tables", "multiprobe", "sketch", "exhaustive"):
        assert len(index.range_search(QUERY, 3.0, **chosen(index, plan))) == 0
    with pytest.raises(EngineError, match="the index is empty"):
        index.search(QUERY, 1)
    index.add(GOOD)
    assert index.search(QUERY, 2).ids.tolist()[0] == DIM + 1, "ids go on counting"


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_an_id_can_be_removed_once(make):
    index = make()
    index.add(np.eye(DIM, dtype=np.float32))
    index.remove([3, 5])
    for ids in ([3], [0, 5]):
        with pytest.raises(EngineError, match="no vector with id"):
            index.remove(ids)
    assert len(index) == DIM - 2
    for row in range(DIM):
        hits = index.range_search(np.eye(DIM, dtype=np.float32)[row], 0.1)
        assert hits.ids.tolist() == ([] if row in (3, 5) else [row])


def test_removed_rows_do_not_count_as_looked_at():
    data = centred_like(seed=4, n=1000, n_queries=1, planted=0, dim=32)
    index = lsh(data.vectors, n_tables=4)
    index.remove(np.arange(900))
    for plan in ("auto", "tables", "multiprobe", "sketch", "exhaustive"):
        for delta in (0.5, 1.5, 3.1):
            hits = index.range_search(data.queries[0], delta, **chosen(index, plan))
            assert len(hits) <= hits.n_candidates <= hits.n_vectors == 100
    hits = index.search(data.queries[0], 5)
    assert len(hits) == 5 and hits.n_candidates <= hits.n_vectors == 100
