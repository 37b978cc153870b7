"""The angle, and the distances that source B compares it with, under their names in scipy, which computes them.

Numeric distances look at values, boolean ones at which coordinates are set; `binarise` makes the second from the
first. On vectors of unit length the angle, cosine, euclidean and sqeuclidean give one ranking: they grow together.
"""

import numpy as np

from ..core.errors import EngineError

SAME_RANKING = ("angle", "cosine", "euclidean", "sqeuclidean")  # of unit vectors
ALIASES = {"matching": "hamming"}
DIRECTIONS = ("angle", "cosine", "correlation")  # say nothing of a vector of zeros
NUMERIC = (
    "angle",
    "braycurtis",
    "canberra",
    "chebyshev",
    "cityblock",
    "correlation",
    "cosine",
    "euclidean",
    "hamming",
    "jensenshannon",
    "sqeuclidean",
)
BOOLEAN = ("dice", "hamming", "jaccard", "rogerstanimoto", "russellrao", "sokalsneath", "yule")


def distances(name: str, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Distances of a query (d,) to rows (n, d): (n,) float64. The angle is in radians, other distances have no unit.

    Boolean distances take boolean vectors. 0/0 is 0: what two vectors without any entry share is all they have.
    Raises EngineError for an unknown name, for NaN, and for vectors that the distance says nothing of.
    """
    from scipy.spatial.distance import cdist  # half a second

    name = ALIASES.get(name, name)
    query, rows = np.asarray(query), np.asarray(rows)
    if query.ndim != 1 or rows.ndim != 2 or rows.shape[1] != len(query):
        raise EngineError(f"expected a query (d,) and rows (n, d), got {query.shape} and {rows.shape}")
    if query.dtype == rows.dtype == bool:
        if name not in BOOLEAN:
            raise EngineError(_unknown(name, "booleans", BOOLEAN))
        found = cdist(query[None], rows, name)[0]
        return np.nan_to_num(found, nan=0.0, posinf=np.inf)
    if name not in NUMERIC:
        raise EngineError(_unknown(name, "numbers", NUMERIC))
    query, rows = query.astype(np.float64), rows.astype(np.float64)
    if not (np.isfinite(query).all() and np.isfinite(rows).all()):
        raise EngineError("vectors must not hold NaN or infinite numbers")
    _check_comparable(name, query[None])
    _check_comparable(name, rows)
    if name == "angle":
        return _angles(query, rows)
    return np.nan_to_num(cdist(query[None], rows, name)[0], nan=0.0, posinf=np.inf)


def binarise(rows: np.ndarray, above: float | np.ndarray = 0.0) -> np.ndarray:
    """Which coordinates are larger than `above`: booleans, shaped as `rows`.

    above: 0, or (d,) such as the median of each coordinate over a collection, which sets half of the entries.
    """
    return np.asarray(rows) > above


def _angles(query: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """From half the chord, which is exact for small angles too: radians."""
    query, rows = query / np.linalg.norm(query), rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return 2.0 * np.arctan2(np.linalg.norm(rows - query, axis=1), np.linalg.norm(rows + query, axis=1))


def _check_comparable(name: str, rows: np.ndarray) -> None:
    """EngineError for vectors that the distance is not made for."""
    if name in DIRECTIONS:
        seen = rows - rows.mean(axis=1, keepdims=True) if name == "correlation" else rows
        if not seen.any(axis=1).all():
            raise EngineError("a vector of zeros, or of equal numbers for correlation, has no direction to compare")
    if name == "jensenshannon":
        if rows.min(initial=0.0) < 0:
            raise EngineError("jensenshannon compares shares: it takes no negative numbers")
        if not rows.any(axis=1).all():
            raise EngineError("jensenshannon compares shares: a vector of zeros has none")


def _unknown(name: str, kind: str, known: tuple[str, ...]) -> str:
    other = BOOLEAN if known is NUMERIC else NUMERIC
    problem = "takes the other kind of vectors" if name in other else "is not known"
    return f"the distance {name!r:.40} {problem}; those of {kind} are {', '.join(known)}"
