"""Predictions: the shares and recalls of the specification, and the choice between strategies."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from lsh_engine.amplification import amplified_probability, sketch_probability
from lsh_engine.errors import EngineError
from lsh_engine.planner import ANGLE_BINS, COARSE_BITS, EXHAUSTIVE, Collection, Plan, make_plan

DELTAS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)


def collection(middle: float, n: int = 200_000, dim: int = 512, spread: float = 0.06) -> Collection:
    """Unrelated pairs normally distributed around `middle` radians."""
    angles = (np.arange(ANGLE_BINS) + 0.5) * math.pi / ANGLE_BINS
    counts = 1e6 * np.exp(-(((angles - middle) / spread) ** 2) / 2)
    return Collection(n, dim, 20, 50, tuple(int(count) for count in counts))


CENTRED = collection(math.pi / 2)
RAW = collection(1.0)


def test_tables_plan_is_source_a():
    plan = make_plan(CENTRED, "tables", 0.4, 0.97)
    assert (plan.k, plan.n_tables, plan.coarse, plan.bits, plan.threshold) == (20, 50, None, None, None)
    assert plan.predicted_recall == pytest.approx(0.96642, abs=1e-5)
    angles = np.linspace(0, math.pi, 9)
    assert np.allclose(plan.found_probability(angles), amplified_probability(angles, 20, 50))
    assert str(plan).startswith("tables: keys of 20 bits in 50 tables; looks at ")


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("recall", [0.6, 0.9, 0.97, 0.999])
@pytest.mark.parametrize("name", ["auto", "prefix", "sketch", "exhaustive"])
@pytest.mark.parametrize("data", [CENTRED, RAW])
def test_every_plan_keeps_the_recall_at_the_edge(data, name, recall, delta):
    plan = make_plan(data, name, delta, recall)
    if plan.k != 32:  # the longest key there is; shorter than asked for only where delta is tiny
        assert plan.predicted_recall >= recall - 1e-3
    inside = plan.found_probability(np.linspace(0, delta, 20))
    assert np.all(np.diff(inside) <= 1e-12) and inside[-1] == pytest.approx(plan.predicted_recall)
    assert inside.dtype == np.float64 and 0 <= plan.predicted_share <= 1 and plan.predicted_seconds > 0
    assert str(plan).startswith(plan.name + ": ") and name in ("auto", plan.name)


@pytest.mark.parametrize("delta", DELTAS)
def test_auto_is_the_cheapest(delta):
    plans = [make_plan(CENTRED, name, delta, 0.97) for name in ("prefix", "sketch", "exhaustive")]
    assert make_plan(CENTRED, "auto", delta, 0.97) == min(plans, key=lambda plan: plan.predicted_seconds)


def test_what_auto_takes():
    assert make_plan(CENTRED, "auto", 0.4, 0.97).name == "prefix"
    assert make_plan(CENTRED, "auto", 1.0, 0.97).name == "sketch"
    assert make_plan(RAW, "auto", 0.8, 0.97).name == "sketch"
    assert make_plan(RAW, "auto", 1.0, 0.97).name == "exhaustive", "half of all vectors lie within"
    for delta in (math.pi / 2, 2.5, math.pi):
        assert make_plan(CENTRED, "auto", delta, 0.97).name == "exhaustive"
    assert make_plan(collection(math.pi / 2, n=200), "auto", 1.0, 0.97).name == "exhaustive", "too few to save time"


def test_a_batch_shares_the_exhaustive_pass():
    one, many = (make_plan(CENTRED, "exhaustive", 0.4, 0.97, n) for n in (1, 64))
    assert many.predicted_seconds < one.predicted_seconds / 2


@pytest.mark.parametrize("k", [6, 8, 10])
def test_predicted_share_is_the_mean_over_the_histogram(k):
    counts = np.zeros(ANGLE_BINS, int)
    counts[[110, 127]] = 30, 10
    near, far = amplified_probability((np.array([110, 127]) + 0.5) * math.pi / ANGLE_BINS, k, 50)
    plan = make_plan(Collection(200_000, 512, k, 50, tuple(counts.tolist())), "tables", 0.8, 0.9)
    assert plan.predicted_share == pytest.approx(0.75 * near + 0.25 * far)
    assert f"about {100 * plan.predicted_share:.2g} %" in plan.reason


@pytest.mark.parametrize("bits", [256, 512, 1024])
def test_chance_to_pass_a_sketch_is_binomial(bits):
    angles = np.linspace(0, math.pi, 3001)
    for threshold in (0, 1, 10, bits // 8, bits // 3, bits // 2, bits - 1, bits):
        found = Plan("sketch", bits=bits, threshold=threshold).found_probability(angles)
        assert np.abs(found - binom.cdf(threshold, bits, angles / math.pi)).max() < 1e-3, threshold


def test_stages_multiply_and_never_promise_too_much():
    """Monte Carlo of two sketch stages: the product is a floor of the joint chance, and a close one."""
    plan = Plan("sketch", coarse=95, bits=512, threshold=186)
    random = np.random.default_rng(0)
    for angle in (0.9, 1.0, 1.1):
        first = random.binomial(256, angle / math.pi, 200_000)
        rest = random.binomial(256, angle / math.pi, 200_000)
        joint = np.mean((first <= 95) & (first + rest <= 186))
        predicted = float(plan.found_probability(angle))
        assert predicted <= joint + 0.003
        product = sketch_probability(angle, COARSE_BITS, 95) * sketch_probability(angle, 512, 186)
        assert predicted == pytest.approx(product, abs=1e-3)


def test_recall_of_an_answer_weighs_every_hit():
    plan = make_plan(CENTRED, "tables", 0.8, 0.97)
    angles = np.array([0.3, 0.6, 0.8])
    chances = amplified_probability(angles, 20, 50)
    assert plan.recall_of(angles) == pytest.approx(3 / np.sum(1 / chances))
    assert plan.recall_of(np.empty(0)) == pytest.approx(0.13083, abs=1e-4), "the edge, where nothing was found"
    assert EXHAUSTIVE.recall_of(angles) == 1.0


@pytest.mark.parametrize("delta", [0.0, math.pi])
@pytest.mark.parametrize("name", ["auto", "tables", "prefix", "sketch", "exhaustive"])
def test_the_ends_of_the_slider(name, delta):
    plan = make_plan(CENTRED, name, delta, 0.97)
    assert name == "tables" or plan.predicted_recall == pytest.approx(1.0)


def test_unknown_plan():
    with pytest.raises(EngineError, match="plan must be one of"):
        make_plan(CENTRED, "magic", 0.4, 0.97)
