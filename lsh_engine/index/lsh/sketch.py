"""Sketches: the first 1024 sign bits of a vector, compared by Hamming distance.

They are the same bits that the probed tables are made of. Two vectors at angle theta (seen from the centre) differ in
Binomial(B, theta / pi) bits, so a threshold on the Hamming distance finds neighbours at any delta by one pass over 32
to 128 bytes a vector, where exact angles read 4 d bytes. Stored in chunks of 256 bits, (4, n, 4) uint64, so that a
short comparison reads only what it needs: most rows are settled by the first chunk.
"""

import numpy as np

from ..checks import frozen
from . import kernels
from .plan import SKETCH_BITS

CHUNK_BITS = 64 * kernels.CHUNK_WORDS
N_CHUNKS = max(SKETCH_BITS) // CHUNK_BITS
SKETCH_CODES = max(SKETCH_BITS) // 32  # codes that make a sketch


def pack_sketch(codes: np.ndarray) -> np.ndarray:
    """(n, 32) uint32 codes -> (4, n, 4) uint64 chunks."""
    words = np.ascontiguousarray(codes).view(np.uint64)
    chunks = words.reshape(len(codes), N_CHUNKS, kernels.CHUNK_WORDS)
    return frozen(chunks.transpose(1, 0, 2))


def unpack_sketch(sketch: np.ndarray) -> np.ndarray:
    """The codes that a sketch was made of: (n, 32) uint32."""
    return np.ascontiguousarray(sketch.transpose(1, 0, 2)).reshape(sketch.shape[1], -1).view(np.uint32)


def nearest_rows(sketch: np.ndarray, query: np.ndarray, n_rows: int) -> np.ndarray:
    """At least `n_rows` rows that differ least in the first 256 bits: (m,) int32, ascending."""
    distances = kernels.hamming(sketch[0], query[0])
    limit = np.searchsorted(np.cumsum(np.bincount(distances)), n_rows)
    return np.flatnonzero(distances <= limit).astype(np.int32)
