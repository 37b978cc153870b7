"""The angle, and the distances that source B compares it with, under their names in scipy (SPEC 2.2).

Numeric distances look at values, boolean ones at which coordinates are set; `binarise` makes the second from the
first. On vectors of unit length the angle, cosine, euclidean and sqeuclidean give one ranking: they grow together.
"""

import numpy as np

from ..core.errors import EngineError

SAME_RANKING = ("angle", "cosine", "euclidean", "sqeuclidean")  # of unit vectors
ALIASES = {"matching": "hamming"}


def distances(name: str, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Distances of a query (d,) to rows (n, d): (n,) float64. The angle is in radians, other distances have no unit.

    Boolean distances take boolean vectors. 0/0 is 0: what two vectors without any entry share is all they have.
    Raises EngineError for an unknown name, for NaN, and for vectors that the distance says nothing of.
    """
    name = ALIASES.get(name, name)
    query, rows = np.asarray(query), np.asarray(rows)
    if query.ndim != 1 or rows.ndim != 2 or rows.shape[1] != len(query):
        raise EngineError(f"expected a query (d,) and rows (n, d), got {query.shape} and {rows.shape}")
    if query.dtype == rows.dtype == bool:
        if name not in BOOLEAN:
            raise EngineError(_unknown(name, "booleans", BOOLEAN))
        return BOOLEAN[name](query, rows)
    if name not in NUMERIC:
        raise EngineError(_unknown(name, "numbers", NUMERIC))
    query, rows = query.astype(np.float64), rows.astype(np.float64)
    if not (np.isfinite(query).all() and np.isfinite(rows).all()):
        raise EngineError("vectors must not hold NaN or infinite numbers")
    return NUMERIC[name](query, rows)


def binarise(rows: np.ndarray, above: float | np.ndarray = 0.0) -> np.ndarray:
    """Which coordinates are larger than `above`: booleans, shaped as `rows`.

    above: 0, or (d,) such as the median of each coordinate over a collection, which sets half of the entries.
    """
    return np.asarray(rows) > above


def _unknown(name: str, kind: str, known: dict) -> str:
    other = BOOLEAN if known is NUMERIC else NUMERIC
    told = "takes the other kind of vectors" if name in other else "is not known"
    return f"the distance {name!r:.40} {told}; those of {kind} are {', '.join(sorted(known))}"


# ---- numbers: query (d,) and rows (n, d) float64


def _angle(query, rows):
    """From half the chord, which is exact for small angles too."""
    query, rows = _directions(query), _directions(rows)
    return 2.0 * np.arctan2(np.linalg.norm(rows - query, axis=1), np.linalg.norm(rows + query, axis=1))


def _cosine(query, rows):
    return 1.0 - _directions(rows) @ _directions(query)


def _correlation(query, rows):
    return _cosine(query - query.mean(), rows - rows.mean(axis=1, keepdims=True))


def _directions(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    if not norms.all():
        raise EngineError("a vector of zeros, or of equal numbers for correlation, has no direction to compare")
    return rows / norms


def _canberra(query, rows):
    return _ratio(np.abs(rows - query), np.abs(rows) + np.abs(query)).sum(axis=1)


def _braycurtis(query, rows):
    return _ratio(np.abs(rows - query).sum(axis=1), np.abs(rows + query).sum(axis=1))


def _jensenshannon(query, rows):
    """Square root of the mean divergence from the middle, natural logarithm, of vectors scaled to sum 1."""
    if query.min() < 0 or rows.min(initial=0.0) < 0:
        raise EngineError("jensenshannon compares shares: it takes no negative numbers")
    if not (query.sum() and rows.sum(axis=1).all()):
        raise EngineError("jensenshannon compares shares: a vector of zeros has none")
    query, rows = query / query.sum(), rows / rows.sum(axis=1, keepdims=True)
    middle = (query + rows) / 2.0
    both = _entropy_terms(np.broadcast_to(query, rows.shape), middle) + _entropy_terms(rows, middle)
    return np.sqrt(np.maximum(both.sum(axis=1) / 2.0, 0.0))


def _entropy_terms(shares, middle):
    """p ln(p / m), 0 where p is 0."""
    return shares * np.log(np.divide(shares, middle, out=np.ones_like(middle), where=shares > 0))


def _ratio(above, below):
    """above / below, with 0/0 = 0 and x/0 infinite."""
    with np.errstate(divide="ignore"):
        return np.divide(above, below, out=np.zeros_like(above, np.float64), where=(below != 0) | (above != 0))


NUMERIC = {
    "angle": _angle,
    "braycurtis": _braycurtis,
    "canberra": _canberra,
    "chebyshev": lambda query, rows: np.abs(rows - query).max(axis=1),
    "cityblock": lambda query, rows: np.abs(rows - query).sum(axis=1),
    "correlation": _correlation,
    "cosine": _cosine,
    "euclidean": lambda query, rows: np.linalg.norm(rows - query, axis=1),
    "hamming": lambda query, rows: (rows != query).mean(axis=1),
    "jensenshannon": _jensenshannon,
    "sqeuclidean": lambda query, rows: ((rows - query) ** 2).sum(axis=1),
}


# ---- booleans: how many coordinates are set in both, in one and in none


def _counts(query, rows):
    """(in both, in the query alone, in the row alone, in none): (n,) float64 each."""
    both = (rows & query).sum(axis=1).astype(np.float64)
    query_alone, row_alone = query.sum() - both, rows.sum(axis=1) - both
    return both, query_alone, row_alone, len(query) - both - query_alone - row_alone


def _of_counts(formula):
    """A boolean distance from a formula over (both, differing, none)."""

    def found(query, rows):
        both, query_alone, row_alone, none = _counts(query, rows)
        return _ratio(*formula(both, query_alone + row_alone, none))

    return found


def _yule(query, rows):
    both, query_alone, row_alone, none = _counts(query, rows)
    crossed = query_alone * row_alone
    return _ratio(2.0 * crossed, both * none + crossed)


BOOLEAN = {
    "dice": _of_counts(lambda both, differ, none: (differ, 2.0 * both + differ)),
    "hamming": lambda query, rows: (rows != query).mean(axis=1),
    "jaccard": _of_counts(lambda both, differ, none: (differ, both + differ)),
    "rogerstanimoto": _of_counts(lambda both, differ, none: (2.0 * differ, both + none + 2.0 * differ)),
    "russellrao": _of_counts(lambda both, differ, none: (differ + none, both + differ + none)),
    "sokalsneath": _of_counts(lambda both, differ, none: (2.0 * differ, both + 2.0 * differ)),
    "yule": _yule,
}
