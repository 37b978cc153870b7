"""Worked values of the specification, section 7."""

import math

import numpy as np
import pytest
from oracles.hierarchy import average_hierarchical_precision, hierarchical_precision

from lsh_engine.core.intervals import bootstrap_interval, paired_bootstrap, wilson_interval
from lsh_engine.evaluation.metrics import (
    average_precision,
    index_recall,
    precision_at,
    precision_at_recall,
)


@pytest.mark.parametrize(
    ("ranking", "n_relevant", "k", "value"),
    [
        ([1, 0, 1, 0, 0], 3, None, 0.555556),
        ([1, 0, 1, 0, 0], 3, 5, 0.555556),
        ([1, 0, 1, 0, 0], 3, 1, 1.0),
        ([1, 0, 1, 0, 0], 3, 2, 0.5),
        ([1, 1, 1, 0], 3, None, 1.0),
        ([1, 1, 1], 5, 3, 1.0),
        ([0, 0, 0], 3, None, 0.0),
        ([], 3, None, 0.0),
        ([], 3, 10, 0.0),
        ([0, 0], 0, None, 0.0),
        ([0, 1], 1, None, 0.5),
        ([1], 4, None, 0.25),
        ([1], 4, 2, 0.5),
        ([1] * 100 + [0] * 150, 100, 250, 1.0),
    ],
)
def test_average_precision(ranking, n_relevant, k, value):
    assert average_precision(ranking, n_relevant, k) == pytest.approx(value, abs=1e-6)
    assert average_precision([bool(x) for x in ranking], n_relevant, k) == pytest.approx(value, abs=1e-6)


def test_other_definitions_of_the_sources_are_not_ours():
    """SPEC 5: divided by k, averaged at hits alone, and the running precision of the word graph's evaluation."""
    ranking = [1, 0, 1, 0, 0]
    assert average_precision(ranking, 5) == pytest.approx(1 / 3), "as divided by k = 5"
    assert average_precision(ranking, 2) == pytest.approx(0.8333, abs=5e-5), "at hits, whatever is missed"
    running = [precision_at(ranking, k) for k in range(1, 6)]
    assert np.mean(running) == pytest.approx(0.6133, abs=5e-5)
    perfect = np.arange(250) < 100
    assert average_precision(perfect, 250) == pytest.approx(0.40), "divided by k: 100 of 250 are the most there can be"


def test_precision_at_counts_a_short_ranking_as_filled_with_others():
    assert precision_at([1, 0, 1, 0], 4) == 0.5
    assert precision_at([1, 1], 10) == pytest.approx(0.2)
    assert precision_at([1, 1, 0], 2) == 1.0
    assert precision_at([], 10) == 0.0


def test_index_recall_is_the_share_of_the_exhaustive_answer():
    assert index_recall([1, 2], [1, 2, 3, 4]) == 0.5
    assert index_recall([], [1]) == 0.0 and index_recall([3, 1], [1, 3]) == 1.0
    assert index_recall([7, 8, 1], [1, 2]) == 0.5, "what the exhaustive answer lacks counts for nothing"
    assert index_recall([1], []) is None


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(97, 100, 0.9155, 0.9897), (12, 100, 0.070, 0.198), (43, 50, 0.738, 0.930), (0, 0, 0.0, 1.0)],
)
def test_wilson(hits, n, low, high):
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=5e-4)


def test_wilson_stays_inside_zero_and_one():
    low, high = wilson_interval(0, 10)
    assert low == pytest.approx(0, abs=1e-12) and 0 < high < 0.3
    low, high = wilson_interval(10, 10)
    assert 0.7 < low < 1 and high == pytest.approx(1, abs=1e-12)


def test_bootstrap():
    assert bootstrap_interval([0.4] * 20) == pytest.approx((0.4, 0.4))
    values = np.random.default_rng(0).normal(0.6, 0.1, 200)
    low, high = bootstrap_interval(values)
    spread = 1.96 * values.std() / math.sqrt(200)
    assert (low, high) == pytest.approx((values.mean() - spread, values.mean() + spread), abs=0.004)
    assert bootstrap_interval(values) == (low, high) != bootstrap_interval(values, seed=1)
    assert all(math.isnan(end) for end in bootstrap_interval([]))


def test_the_paired_bootstrap_knows_nothing_of_how_hard_queries_are():
    hard = np.random.default_rng(1).uniform(0, 1, 60)
    difference, interval = paired_bootstrap(hard, hard + 0.1)
    assert difference == pytest.approx(-0.1) and interval == pytest.approx((-0.1, -0.1))
    low, high = bootstrap_interval(hard)
    assert high - low > 0.1, "unpaired intervals of the two would overlap"


def test_the_paired_bootstrap_of_planted_differences():
    """30 of 100 queries lose 0.5, whatever they had: -0.15, with a standard error of sqrt(0.3 0.7 / 100) / 2."""
    values, loses = np.random.default_rng(2).uniform(0.5, 1, 100), np.arange(100) < 30
    difference, (low, high) = paired_bootstrap(values - 0.5 * loses, values)
    error = math.sqrt(0.3 * 0.7 / 100) / 2
    assert difference == pytest.approx(-0.15)
    assert (low, high) == pytest.approx((-0.15 - 1.96 * error, -0.15 + 1.96 * error), abs=0.006)
    assert paired_bootstrap(values, values) == (0, (0, 0))


def test_hierarchical_precision_of_the_worked_example():
    ranking, corpus = [1, 1, 0.5, 0, 1], [1, 1, 1, 0.5, 0.5, 0.5, 0, 0]
    precisions = hierarchical_precision(ranking, corpus)
    assert precisions == pytest.approx([1, 1, 0.83333, 0.71429, 0.875], abs=1e-5)
    assert average_hierarchical_precision(ranking, corpus, 5) == pytest.approx(0.884524, abs=1e-6)
    trapezoid = np.trapezoid(precisions)
    assert (trapezoid / 5, trapezoid / 4) == pytest.approx((0.697024, 0.871280), abs=1e-6)


def test_an_ideal_ranking_has_hierarchical_precision_one():
    corpus = [0.5, 1, 0, 0.5, 1]
    assert average_hierarchical_precision(sorted(corpus, reverse=True), corpus, 4) == 1.0
    authors = np.trapezoid(hierarchical_precision(np.ones(250), np.ones(300))) / 250
    assert authors == pytest.approx(0.996) and average_hierarchical_precision(np.ones(250), np.ones(300), 250) == 1.0


@pytest.mark.parametrize("n_relevant", [3, 4])
def test_precision_at_recall_takes_the_best_from_there_on(n_relevant):
    ranking = [0, 1, 1, 0, 1]  # precisions at the hits: 1/2, 2/3, 3/5
    found = precision_at_recall(ranking, n_relevant, [0, 1 / 3, 2 / 3, 1])
    last = 0.6 if n_relevant == 3 else 0.0  # the fourth is never found
    assert found == pytest.approx([2 / 3, 2 / 3, 2 / 3 if n_relevant == 3 else 0.6, last])
    assert precision_at_recall(ranking, 0, [0, 1]).tolist() == [0, 0]
