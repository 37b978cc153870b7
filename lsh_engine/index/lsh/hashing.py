"""Sign bits of vectors under random hyperplanes (Charikar, 2002), in codes of 32 bits, the first bit the highest."""

import zlib

import numpy as np

from ..checks import frozen
from . import kernels
from .plan import CODE_BITS

HASH_FLOATS = 2**24  # floats of scratch while hashing many vectors
N_ROUNDS = 3  # of signs and Hadamard transform: from three on the outputs obey the Gaussian law
LEAST_LENGTH = 128  # of a rotation: shorter vectors are padded with zeros


class Hyperplanes:
    """L * k Gaussian hyperplanes through the origin, the same for the same seed: source A's own.

    Code t has the planes k t .. k t + k - 1; bits after the k-th are 0. More tables never change the earlier ones.
    """

    def __init__(self, dim: int, n_hyperplanes: int, n_tables: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.planes = frozen(random.standard_normal((n_tables * n_hyperplanes, dim), dtype=np.float32))
        self.n_hyperplanes, self.n_tables = n_hyperplanes, n_tables

    def checksum(self) -> int:
        """CRC-32 of the first planes: tells when another random generator drew them."""
        return zlib.crc32(self.planes[:CODE_BITS].tobytes())

    def codes(self, vectors: np.ndarray) -> np.ndarray:
        """(n, d) float32 -> (n, L) uint32, in blocks of bounded memory."""
        codes = np.empty((len(vectors), self.n_tables), np.uint32)
        step = max(1, HASH_FLOATS // len(self.planes))
        padded = np.zeros((min(step, len(vectors)), self.n_tables, CODE_BITS), bool)
        for start in range(0, len(vectors), step):
            bits = vectors[start : start + step] @ self.planes.T > 0
            part = padded[: len(bits)]
            part[:, :, : self.n_hyperplanes] = bits.reshape(len(bits), self.n_tables, self.n_hyperplanes)
            codes[start : start + step] = np.packbits(part, axis=2).view(">u4")[:, :, 0]
        return codes

    def query_codes(self, query: np.ndarray) -> np.ndarray:
        """(d,) float32 -> (L,) uint32.

        Not by BLAS: waking its threads for one query can cost more than the whole search.
        """
        return kernels.plane_codes(self.planes, query, self.n_tables)


class Rotations:
    """Fast hyperplanes: pseudo-random rotations by signs and Hadamard transforms (FHT), seen from a centre.

    n_codes * 32 bits; bit i tells on which side of hyperplane i through the centre a vector lies. Their law is that
    of Gaussian planes, at n log n instead of n^2 operations (Ailon and Chazelle, 2006; FALCONN, 2015).
    """

    def __init__(self, dim: int, n_codes: int, seed: int, centre: np.ndarray | None = None) -> None:
        self.length = max(LEAST_LENGTH, 1 << (dim - 1).bit_length())
        self.n_codes = n_codes
        n_rotations = -(-n_codes * CODE_BITS // self.length)
        random = np.random.default_rng([seed, dim])  # not the stream of the Gaussian planes
        self.signs = frozen(random.choice(np.array([-1, 1], np.float32), (n_rotations, N_ROUNDS, self.length)))
        self.centre = frozen(np.zeros(dim, np.float32) if centre is None else centre)
        self.offsets = frozen(kernels.rotate(self.signs, self.centre))

    def checksum(self) -> int:
        """CRC-32 of the first signs: tells when another random generator drew them."""
        return zlib.crc32(self.signs[0, :, :CODE_BITS].tobytes())

    def codes(self, vectors: np.ndarray) -> np.ndarray:
        """(n, d) float32 -> (n, n_codes) uint32."""
        return kernels.rotated_codes(self.signs, vectors, self.offsets, self.n_codes)

    def hash_query(self, query: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
        """(d,) float32 -> codes, sketch, distances, q.c, |q|^2: see `kernels.hash_query`."""
        return kernels.hash_query(self.signs, query, self.offsets, self.centre, self.n_codes)
