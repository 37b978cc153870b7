"""Ways through the word graph: the worked example of the specification (2.6), and scipy on random graphs."""

import math

import numpy as np
import pytest
from oracles.word_graph import WordGraph, inverse, surprise
from scipy.sparse.csgraph import dijkstra

from lsh_engine import EngineError

QUERY = {"apple": 0.8, "fruit": 0.4}


@pytest.fixture
def graph():
    graph = WordGraph()
    graph.add_image(1, {"apple": 0.5})
    graph.add_image(2, {"tree": 0.9})
    graph.add_image(3, {"car": 0.7})
    graph.associate("apple", "fruit", 0.25)
    graph.associate("fruit", "tree", 0.1)
    return graph


@pytest.mark.parametrize(("cost", "one", "two"), [(inverse, 3.25, 13.6111), (surprise, 0.91629, 3.32424)])
def test_the_worked_example(graph, cost, one, two):
    found = graph.distances(QUERY, cost)
    assert (found[1], found[2]) == pytest.approx((one, two), abs=5e-5)
    assert 3 not in found and "car" not in found, "what is not reached is infinitely far"
    assert graph.nearest_images(QUERY, 5, cost) == [(1, found[1]), (2, found[2])]
    assert graph.nearest_images(QUERY, 1, cost) == [(1, found[1])]


def test_surprise_is_the_product_of_strengths(graph):
    found = graph.distances(QUERY, surprise)
    assert math.exp(-found[1]) == pytest.approx(0.8 * 0.5)
    assert math.exp(-found[2]) == pytest.approx(0.4 * 0.1 * 0.9), "past fruit itself, not over apple"


def test_of_two_directions_the_stronger_counts(graph):
    graph.associate("fruit", "apple", 0.2)
    assert graph.distances(QUERY)["fruit"] == 2.5
    assert graph.distances({"apple": 1.0})["fruit"] == pytest.approx(1 + 4)
    graph.associate("fruit", "apple", 0.5)
    assert graph.distances({"apple": 1.0})["fruit"] == pytest.approx(1 + 2)


def test_equal_images_come_by_their_number(graph):
    for image in (30, 4):
        graph.add_image(image, {"apple": 0.5})
    assert [image for image, _ in graph.nearest_images(QUERY, 9)] == [1, 4, 30, 2]


def test_unknown_words_and_images_without_words_reach_nothing(graph):
    graph.add_image(9, {})
    assert graph.nearest_images({"violin": 0.9}, 5) == [] == graph.nearest_images({}, 5)
    assert 9 not in graph.distances(QUERY)


@pytest.mark.parametrize("cost", [inverse, surprise])
def test_distances_are_those_of_scipy(cost):
    random = np.random.default_rng(0)
    graph, costs = WordGraph(), np.zeros((61, 61))
    for a, b in random.integers(0, 60, (90, 2)).tolist():
        strength = float(random.uniform(0.05, 0.99))
        if a != b and not costs[a, b]:
            graph.associate(f"w{a}", f"w{b}", strength)
            costs[a, b] = costs[b, a] = cost(strength)
    query = {"w0": 0.5, "w7": 0.9}
    for word, strength in query.items():
        costs[60, int(word[1:])] = cost(strength)
    expected = dijkstra(costs, indices=60)[:60]
    found = graph.distances(query, cost)
    assert 10 < np.isfinite(expected).sum() < 60
    assert [found.get(f"w{i}", math.inf) for i in range(60)] == pytest.approx(expected.tolist())


@pytest.mark.parametrize("strength", [0.0, -0.5, 1.01, math.nan])
def test_strengths_lie_above_zero_and_up_to_one(graph, strength):
    for ask in (
        lambda: graph.associate("a", "b", strength),
        lambda: graph.add_image(7, {"b": strength}),
        lambda: graph.distances({"b": strength}),
    ):
        with pytest.raises(EngineError, match="strength of 'b'"):
            ask()
