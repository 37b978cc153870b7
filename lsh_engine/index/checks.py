"""Checks of what an index is given: vectors of unit length, queries of the right width."""

from typing import Any

import numpy as np

from ..core.errors import EngineError

UNIT_TOLERANCE = 2e-3  # fp16 storage leaves a unit row up to 1e-3 off


def as_array(values: Any) -> np.ndarray:
    """`values` as an array, or EngineError where its rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise EngineError("expected an array of numbers, got rows of different lengths") from error


def check_vectors(vectors: np.ndarray, dim: int | None = None) -> np.ndarray:
    """`vectors` as (n, d) float32; EngineError unless they are rows of unit length. dim: the width the index has."""
    vectors = as_array(vectors)
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or vectors.shape[1] < 2:
        raise EngineError(f"expected vectors of shape (n, d) in float32, got {vectors.shape} {vectors.dtype}")
    if dim is not None and vectors.shape[1] != dim:
        raise EngineError(f"this index holds vectors of dimension {dim}, got {vectors.shape[1]}")
    vectors = np.ascontiguousarray(vectors, dtype=np.float32).view()
    norms = np.sqrt(np.vecdot(vectors, vectors))
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= UNIT_TOLERANCE))  # NaN is not within any tolerance
    if len(bad):
        row = int(bad[0])
        raise EngineError(f"rows must have unit length, row {row} has {norms[row]:.4g}: divide each row by its norm")
    return vectors


def frozen(array: np.ndarray) -> np.ndarray:
    """A read-only, C-contiguous plain ndarray: the one type that compiled loops see, and safe to share."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def check_query(query: np.ndarray, dim: int) -> np.ndarray:
    """`query` as (d,) float32, frozen; EngineError unless it has this width and unit length."""
    query = check_shape(query, dim)
    check_length(query, float(query @ query))
    return query


def check_shape(query: np.ndarray, dim: int) -> np.ndarray:
    """`query` as (d,) float32, frozen; EngineError unless it has this width. Its length is not checked yet."""
    query = as_array(query)
    if query.ndim != 1:
        raise EngineError(f"expected one query of shape ({dim},), got {query.shape}")
    if query.dtype != np.float32 or len(query) != dim:
        query = check_vectors(query[None], dim)[0]
    return frozen(query)


def check_length(query: np.ndarray, square: float) -> None:
    """EngineError unless the squared length of (d,) `query` is 1."""
    if not abs(square - 1.0) <= 2 * UNIT_TOLERANCE:
        check_vectors(query[None])
