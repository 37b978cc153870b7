"""Predictions: the shares and recalls of the specification, and the choice between strategies."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from lsh_engine.core.errors import EngineError
from lsh_engine.index.lsh.amplification import amplified_probability
from lsh_engine.index.lsh.centring import Centre
from lsh_engine.index.lsh.config import PLANS
from lsh_engine.index.lsh.details import LSHDetails
from lsh_engine.index.lsh.kernels import MOST_PROBES
from lsh_engine.index.lsh.plan import (
    COARSE_BITS,
    EXHAUSTIVE,
    SKETCH_BITS,
    Plan,
    cotangent,
    rounded_up,
    sketch_passes,
)
from lsh_engine.index.lsh.planner import ANGLE_BINS, Planner, Statistics, make_plan

DELTAS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)


def collection(middle: float, n: int = 200_000, dim: int = 512, spread: float = 0.06, **more) -> Statistics:
    """Unrelated pairs normally distributed around `middle` radians."""
    angles = (np.arange(ANGLE_BINS) + 0.5) * math.pi / ANGLE_BINS
    counts = tuple(int(count) for count in 1e6 * np.exp(-(((angles - middle) / spread) ** 2) / 2))
    return Statistics(n, dim, 20, 50, counts, counts, **more)


CENTRED = collection(math.pi / 2)
RAW = collection(1.0)


def test_tables_plan_is_source_a_with_a_sketch_filter_that_loses_next_to_nothing():
    plan = make_plan(CENTRED, "tables", 0.4, 0.97)
    assert (plan.k, plan.n_tables) == (20, 50) and plan.bits in SKETCH_BITS
    assert plan.predicted_recall == pytest.approx(0.96642, abs=5e-4)
    angles = np.linspace(0, 0.4, 9)
    expected = amplified_probability(angles, 20, 50)
    found = plan.found_probability(angles)
    assert np.all(found <= expected) and np.all(found >= expected * (1 - 2 * 2.4e-4)), "3.5 sigma, twice at most"
    assert str(plan).startswith("tables: keys of 20 bits in 50 tables, then ") and "; looks at " in str(plan)


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("data", [CENTRED, RAW])
def test_tables_plan_promises_what_the_formula_says(data, delta):
    """Whether or not there is a filter behind the buckets."""
    plan = make_plan(data, "tables", delta, 0.97)
    assert plan.predicted_recall == pytest.approx(float(amplified_probability(delta, 20, 50)), abs=5e-4)


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("recall", [0.6, 0.9, 0.97, 0.999])
@pytest.mark.parametrize("name", ["auto", "multiprobe", "sketch", "exhaustive"])
@pytest.mark.parametrize("data", [CENTRED, RAW])
def test_every_plan_keeps_the_recall_at_the_edge(data, name, recall, delta):
    plan = make_plan(data, name, delta, recall)
    slack = 0.01 if plan.name == "multiprobe" else 0.001  # a typical query's curve is read between few points
    assert plan.predicted_recall >= recall - slack
    inside = plan.found_probability(np.linspace(0, delta, 20))
    assert np.all(np.diff(inside) <= 1e-9)
    assert -1e-6 <= inside[-1] - plan.predicted_recall < 0.03, "the plan is made for a radius rounded up"
    assert inside.dtype == np.float64 and 0 <= plan.predicted_share <= 1 and plan.predicted_seconds > 0
    assert str(plan).startswith(plan.name + ": ") and name in ("auto", plan.name)
    assert (plan.name == "multiprobe") == (plan.n_probes > 0) and plan.n_probes <= MOST_PROBES


@pytest.mark.parametrize("n", [1, 2, 100, 9_000, 200_000, 5_000_000])
@pytest.mark.parametrize("name", PLANS)
def test_there_is_always_a_plan(name, n):
    for delta in (0.0, 0.3, 1.2, 1.57, 2.0, 3.0, math.pi):
        for recall in (0.5, 0.97, 0.9999):
            plan = make_plan(collection(1.3, n), name, delta, recall)
            assert name in ("auto", plan.name) and 0 <= plan.predicted_recall <= 1
            assert name == "tables" or plan.predicted_recall >= recall - 0.01


@pytest.mark.parametrize("delta", DELTAS)
def test_auto_is_the_cheapest(delta):
    plans = [make_plan(CENTRED, name, delta, 0.97) for name in ("multiprobe", "sketch", "exhaustive")]
    auto = make_plan(CENTRED, "auto", delta, 0.97)
    assert auto == min(plans, key=lambda plan: plan.predicted_seconds)


def test_what_auto_takes():
    assert make_plan(CENTRED, "auto", 0.4, 0.97).name == "multiprobe"
    assert make_plan(CENTRED, "auto", 1.0, 0.97).name in ("multiprobe", "sketch")
    assert make_plan(RAW, "auto", 1.0, 0.97).name == "exhaustive", "half of all vectors lie within"
    for delta in (math.pi / 2, 2.5, math.pi):
        assert make_plan(CENTRED, "auto", delta, 0.97).name == "exhaustive"
    assert make_plan(collection(math.pi / 2, n=200), "auto", 1.0, 0.97).name == "exhaustive", "too few to save time"


def test_a_batch_shares_the_exhaustive_pass():
    one, many = (make_plan(CENTRED, "exhaustive", 0.4, 0.97, n) for n in (1, 64))
    assert many.predicted_seconds < one.predicted_seconds / 2


@pytest.mark.parametrize("k", [6, 8, 10])
def test_predicted_share_is_the_mean_over_the_histogram(k):
    """Nine of ten pairs are so near that no filter could spare them: buckets alone decide."""
    counts = np.zeros(ANGLE_BINS, int)
    counts[[110, 127]] = 30, 10
    counts = tuple(counts.tolist())
    near, far = amplified_probability((np.array([110, 127]) + 0.5) * math.pi / ANGLE_BINS, k, 50)
    plan = make_plan(Statistics(200_000, 512, k, 50, counts, counts), "tables", 3.0, 0.9)
    assert plan.predicted_share == pytest.approx(0.75 * near + 0.25 * far)
    assert f"about {100 * plan.predicted_share:.2g} %" in plan.reason


@pytest.mark.parametrize("bits", SKETCH_BITS)
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
        product = binom.cdf(95, COARSE_BITS, angle / math.pi) * binom.cdf(186, 512, angle / math.pi)
        assert predicted == pytest.approx(product, abs=1e-3)


def test_every_plan_keeps_the_recall_of_a_query_that_sees_delta_wider():
    plan = make_plan(collection(1.0, centre=Centre(0.4, 0.3, 0.4, 0.5)), "sketch", 0.6, 0.97)
    assert plan.radius > 0.6 and plan.thresholds_at(plan.radius) == (plan.coarse, plan.threshold)
    for wider in (0.1, 0.3):
        radius = rounded_up(plan.radius + wider)
        coarse, threshold = plan.thresholds_at(radius)
        chance = sketch_passes(np.array([radius]), plan.bits, threshold)[0]
        if coarse is not None:
            chance *= sketch_passes(np.array([radius]), COARSE_BITS, coarse)[0]
        assert 0.969 < chance < 0.985


def test_found_probability_from_a_centre_is_that_of_the_angle_seen():
    centre = Centre(0.5, 0.4, 0.5, 0.6)
    plan = Plan("sketch", bits=256, threshold=80, centre=centre)
    angles = np.array([0.2, 0.6, 1.0])
    for query_dot, dots in ((None, None), (0.45, None), (0.45, np.array([0.4, 0.5, 0.6]))):
        seen = centre.seen(angles, 0.5 if query_dot is None else query_dot, 0.5 if dots is None else dots)
        found = plan.found_probability(angles, query_dot, dots)
        assert found == pytest.approx(binom.cdf(80, 256, seen / math.pi), abs=1e-3)
    tables = Plan("tables", k=20, n_tables=50, centre=centre)
    assert tables.found_probability(angles) == pytest.approx(amplified_probability(angles, 20, 50)), (
        "source A's see all"
    )


def test_recall_of_an_answer_weighs_every_hit():
    plan = Plan("tables", k=20, n_tables=50, predicted_recall=0.13083)
    angles = np.array([0.3, 0.6, 0.8])
    chances = amplified_probability(angles, 20, 50)
    assert LSHDetails(plan).recall_of(angles) == pytest.approx(3 / np.sum(1 / chances))
    assert LSHDetails(plan).recall_of(np.empty(0)) == 0.13083, "the edge, where nothing was found"
    assert LSHDetails(EXHAUSTIVE).recall_of(angles) == 1.0


@pytest.mark.parametrize("delta", [0.0, math.pi])
@pytest.mark.parametrize("name", PLANS)
def test_the_ends_of_the_slider(name, delta):
    plan = make_plan(CENTRED, name, delta, 0.97)
    assert name == "tables" or plan.predicted_recall == pytest.approx(1.0)


def test_radii_are_rounded_up_by_little():
    for radius in (0.0, 1e-7, 0.3, 0.7001, 1 / 256, 2.0, math.pi):
        assert radius <= rounded_up(radius) + 1e-9 and rounded_up(radius) < radius + 1 / 256
        assert rounded_up(rounded_up(radius)) == rounded_up(radius)


def test_cotangents_are_finite():
    assert cotangent(0.0) > 1e8 and cotangent(math.pi) < -1e8 and cotangent(0.4) == pytest.approx(1 / math.tan(0.4))


# ---- plans are made once


def test_a_plan_is_made_once_for_each_question():
    planner = Planner(CENTRED)
    first = planner.plan("auto", 0.4, 0.97)
    assert planner.plan("auto", 0.4, 0.97) is first and planner.plan("auto", np.float64(0.4), 0.97) is first
    assert planner.plan("auto", 0.41, 0.97) is not first and planner.plan("auto", 0.4, 0.97, 8) is not first
    assert planner.plan("auto", 0.4, 0.9) != first and planner.plan("auto", 0.4, 0.97) == first


def test_remembered_plans_are_bounded(monkeypatch):
    monkeypatch.setattr("lsh_engine.index.lsh.planner.MOST_PLANS", 5)
    planner = Planner(CENTRED)
    for delta in np.linspace(0.1, 1, 30):
        planner.plan("exhaustive", float(delta), 0.97)
        assert len(planner._plans) <= 5


@pytest.mark.parametrize(
    "question",
    [
        ("magic", 0.4, 0.97),
        (["auto"], 0.4, 0.97),
        (None, 0.4, 0.97),
        ("auto", -0.1, 0.97),
        ("auto", 4, 0.97),
        ("auto", math.nan, 0.97),
        ("auto", np.array([0.4]), 0.97),
        ("auto", 0.4, 0.49),
        ("auto", 0.4, 1.0),
        ("auto", 0.4, "high"),
        ("auto", 0.4, 0.97, 0),
        ("auto", 0.4, 0.97, 2.5),
    ],
    ids=str,
)
def test_bad_questions_are_refused_and_not_remembered(question):
    planner = Planner(CENTRED)
    for _ in range(2):
        with pytest.raises(EngineError):
            planner.plan(*question)
    assert not planner._plans
