"""Product quantization: a vector as m small code numbers, and two ways to measure distances on them (source C).

After Jegou, Douze and Schmid (2011), SPEC 2.3. A vector is cut into m parts of equal length; each part is replaced by
the nearest of k* centroids of its own codebook. Symmetric distances (SDC) know only codes, of the query, too;
asymmetric ones (ADC) keep the query exact, with one table of m x k* entries a query, and err less.
"""

from dataclasses import dataclass

import numpy as np

from lsh_engine.core.errors import EngineError


@dataclass(frozen=True)
class ProductQuantizer:
    """codebooks: (m, k*, d / m) float64, the centroids of every part. All distances are squared Euclidean."""

    codebooks: np.ndarray

    def __post_init__(self):
        codebooks = np.asarray(self.codebooks, np.float64)
        if codebooks.ndim != 3 or not codebooks.size or not np.isfinite(codebooks).all():
            raise EngineError(f"codebooks are finite numbers shaped (parts, centroids, length), got {codebooks.shape}")
        object.__setattr__(self, "codebooks", codebooks)

    @property
    def bits(self) -> float:
        """Bits a vector: m log2 k*."""
        return len(self.codebooks) * float(np.log2(self.codebooks.shape[1]))

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """(n, d) -> (n, m) int64, the nearest centroid of every part; the first of equal ones."""
        parts = _parts(rows, len(self.codebooks), self.codebooks.shape[2])
        return np.stack([_squares(part, book).argmin(1) for part, book in zip(parts, self.codebooks, strict=True)], 1)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(n, m) -> (n, d) float64: the centroids that the codes name."""
        return self._look_up(self.codebooks, codes).reshape(len(codes), -1)

    def asymmetric(self, query: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """ADC: from a query (d,) as it is to encoded vectors (n, m): (n,) float64, |x - q(y)|^2."""
        return self._look_up(self.asymmetric_table(query), codes).sum(axis=1)

    def symmetric(self, query_code: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """SDC: from an encoded query (m,) to encoded vectors (n, m): (n,) float64, |q(x) - q(y)|^2."""
        table = self.symmetric_tables()[np.arange(len(self.codebooks)), query_code]
        return self._look_up(table, codes).sum(axis=1)

    def asymmetric_table(self, query: np.ndarray) -> np.ndarray:
        """(m, k*): from every part of a query to every centroid. Made once a query."""
        parts = _parts(np.asarray(query)[None], len(self.codebooks), self.codebooks.shape[2])
        return np.stack([_squares(part, book)[0] for part, book in zip(parts, self.codebooks, strict=True)])

    def symmetric_tables(self) -> np.ndarray:
        """(m, k*, k*): between the centroids of every part. The same for all queries."""
        return np.stack([_squares(book, book) for book in self.codebooks])

    def _look_up(self, table: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """table (m, k*, ...) at codes (n, m): (n, m, ...)."""
        return table[np.arange(len(self.codebooks)), codes]


def train_quantizer(
    rows: np.ndarray, n_parts: int, n_centroids: int, seed: int = 0, n_rounds: int = 25
) -> ProductQuantizer:
    """Codebooks by k-means (Lloyd) on every part of rows (n, d), n_parts of d / n_parts. Raises EngineError."""
    rows = np.asarray(rows, np.float64)
    if n_parts < 1 or rows.shape[1] % n_parts:
        raise EngineError(f"{rows.shape[1]} dimensions do not fall into {n_parts} equal parts: choose a divisor")
    if not 1 <= n_centroids <= len(rows):
        raise EngineError(f"expected 1 to {len(rows)} centroids, as many as there are vectors, got {n_centroids}")
    random = np.random.default_rng(seed)
    parts = _parts(rows, n_parts, rows.shape[1] // n_parts)
    return ProductQuantizer(np.stack([_k_means(part, n_centroids, random, n_rounds) for part in parts]))


def _k_means(points: np.ndarray, k: int, random: np.random.Generator, n_rounds: int) -> np.ndarray:
    """(k, d) centroids. One that nobody is nearest to moves to the point that is worst off."""
    centroids = points[random.choice(len(points), k, replace=False)]
    for _ in range(n_rounds):
        squares = _squares(points, centroids)
        nearest, errors = squares.argmin(1), squares.min(1)
        sizes = np.bincount(nearest, minlength=k)
        sums = np.stack([np.bincount(nearest, column, k) for column in points.T], 1)
        moved = sums / np.maximum(sizes, 1)[:, None]
        empty = np.flatnonzero(sizes == 0)
        moved[empty] = points[np.argsort(-errors, kind="stable")[: len(empty)]]
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids


def _parts(rows: np.ndarray, n_parts: int, length: int) -> np.ndarray:
    """(n, m * length) -> (m, n, length) float64."""
    rows = np.asarray(rows, np.float64)
    if rows.ndim != 2 or rows.shape[1] != n_parts * length:
        raise EngineError(f"expected vectors of {n_parts * length} dimensions, got the shape {rows.shape}")
    return rows.reshape(len(rows), n_parts, length).transpose(1, 0, 2)


def _squares(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """(n, d), (k, d) -> (n, k) squared distances, none below 0."""
    norms = (points**2).sum(1)[:, None] + (centroids**2).sum(1)
    return np.maximum(norms - 2.0 * points @ centroids.T, 0.0)
