"""Product quantization: the worked example of the specification (2.3), and what holds for any codebook."""

import numpy as np
import pytest
from oracles.quantization import ProductQuantizer, train_quantizer

from lsh_engine import EngineError

WORKED = ProductQuantizer(np.array([[(0, 0), (2, 2)], [(0, 0), (4, 0)]]))
X, Y = np.array([0.5, 0, 3, 0.5]), np.array([2, 1.5, 0.5, 0])


@pytest.fixture(scope="module")
def rows():
    """1,200 points around 60 middles in 16 dimensions."""
    random = np.random.default_rng(0)
    return random.standard_normal((60, 16))[random.integers(0, 60, 1200)] + 0.3 * random.standard_normal((1200, 16))


def test_the_worked_example():
    codes = WORKED.encode(np.stack([X, Y]))
    assert codes.tolist() == [[0, 1], [1, 0]] and WORKED.bits == 2
    assert ((X - Y) ** 2).sum() == 11
    assert WORKED.symmetric(codes[0], codes[1:]) == pytest.approx([24])
    assert WORKED.asymmetric(X, codes[1:]) == pytest.approx([15.5])
    assert WORKED.decode(codes).tolist() == [[0, 0, 4, 0], [2, 2, 0, 0]]
    assert WORKED.asymmetric_table(X) == pytest.approx(np.array([[0.25, 6.25], [9.25, 1.25]]))
    assert WORKED.symmetric_tables() == pytest.approx(np.array([[[0, 8], [8, 0]], [[0, 16], [16, 0]]]))


def test_distances_are_those_to_the_decoded_vectors(rows):
    quantizer = train_quantizer(rows, 4, 16)
    codes = quantizer.encode(rows)
    decoded = quantizer.decode(codes)
    assert quantizer.asymmetric(rows[3], codes) == pytest.approx(((rows[3] - decoded) ** 2).sum(axis=1))
    assert quantizer.symmetric(codes[3], codes) == pytest.approx(((decoded[3] - decoded) ** 2).sum(axis=1))
    assert quantizer.symmetric(codes[3], codes)[3] == 0
    assert np.array_equal(quantizer.encode(decoded), codes), "a centroid is its own nearest"


def test_errors_are_bounded_by_those_of_the_vectors(rows):
    """Triangle inequality: |x - y| is off by at most |y - q(y)|, and with both encoded by |x - q(x)| more."""
    quantizer = train_quantizer(rows, 4, 16)
    codes = quantizer.encode(rows)
    off = np.linalg.norm(rows - quantizer.decode(codes), axis=1)
    for i in range(0, 1200, 100):
        exact = np.linalg.norm(rows - rows[i], axis=1)
        assert np.all(np.abs(np.sqrt(quantizer.asymmetric(rows[i], codes)) - exact) <= off + 1e-9)
        assert np.all(np.abs(np.sqrt(quantizer.symmetric(codes[i], codes)) - exact) <= off + off[i] + 1e-9)


def test_more_bits_never_give_a_larger_error(rows):
    def error(n_parts: int, n_centroids: int) -> float:
        quantizer = train_quantizer(rows, n_parts, n_centroids)
        return float(((rows - quantizer.decode(quantizer.encode(rows))) ** 2).mean())

    errors = [error(4, n_centroids) for n_centroids in (1, 2, 4, 8, 16, 64, 256)]
    assert errors == sorted(errors, reverse=True) and errors[0] == pytest.approx(rows.var(axis=0).mean())
    assert error(8, 16) < error(4, 16) < error(2, 16), "more parts, too"
    assert error(4, 1200) == pytest.approx(0, abs=1e-20)


def test_an_exact_query_ranks_better_than_an_encoded_one_and_reranking_is_exact(rows):
    """Recall of the true nearest among the first ten: SDC < ADC < exact distances of a shortlist."""
    quantizer = train_quantizer(rows, 4, 16)
    base = rows[200:]
    codes, found = quantizer.encode(base), {"symmetric": 0, "asymmetric": 0, "reranked": 0}
    for query, own_code in zip(rows[:200], quantizer.encode(rows[:200]), strict=True):
        exact = ((base - query) ** 2).sum(axis=1)
        asymmetric = np.argsort(quantizer.asymmetric(query, codes), kind="stable")
        symmetric = np.argsort(quantizer.symmetric(own_code, codes), kind="stable")
        shortlist = asymmetric[:100]
        found["symmetric"] += exact.argmin() in symmetric[:10]
        found["asymmetric"] += exact.argmin() in asymmetric[:10]
        found["reranked"] += exact.argmin() == shortlist[exact[shortlist].argmin()]
    assert found["symmetric"] < found["asymmetric"] < found["reranked"] == 200


def test_no_centroid_is_left_without_points():
    rows = np.concatenate([np.zeros((50, 2)), [[9.0, 9]], [[5.0, 0]]])
    (book,) = train_quantizer(rows, 1, 3, seed=4).codebooks
    assert sorted(book.tolist()) == [[0, 0], [5, 0], [9, 9]], "though 50 of 52 starts are one point"


def test_the_seed_decides(rows):
    assert np.array_equal(train_quantizer(rows, 4, 8).codebooks, train_quantizer(rows, 4, 8).codebooks)
    assert not np.array_equal(train_quantizer(rows, 4, 8).codebooks, train_quantizer(rows, 4, 8, seed=1).codebooks)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: train_quantizer(np.ones((9, 16)), 3, 2), "16 dimensions do not fall into 3 equal parts"),
        (lambda: train_quantizer(np.ones((9, 16)), 4, 10), "expected 1 to 9 centroids"),
        (lambda: ProductQuantizer(np.ones((2, 2))), r"got \(2, 2\)"),
        (lambda: ProductQuantizer(np.full((1, 2, 2), np.nan)), "finite numbers"),
        (lambda: WORKED.encode(np.ones((1, 5))), "expected vectors of 4 dimensions"),
    ],
)
def test_what_cannot_be_is_refused(ask, told):
    with pytest.raises(EngineError, match=told):
        ask()
