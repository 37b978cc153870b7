"""The formulas against the worked values of the specification (1, 3.1, 4.1, 4.2) and against scipy."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from lsh_engine.index.lsh.amplification import (
    amplified_probability,
    choose_k,
    collision_probability,
    sensitivity,
    sketch_threshold,
    table_probability,
    tables_needed,
)

DELTAS = (0.4, 0.6, 0.8, 1.0, 1.2)


@pytest.mark.parametrize(
    ("angle", "p", "p20", "found"),
    [
        (0.0, 1.0, 1.0, 1.0),
        (0.2, 0.9363, 0.2683, 1.0),
        (0.3, 0.9045, 0.1344, 0.99926),
        (0.4, 0.8727, 0.06562, 0.96642),
        (0.5, 0.8408, 0.03121, 0.79515),
        (0.6, 0.8090, 0.01443, 0.51641),
        (0.7, 0.7772, 0.00646, 0.27691),
        (0.8, 0.7454, 0.00280, 0.13083),
        (0.9, 0.7135, 0.00117, 0.05685),
        (1.0, 0.6817, 4.70e-4, 0.02321),
        (1.2, 0.6180, 6.61e-5, 0.00330),
        (1.4, 0.5544, 7.5e-6, 0.00038),
        (math.pi / 2, 0.5, 9.5e-7, 0.00005),
    ],
)
def test_table_of_section_1(angle, p, p20, found):
    assert collision_probability(angle) == pytest.approx(p, abs=1e-4)
    assert table_probability(angle, 20) == pytest.approx(p20, abs=1e-4)
    assert amplified_probability(angle, 20, 50) == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize(("angle", "found"), [(0.451, 0.9), (0.606, 0.5), (0.833, 0.1), (1.089, 0.01)])
def test_s_curve(angle, found):
    assert amplified_probability(angle, 20, 50) == pytest.approx(found, abs=0.004)


def test_source_a_is_0_4_1_2_0_87_0_62_sensitive():
    assert sensitivity(0.4, 1.2) == pytest.approx((0.4, 1.2, 0.8727, 0.6180), abs=1e-4)
    assert sensitivity(0.4, 1.2, 20, 50) == pytest.approx((0.4, 1.2, 0.96642, 0.00330), abs=1e-5)
    p1, p2 = sensitivity(0.4, 1.2)[2:]
    assert math.log(p1) / math.log(p2) == pytest.approx(0.2830, abs=1e-4)


def test_probabilities_take_arrays_and_reach_their_ends():
    angles = np.array([0.0, 0.4, math.pi])
    assert amplified_probability(angles, 20, 50) == pytest.approx([1.0, 0.96642, 0.0], abs=1e-5)
    assert amplified_probability(math.pi, 0, 50) == 1.0, "the empty key is shared by all"


def test_choose_k():
    assert [choose_k(0.9, delta, 50, 32) for delta in (0.2, *DELTAS)] == [32, 22, 14, 10, 8, 6]
    assert [choose_k(0.97, delta, 50) for delta in DELTAS] == [19, 12, 9, 7, 5]
    assert choose_k(0.9, 0.0, 50) == 32
    assert choose_k(0.9, math.pi, 50) == 0


@pytest.mark.parametrize(("recall", "longest"), [(0.9, (22.77, 14.63, 10.55, 8.09, 6.44)), (0.97, (19.77,))])
def test_before_rounding_k_keeps_the_recall_exactly(recall, longest):
    for delta, k in zip(DELTAS, longest, strict=False):
        assert amplified_probability(delta, k, 50) == pytest.approx(recall, abs=1e-3)
        assert choose_k(recall, delta, 50) == int(k)


@pytest.mark.parametrize(("delta", "k", "edge"), [(0.8, 10, 0.934), (1.0, 8, 0.908), (1.2, 6, 0.943)])
def test_the_chosen_k_keeps_the_promise_at_the_edge(delta, k, edge):
    assert choose_k(0.9, delta, 50) == k
    assert amplified_probability(delta, k, 50) == pytest.approx(edge, abs=1e-3)


@pytest.mark.parametrize(
    ("k", "needed"),
    [
        (8, [6, 12, 24, 49, 108]),
        (10, [8, 18, 43, 106, 283]),
        (12, [11, 29, 78, 228, 741]),
        (14, [15, 44, 140, 491, 1941]),
        (16, [20, 68, 253, 1058, 5082]),
        (20, [34, 159, 822, 4903, 34837]),
    ],
)
def test_tables_needed(k, needed):
    assert [tables_needed(0.9, delta, k) for delta in DELTAS] == needed


@pytest.mark.parametrize(("k", "far", "right"), [(10, 0.167, 0.048), (8, 0.430, 0.178), (6, 0.826, 0.545)])
def test_share_of_unrelated_vectors(k, far, right):
    assert amplified_probability(np.array([1.35, math.pi / 2]), k, 50) == pytest.approx([far, right], abs=1e-3)


def test_sketch_thresholds():
    assert [sketch_threshold(256, delta, 0.9) for delta in DELTAS] == [40, 57, 74, 91, 108]
    assert [sketch_threshold(1000, delta, 0.9) for delta in DELTAS] == [141, 207, 272, 337, 402]
    for bits in (256, 1000):
        edges = [binom.cdf(sketch_threshold(bits, delta, 0.9), bits, delta / math.pi) for delta in DELTAS]
        assert min(edges) >= 0.90 and max(edges) < 0.93


@pytest.mark.parametrize("bits", [256, 512, 1024])
def test_sketch_formulas_agree_with_scipy(bits):
    for angle in np.linspace(0, math.pi, 23):
        for recall in (0.5, 0.9, 0.97, 0.999):
            assert sketch_threshold(bits, angle, recall) == binom.ppf(recall, bits, angle / math.pi)
