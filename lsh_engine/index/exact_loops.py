"""The compiled loops that measure stored vectors exactly: the one judge of every kind of index.

Every loop releases the GIL, keeps no state and runs on one thread: queries of several threads never meet. numba
compiles it at first use and caches it on disk. Arrays arrive read-only and C-contiguous (see `checks.frozen`), so a
loop compiles once for each precision. float16 is unknown to numba on CPUs: such vectors arrive as their bits, uint16.
"""

import math

import numpy as np
from numba import njit

from .instructions import prefetch, widen

AHEAD_VECTORS = 4  # how far ahead of use random rows are fetched: enough to hide the memory's delay
FEW = 64  # hits that are sorted while they are found
NEAR = 0.9  # above this cosine the chord gives the angle more exactly than arccos
REORDER = {"reassoc", "nsz", "contract"}  # lets the compiler add in vector lanes; NaN stays NaN


def compiled(**options):
    """The decorator of every loop."""
    return njit(nogil=True, cache=True, **options)


@compiled(fastmath=REORDER)
def dot(row, query):
    """Product of a stored row, (d,) float32 or float16 bits, with a (d,) float32 query."""
    product = np.float32(0)
    for i in range(len(query)):
        product += widen(row[i]) * query[i]
    return product


@compiled(fastmath=REORDER)
def rerank(vectors, ids, query, delta):
    """The hits among vectors[ids], those at an angle <= delta: the one judge of every index.

    vectors: (n, d) float32 or float16 bits, ids: (m,) int32, query: (d,) float32, delta: float32 radians.
    Returns ids (h,) int64 and angles (h,) float32, sorted by angle where there are FEW at most.
    Small angles come from the chord, 2 arcsin(|q - x| / 2), because arccos turns the last bit of a cosine near 1 into
    0.0005 rad.
    """
    hits, angles = np.empty(len(ids), np.int64), np.empty(len(ids), np.float32)
    floor = math.cos(delta) - 1e-4  # cheap first look; the angle decides
    n_values, line, count = len(query), 64 // vectors.itemsize, 0
    for m in range(len(ids)):
        if m + AHEAD_VECTORS < len(ids):
            start = np.int64(ids[m + AHEAD_VECTORS]) * n_values
            for i in range(0, n_values, line):
                prefetch(vectors, start + i)
        row = vectors[ids[m]]
        cosine = dot(row, query)
        if cosine < floor and cosine < NEAR:
            continue
        if cosine < NEAR:
            angle = np.float32(math.acos(max(cosine, np.float32(-1))))
        else:
            square = np.float32(0)
            for i in range(n_values):
                difference = widen(row[i]) - query[i]
                square += difference * difference
            angle = np.float32(2 * math.asin(min(1.0, math.sqrt(square) / 2)))
        if angle <= delta:
            place = count
            while place > 0 and place <= FEW and angles[place - 1] > angle:
                hits[place], angles[place] = hits[place - 1], angles[place - 1]
                place -= 1
            hits[place], angles[place] = ids[m], angle
            count += 1
    return hits[:count], angles[:count]


@compiled(fastmath=REORDER)
def products(vectors, query):
    """All products of (n, d) float16 bits with a (d,) float32 query: (n,) float32. BLAS has none for them."""
    cosines = np.empty(len(vectors), np.float32)
    for i in range(len(vectors)):
        cosines[i] = dot(vectors[i], query)
    return cosines


@compiled()
def widened(vectors):
    """(n, d) float16 bits -> float32, ten times as fast as NumPy."""
    wide = np.empty(vectors.shape, np.float32)
    for i in range(len(vectors)):
        for j in range(vectors.shape[1]):
            wide[i, j] = widen(vectors[i, j])
    return wide
