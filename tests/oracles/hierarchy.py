"""How like two classes are, by their place in a tree, and embeddings that keep it (source D; SPEC 2.4).

After Barz and Denzler (2019). The similarity is 1 - height(lcs) / height(root), where lcs is the lowest common ancestor
and the height of a node is the longest way down from it: 1 for a class with itself, 0 where only the root is shared.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lsh_engine.core.errors import EngineError


class Hierarchy:
    """A tree of classes, from the parent of every node but the root. Similarities are of its leaves."""

    def __init__(self, parents: Mapping[str, str]) -> None:
        roots = {parent for parent in parents.values() if parent not in parents}
        if len(roots) != 1:
            raise EngineError(f"a tree has one root, got {len(roots)}: every node but one needs a parent")
        (self.root,) = roots
        self._paths = {self.root: [self.root]}
        for node in parents:
            self._follow(node, parents)
        self._heights = dict.fromkeys(self._paths, 0)
        for path in self._paths.values():
            for steps, ancestor in enumerate(reversed(path)):
                self._heights[ancestor] = max(self._heights[ancestor], steps)
        self.leaves = [node for node, height in self._heights.items() if not height]

    def _follow(self, node: str, parents: Mapping[str, str]) -> None:
        way = []
        while node not in self._paths:
            if node in way:
                raise EngineError(f"{node!r:.40} is its own ancestor: a tree has no circles")
            way.append(node)
            node = parents[node]
        for below in reversed(way):
            self._paths[below] = [*self._paths[parents[below]], below]

    def height(self, node: str) -> int:
        """Steps of the longest way down; 0 for a leaf."""
        return self._heights[self._known(node)]

    def depth(self, node: str) -> int:
        """Nodes on the way from the root, itself included: 1 for the root."""
        return len(self._paths[self._known(node)])

    def common_ancestor(self, a: str, b: str) -> str:
        """The lowest node above both, or one of them."""
        shared = zip(self._paths[self._known(a)], self._paths[self._known(b)], strict=False)
        return [left for left, right in shared if left == right][-1]

    def similarity(self, a: str, b: str) -> float:
        """1 - height(lcs) / height(root), of two leaves: 0..1."""
        for leaf in (a, b):
            if self.height(leaf):
                raise EngineError(f"{leaf!r:.40} is no leaf of the tree: only leaves are wholly like themselves")
        return 1.0 - self.height(self.common_ancestor(a, b)) / self.height(self.root)

    def wu_palmer(self, a: str, b: str) -> float:
        """2 depth(lcs) / (depth(a) + depth(b)), the similarity of Wu and Palmer (1994): 0..1."""
        return 2.0 * self.depth(self.common_ancestor(a, b)) / (self.depth(a) + self.depth(b))

    def similarities(self, names: Sequence[str]) -> np.ndarray:
        """(n, n) float64 of `similarity`."""
        return np.array([[self.similarity(a, b) for b in names] for a in names])

    def _known(self, node: str) -> str:
        if node not in self._paths:
            raise EngineError(f"{node!r:.40} is no node of the tree")
        return node


def sphere_embeddings(similarities: np.ndarray) -> np.ndarray:
    """E, (n, n) float64 rows of unit length with E E^T = similarities, the first (1, 0, ...).

    Class by class, the published construction solves for the coordinates that give the wanted products with all
    classes before and fills up to unit length: that is the Cholesky factor. Raises EngineError where there is none.
    """
    try:
        return np.linalg.cholesky(np.asarray(similarities, np.float64))
    except np.linalg.LinAlgError as error:
        raise EngineError("no embeddings have these similarities: the matrix must be positive definite") from error


def hierarchical_precision(similarities: Sequence[float], corpus: Sequence[float]) -> np.ndarray:
    """HP@i for i = 1..len(similarities): similarity gathered so far over what the ideal ranking gathers.

    similarities: of the ranking to the query, in 0..1, nearest first. corpus: of everything there is to find, without
    the query itself; there are at least as many. (SPEC section 7, item 5.)
    """
    ideal = np.sort(np.asarray(corpus, float))[::-1][: len(similarities)]
    return np.cumsum(similarities) / np.cumsum(ideal)


def average_hierarchical_precision(similarities: Sequence[float], corpus: Sequence[float], k: int) -> float:
    """AHP@k: the mean of HP@1..k. The trapezoid of the method's authors is (k-1)/k at best; this one is 1."""
    return float(hierarchical_precision(similarities[:k], corpus).mean())
