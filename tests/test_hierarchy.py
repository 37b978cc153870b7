"""Similarity of classes: the CIFAR-100 pairs of the specification (2.4), on a small tree of the same heights."""

import numpy as np
import pytest
from oracles.hierarchy import Hierarchy, sphere_embeddings

from lsh_engine import EngineError

WAYS = (  # from the root, of height 8, to each class
    "thing object organism vertebrate mammal carnivore feline leopard",
    "thing object organism vertebrate mammal carnivore feline tiger",
    "thing object organism vertebrate mammal carnivore bear",
    "thing object organism vertebrate mammal lagomorph rabbit",
    "thing object organism vertebrate aquatic fish bony salmonid trout",
    "thing water sea",
    "thing object food fruit apple",
    "thing object food fruit pear",
    "thing object organism plant tree oak",
    "thing object organism plant tree palm",
    "thing object vehicle motor truck pickup",
    "thing object vehicle motor bus",
)
CLASSES = [way.split()[-1] for way in WAYS]


@pytest.fixture(scope="module")
def tree():
    return Hierarchy({node: parent for way in WAYS for parent, node in zip(way.split(), way.split()[1:], strict=False)})


@pytest.mark.parametrize(
    ("a", "b", "similarity", "wu_palmer"),
    [
        ("leopard", "tiger", 0.875, 0.875),
        ("leopard", "bear", 0.75, 0.80),
        ("leopard", "rabbit", 0.625, 0.667),
        ("leopard", "trout", 0.375, 0.471),
        ("leopard", "sea", 0.0, 0.182),
        ("apple", "pear", 0.875, None),
        ("oak", "palm", 0.875, None),
        ("pickup", "bus", 0.75, None),
        ("trout", "trout", 1.0, 1.0),
    ],
)
def test_worked_pairs(tree, a, b, similarity, wu_palmer):
    assert tree.similarity(a, b) == tree.similarity(b, a) == similarity
    if wu_palmer is not None:
        assert tree.wu_palmer(a, b) == tree.wu_palmer(b, a) == pytest.approx(wu_palmer, abs=5e-4)


def test_the_tree(tree):
    assert tree.root == "thing" and sorted(tree.leaves) == sorted(CLASSES)
    assert [tree.height(node) for node in ("thing", "vertebrate", "mammal", "feline", "leopard")] == [8, 5, 3, 1, 0]
    assert [tree.depth(node) for node in ("thing", "leopard", "trout", "sea")] == [1, 8, 9, 3]
    assert tree.common_ancestor("leopard", "trout") == "vertebrate"
    assert tree.common_ancestor("leopard", "mammal") == "mammal"
    assert Hierarchy({"child": "top"}).leaves == ["child"]


def test_embeddings_have_the_similarities_as_products(tree):
    similarities = tree.similarities(CLASSES)
    assert set(np.unique(similarities * 8)) <= set(range(9)) and np.linalg.eigvalsh(similarities).min() > 0
    embeddings = sphere_embeddings(similarities)
    assert embeddings @ embeddings.T == pytest.approx(similarities, abs=1e-12)
    assert embeddings[0].tolist() == [1.0] + [0.0] * 11


def test_embeddings_are_built_class_by_class(tree):
    """The published way: solve for the products with the classes before, fill up to unit length."""
    wanted = tree.similarities(CLASSES)
    built = np.zeros_like(wanted)
    built[0, 0] = 1
    for c in range(1, len(wanted)):
        built[c, :c] = np.linalg.solve(built[:c, :c], wanted[c, :c])
        built[c, c] = np.sqrt(1 - built[c, :c] @ built[c, :c])
    assert sphere_embeddings(wanted) == pytest.approx(built, abs=1e-12)


def test_random_trees_can_be_embedded():
    for seed in range(5):
        random = np.random.default_rng(seed)
        tree = Hierarchy({f"n{i}": f"n{random.integers(0, i)}" for i in range(1, 80)})
        similarities = tree.similarities(tree.leaves)
        embeddings = sphere_embeddings(similarities)
        assert embeddings @ embeddings.T == pytest.approx(similarities, abs=1e-9)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: Hierarchy({"a": "x", "b": "y"}), "one root, got 2"),
        (lambda: Hierarchy({}), "one root, got 0"),
        (lambda: Hierarchy({"a": "top", "b": "c", "c": "b"}), "its own ancestor"),
        (lambda: Hierarchy({"a": "top"}).similarity("a", "cat"), "'cat' is no node"),
        (lambda: Hierarchy({"a": "top"}).similarity("a", "top"), "'top' is no leaf"),
        (lambda: sphere_embeddings(np.ones((2, 2))), "positive definite"),
    ],
)
def test_what_cannot_be_is_refused(ask, told):
    with pytest.raises(EngineError, match=told):
        ask()
