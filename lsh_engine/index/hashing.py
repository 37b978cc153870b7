"""Sign bits of vectors under random hyperplanes (Charikar, 2002), packed 32 to a code."""

import zlib

import numpy as np

from ..planner import CODE_BITS
from . import kernels
from .rows import frozen

HASH_FLOATS = 2**24  # floats of scratch while hashing many vectors


class Hyperplanes:
    """n_codes * 32 Gaussian hyperplanes through the origin, the same for the same seed.

    Code t has the planes 32 t .. 32 t + 31, the first plane giving the highest bit:
    sum over j of bit[t, j] * 2^(31 - j). More codes never change the earlier ones.
    """

    def __init__(self, dim: int, n_codes: int, seed: int):
        random = np.random.default_rng(seed)
        self.planes = frozen(random.standard_normal((n_codes * CODE_BITS, dim), dtype=np.float32))
        self.n_codes = n_codes

    def checksum(self) -> int:
        """CRC-32 of the first code's planes: tells when another random generator drew them."""
        return zlib.crc32(self.planes[:CODE_BITS].tobytes())

    def codes(self, vectors: np.ndarray) -> np.ndarray:
        """(n, d) float32 -> (n, n_codes) uint32, in blocks of bounded memory."""
        codes = np.empty((len(vectors), self.n_codes), np.uint32)
        step = max(1, HASH_FLOATS // len(self.planes))
        for start in range(0, len(vectors), step):
            bits = vectors[start : start + step] @ self.planes.T > 0
            codes[start : start + step] = np.packbits(bits, axis=1).view(">u4")
        return codes

    def query_codes(self, query: np.ndarray, n_codes: int) -> np.ndarray:
        """(d,) float32 -> its first n_codes codes, uint32.

        Not by BLAS: waking its threads for one query can cost more than the whole search.
        """
        return kernels.sign_codes(self.planes, frozen(query), n_codes)
