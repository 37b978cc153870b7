"""Sketches: the first 1024 sign bits of a vector, compared by Hamming distance.

They are the same bits the tables are made of. Two vectors at angle theta differ in Binomial(B, theta / pi)
bits, so a threshold on the Hamming distance finds neighbours at any delta by one pass over 32 to 128 bytes a
vector, where exact angles read 4 d bytes. Stored in chunks of 256 bits, (4, n, 4) uint64, so that a short
comparison reads only what it needs: most rows are settled by the first chunk.
"""

import numpy as np

from ..planner import SKETCH_BITS
from . import kernels
from .rows import frozen

CHUNK_BITS = 64 * kernels.CHUNK_WORDS
N_CHUNKS = max(SKETCH_BITS) // CHUNK_BITS
SKETCH_CODES = max(SKETCH_BITS) // 32  # codes that make a sketch


def pack_sketch(codes: np.ndarray) -> np.ndarray:
    """(n, >= 32) uint32 codes -> (4, n, 4) uint64 chunks."""
    words = np.ascontiguousarray(codes[:, :SKETCH_CODES]).view(np.uint64)
    chunks = words.reshape(len(codes), N_CHUNKS, kernels.CHUNK_WORDS)
    return frozen(chunks.transpose(1, 0, 2))


def query_sketch(codes: np.ndarray, n_bits: int) -> np.ndarray:
    """The query's codes -> (n_bits / 256, 4) uint64."""
    return frozen(codes[: n_bits // 32].view(np.uint64).reshape(-1, kernels.CHUNK_WORDS))


def scan(sketch: np.ndarray, query: np.ndarray, coarse: int, threshold: int) -> np.ndarray:
    """Rows with at most `coarse` of the first 256 bits and `threshold` of all compared bits different.

    query: (c, 4) from `query_sketch`; its length sets how many bits count. Returns (m,) int32, ascending.
    """
    return kernels.scan_sketch(sketch[: len(query)], query, np.uint64(coarse), np.uint64(threshold))


def keep_close(sketch: np.ndarray, query: np.ndarray, threshold: int, rows: np.ndarray) -> np.ndarray:
    """Those of `rows` with at most `threshold` of the compared bits different."""
    return kernels.filter_sketch(sketch[: len(query)], query, np.uint64(threshold), frozen(rows))


def nearest_rows(sketch: np.ndarray, query: np.ndarray, n_rows: int) -> np.ndarray:
    """At least `n_rows` rows that differ least in the first 256 bits: (m,) int32, ascending."""
    distances = kernels.hamming(sketch[0], query[0])
    limit = np.searchsorted(np.cumsum(np.bincount(distances)), n_rows)
    return np.flatnonzero(distances <= limit).astype(np.int32)
