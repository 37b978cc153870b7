"""Images found over associations of words: a graph of images and words, and shortest ways through it (source D).

SPEC 2.6 (IWAN). An image is tied to the words a classifier gives it, a word to the words people associate with it;
every tie has a strength s in (0, 1]. A way costs the sum of 1 / s, or of -ln s, so that the cheapest way is the one of
the largest product of strengths. Ties have no direction: of the two of a pair, the stronger counts.
"""

import heapq
import math
from collections.abc import Callable, Mapping

from lsh_engine.core.errors import EngineError


def inverse(strength: float) -> float:
    """1 / s, source D's cost of a tie."""
    return 1.0 / strength


def surprise(strength: float) -> float:
    """-ln s: costs add as strengths multiply."""
    return -math.log(strength)


class WordGraph:
    """Nodes are images, named by int, and words, named by str."""

    def __init__(self) -> None:
        self._ties: dict[int | str, dict[int | str, float]] = {}

    def associate(self, cue: str, target: str, strength: float) -> None:
        """Tie two words."""
        self._tie(cue, target, strength)

    def add_image(self, image: int, words: Mapping[str, float]) -> None:
        """Tie an image to its words. words: word -> strength, such as a classifier's probability."""
        self._ties.setdefault(image, {})
        for word, strength in words.items():
            self._tie(image, word, strength)

    def distances(self, words: Mapping[str, float], cost: Callable[[float], float] = inverse) -> dict[int | str, float]:
        """Cost of the cheapest way from a query with these words to all that it reaches (Dijkstra, 1959).

        What it does not reach is not there. Words that no one is tied to reach nothing but themselves.
        """
        waiting: list[tuple[float, str, int | str]]
        waiting = [(cost(_checked(strength, word)), str(word), word) for word, strength in words.items()]
        heapq.heapify(waiting)
        found: dict[int | str, float] = {}
        while waiting:
            so_far, _, node = heapq.heappop(waiting)
            if node in found:
                continue
            found[node] = so_far
            for other, strength in self._ties.get(node, {}).items():
                if other not in found:
                    heapq.heappush(waiting, (so_far + cost(strength), str(other), other))  # int and str do not compare
        return found

    def nearest_images(
        self, words: Mapping[str, float], n: int, cost: Callable[[float], float] = inverse
    ) -> list[tuple[int, float]]:
        """The n nearest (image, distance), sorted by (distance, image); fewer where fewer are reached."""
        reached = self.distances(words, cost)
        images = [(node, distance) for node, distance in reached.items() if isinstance(node, int)]
        return sorted(images, key=lambda pair: (pair[1], pair[0]))[:n]

    def _tie(self, a: int | str, b: int | str, strength: float) -> None:
        strength = max(_checked(strength, b), self._ties.get(a, {}).get(b, 0.0))
        self._ties.setdefault(a, {})[b] = strength
        self._ties.setdefault(b, {})[a] = strength


def _checked(strength: float, word: int | str) -> float:
    if not 0.0 < strength <= 1.0:
        raise EngineError(f"the strength of {word!r:.40} must be above 0 and at most 1, got {strength!r:.20}")
    return float(strength)
