"""Made-up descriptors with planted neighbours: the true angles are known, and so is what is hard about them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BLOCK = 8192  # rows normalised at once


@dataclass(frozen=True)
class Kind:
    """One family of descriptors.

    rows: (random, n, dim) -> (n, dim) float32, not normalised.
    planted: (from, to, how many) neighbours of each query, angles in radians, spread evenly.
    deltas: thresholds that suit it, radians.
    """

    rows: Callable[[np.random.Generator, int, int], np.ndarray]
    planted: tuple[tuple[float, float, int], ...]
    deltas: tuple[float, ...]

    @property
    def n_planted(self) -> int:
        return sum(count for _, _, count in self.planted)


def gem_rows(random: np.random.Generator, n: int, dim: int) -> np.ndarray:
    """Like GeM of a ReLU layer: never negative, and all lean the same way. Unrelated pairs at 0.8 .. 1.2 rad."""
    rows = random.standard_gamma(0.9, (n, dim), dtype=np.float32)
    rows += 0.15 * random.standard_gamma(0.9, dim, dtype=np.float32)
    return rows


def centred_rows(random: np.random.Generator, n: int, dim: int) -> np.ndarray:
    """Like centred and rotated descriptors: a decaying spectrum around zero. Unrelated pairs around pi / 2."""
    rows = random.standard_normal((n, dim), dtype=np.float32)
    rows *= np.arange(1, dim + 1, dtype=np.float32) ** -0.35
    return rows


KINDS = {
    "gem": Kind(gem_rows, ((0.05, 0.4, 20), (0.4, 0.6, 110)), (0.4, 0.6)),
    "centred": Kind(centred_rows, ((0.7, 1.1, 60),), (1.0,)),
}


def synthetic(kind: Kind, n: int, dim: int, n_queries: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(vectors (n, dim), queries (n_queries, dim)): float32 unit rows, the planted neighbours among the vectors.

    n must be more than n_queries * kind.n_planted: the rest are vectors unrelated to any query.
    """
    random = np.random.default_rng(seed)
    rows = kind.rows(random, n + n_queries, dim)
    normalise(rows)
    vectors, queries = rows[:n], rows[n:]
    places = random.permutation(n)
    taken, free = np.split(places, [n_queries * kind.n_planted])
    for query, own in zip(queries, taken.reshape(n_queries, -1), strict=True):
        angles = np.concatenate([random.uniform(low, high, count) for low, high, count in kind.planted])
        vectors[own] = at_angles(query, angles, vectors[random.choice(free, len(own))])
    return vectors, queries


def at_angles(query: np.ndarray, angles: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Unit rows (a, d) float32 at exact `angles` (radians) from `query`, each turned towards one of `others` (a, d)."""
    query, sideways = query.astype(np.float64), others.astype(np.float64)
    query /= np.linalg.norm(query)
    sideways -= np.outer(sideways @ query, query)
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True)
    return (np.cos(angles)[:, None] * query + np.sin(angles)[:, None] * sideways).astype(np.float32)


def normalise(rows: np.ndarray) -> None:
    """Divide each row by its norm, in place and block by block: no second copy of a large array."""
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
