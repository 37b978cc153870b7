"""The named distances: worked values of the specification (1, 2.2), scipy on random vectors, and what is refused."""

import math

import numpy as np
import pytest
from conftest import unit
from scipy.spatial.distance import cdist

from lsh_engine import EngineError
from lsh_engine.search.distances import BOOLEAN, NUMERIC, SAME_RANKING, binarise, distances

A, B = np.array([0.0, 2, 0, 1]), np.array([0.0, 1, 3, 1])
OF_NUMBERS = {
    "euclidean": 3.16228,
    "sqeuclidean": 10,
    "cityblock": 4,
    "chebyshev": 3,
    "cosine": 0.59548,
    "correlation": 1.20751,
    "canberra": 1.33333,
    "braycurtis": 0.5,
    "hamming": 0.5,
    "matching": 0.5,
    "jensenshannon": 0.53164,
}
OF_BOOLEANS = {
    "dice": 0.2,
    "jaccard": 0.33333,
    "rogerstanimoto": 0.4,
    "russellrao": 0.5,
    "sokalsneath": 0.5,
    "yule": 0.0,
    "hamming": 0.25,
    "matching": 0.25,
}


@pytest.fixture(scope="module")
def rows():
    """301 non-negative rows with about half zeros, as after ReLU; the first is the query."""
    return np.maximum(np.random.default_rng(0).standard_normal((301, 40)), 0)


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_worked_values_of_numbers(name):
    assert distances(name, A, B[None]) == pytest.approx([OF_NUMBERS[name]], abs=1e-5)


@pytest.mark.parametrize("name", OF_BOOLEANS)
def test_worked_values_of_booleans(name):
    assert distances(name, binarise(A), binarise(B)[None]) == pytest.approx([OF_BOOLEANS[name]], abs=1e-5)


def test_every_distance_has_its_worked_value():
    assert {*OF_NUMBERS, "angle"} == {*NUMERIC, "matching"} and {*OF_BOOLEANS} == {*BOOLEAN, "matching"}


@pytest.mark.parametrize("name", sorted(set(NUMERIC) - {"angle"}))
def test_numbers_as_scipy_has_them(rows, name):
    found = distances(name, rows[0], rows)
    assert found.shape == (301,) and found.dtype == np.float64
    assert found == pytest.approx(cdist(rows[:1], rows, name)[0], abs=1e-7)
    if name != "jensenshannon":
        signed = rows - 0.3
        assert distances(name, signed[0], signed) == pytest.approx(cdist(signed[:1], signed, name)[0])


@pytest.mark.parametrize("name", sorted(BOOLEAN))
@pytest.mark.parametrize("above", [0.0, "median"])
def test_booleans_as_scipy_has_them(rows, name, above):
    set_ = binarise(rows, np.median(rows, axis=0) if above == "median" else above)
    assert distances(name, set_[0], set_) == pytest.approx(cdist(set_[:1], set_, name)[0])


def test_the_median_sets_half_of_every_coordinate():
    rows = np.random.default_rng(1).standard_normal((300, 7))
    assert (binarise(rows, np.median(rows, axis=0)).mean(axis=0) == 0.5).all()
    assert binarise(A).tolist() == [False, True, False, True]


# ---- the angle


@pytest.mark.parametrize(
    ("angle", "cosine", "distance", "chord"),
    [
        (0.0, 1, 0, 0),
        (0.2, 0.9801, 0.0199, 0.1997),
        (0.3, 0.9553, 0.0447, 0.2989),
        (0.4, 0.9211, 0.0789, 0.3973),
        (0.5, 0.8776, 0.1224, 0.4948),
        (0.6, 0.8253, 0.1747, 0.5910),
        (0.7, 0.7648, 0.2352, 0.6858),
        (0.8, 0.6967, 0.3033, 0.7788),
        (0.9, 0.6216, 0.3784, 0.8699),
        (1.0, 0.5403, 0.4597, 0.9589),
        (1.2, 0.3624, 0.6376, 1.1293),
        (1.4, 0.1700, 0.8300, 1.2884),
        (math.pi / 2, 0, 1, 1.4142),
    ],
)
def test_table_of_section_1(angle, cosine, distance, chord):
    query, row = np.array([1.0, 0.0]), np.array([[math.cos(angle), math.sin(angle)]])
    assert row @ query == pytest.approx([cosine], abs=5e-5)
    assert distances("angle", query, row) == pytest.approx([angle], abs=1e-12)
    assert distances("cosine", query, row) == pytest.approx([distance], abs=5e-5)
    assert distances("euclidean", query, row) == pytest.approx([chord], abs=1e-4)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-5, math.pi - 1e-7, math.pi])
def test_angles_at_the_ends_are_exact(angle):
    row = np.array([[math.cos(angle), math.sin(angle)]])
    assert distances("angle", np.array([1.0, 0.0]), row) == pytest.approx([angle], abs=1e-15)


def test_on_unit_vectors_four_distances_give_one_ranking(rows):
    vectors = unit(rows)
    orders = [np.argsort(distances(name, vectors[0], vectors), kind="stable").tolist() for name in SAME_RANKING]
    assert all(order == orders[0] for order in orders)
    cityblock = np.argsort(distances("cityblock", vectors[0], vectors), kind="stable").tolist()
    assert cityblock != orders[0], "not every distance does"


def test_hamming_of_relu_features_sees_only_the_joint_zeros(rows):
    joint = ((rows == 0) & (rows[0] == 0)).mean(axis=1)
    assert distances("hamming", rows[0], rows)[1:] == pytest.approx(1 - joint[1:])


# ---- the ends


def test_nothing_over_nothing_is_no_distance():
    zeros = np.zeros((1, 4))
    assert distances("canberra", zeros[0], zeros) == distances("braycurtis", zeros[0], zeros) == [0.0]
    for name in sorted(set(BOOLEAN) - {"russellrao"}):
        assert distances(name, binarise(zeros[0]), binarise(zeros)) == [0.0], name
    assert distances("canberra", np.array([0.0, 1]), np.array([[0.0, 3]])) == pytest.approx([0.5])
    assert distances("braycurtis", np.array([1.0]), np.array([[-1.0]])) == [math.inf]


@pytest.mark.parametrize("name", ["kulsinski", "sokalmichener", "kulczynski1", "nonsense"])
def test_unknown_and_retired_names_are_refused_with_what_there_is(name):
    with pytest.raises(EngineError, match=f"'{name}'.*angle, braycurtis"):
        distances(name, A, B[None])
    with pytest.raises(EngineError, match="dice, hamming, jaccard"):
        distances(name, A > 0, B[None] > 0)


@pytest.mark.parametrize(
    ("name", "query", "rows", "told"),
    [
        ("dice", A, B[None], "takes the other kind of vectors; those of numbers"),
        ("cosine", A > 0, B[None] > 0, "takes the other kind of vectors; those of booleans"),
        ("cosine", A, np.zeros((1, 4)), "no direction"),
        ("angle", np.zeros(4), B[None], "no direction"),
        ("correlation", A, np.ones((1, 4)), "no direction"),
        ("jensenshannon", A, np.zeros((1, 4)), "zeros has none"),
        ("jensenshannon", A, -B[None], "no negative"),
        ("euclidean", A, np.full((1, 4), np.nan), "NaN"),
        ("euclidean", np.full(4, np.inf), B[None], "NaN or infinite"),
        ("euclidean", A, np.ones((1, 3)), r"got \(4,\) and \(1, 3\)"),
        ("euclidean", A, B, r"got \(4,\) and \(4,\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(name, query, rows, told):
    with pytest.raises(EngineError, match=told):
        distances(name, query, rows)
