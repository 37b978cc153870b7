"""Four indexes of faiss (Douze et al., 2024), each on one thread and with its last look at the stored vectors."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .methods import Answer
from .peer import Peer, powers_of_two

SEED = 1
LSH_BITS = 512
CODE_SLACK = 0.005  # cosine that 8 bits a dimension may err, with room to spare
MAX_TRAINING = 64  # vectors a cell that k-means sees: more gain nothing


def faiss_on_one_thread():
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


class InvertedLists(Peer):
    """Cells around k-means centres; the nearest `nprobe` of them are scanned. About sqrt(n) cells."""

    package, install, knob = "faiss", "faiss-cpu", "nprobe"

    def build(self, vectors: np.ndarray) -> None:
        faiss = faiss_on_one_thread()
        self.n_cells = max(4, 2 ** round(math.log2(math.sqrt(self.n))))
        self._quantizer = faiss.IndexFlatIP(self.dim)  # kept: the index refers to it
        self.index = self._made(faiss)
        step = max(1, self.n // (MAX_TRAINING * self.n_cells))
        self.index.cp.min_points_per_centroid = 1  # no warning on stdout about small sets
        self.index.train(np.ascontiguousarray(vectors[::step]))
        self.index.add(vectors)
        self._work = faiss.cvar.indexIVF_stats
        self.memory_mb = (8 * self.n + 4 * self.n_cells * self.dim + self._code_bytes()) / 1e6

    def _made(self, faiss):
        raise NotImplementedError

    def _code_bytes(self) -> int:
        """Bytes of codes that are kept besides the vectors."""
        return 0

    def knob_values(self, delta: float) -> Sequence[int]:
        return powers_of_two(1, self.n_cells)

    def answer(self, found: np.ndarray) -> Answer:
        answer = super().answer(found)
        # Where the cells keep the vectors, every row scanned is looked at exactly
        n_candidates = int(self._work.ndis) if self.n_candidates is None else self.n_candidates
        self._work.reset()  # faiss counts on; the next answer starts at 0
        return replace(answer, n_candidates=n_candidates, plan=f"{self.n_cells} cells, {answer.plan}")


class IVFFlat(InvertedLists):
    """The cells keep the vectors themselves."""

    name = "faiss IVF,Flat"

    def _made(self, faiss):
        return faiss.IndexIVFFlat(self._quantizer, self.dim, self.n_cells, faiss.METRIC_INNER_PRODUCT)

    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        self.index.nprobe = self.value
        _, _, ids = self.index.range_search(query[None], math.cos(delta))
        return ids


class IVFScalar(InvertedLists):
    """The cells keep 8 bits a dimension; rows that these put near delta are looked at exactly."""

    name = "faiss IVF,SQ8"

    def _made(self, faiss):
        bits = faiss.ScalarQuantizer.QT_8bit
        return faiss.IndexIVFScalarQuantizer(self._quantizer, self.dim, self.n_cells, bits, faiss.METRIC_INNER_PRODUCT)

    def _code_bytes(self) -> int:
        return self.n * self.dim

    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        self.index.nprobe = self.value
        _, _, ids = self.index.range_search(query[None], math.cos(delta) - CODE_SLACK)
        return self.look_exactly(ids, query, delta)


class SketchScan(Peer):
    """faiss IndexLSH: sign bits after a random rotation; the k rows with the fewest differing bits are looked at.

    Its range search is no help: it compares the query's floats with the bits (faiss 1.15).
    """

    name, package, install, knob = "faiss LSH", "faiss", "faiss-cpu", "k"

    def build(self, vectors: np.ndarray) -> None:
        faiss = faiss_on_one_thread()
        self.index = faiss.IndexLSH(self.dim, LSH_BITS, True, False)
        self.index.train(vectors[:1])  # there is nothing to learn, but it asks for it
        self.index.add(vectors)
        self.memory_mb = (self.n * LSH_BITS / 8 + 4 * self.dim * LSH_BITS) / 1e6

    def knob_values(self, delta: float) -> Sequence[int]:
        return powers_of_two(min(16, self.n), self.n)

    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        _, ids = self.index.search(query[None], int(self.value))
        return self.look_exactly(ids[0], query, delta)


class BinaryScan(Peer):
    """faiss IndexBinaryFlat over 512 hyperplane bits: a Hamming range search, then the exact look."""

    name, package, install, knob = "faiss binary flat", "faiss", "faiss-cpu", "bits"

    def build(self, vectors: np.ndarray) -> None:
        faiss = faiss_on_one_thread()
        self._planes = np.random.default_rng(SEED).standard_normal((self.dim, LSH_BITS), dtype=np.float32)
        self.index = faiss.IndexBinaryFlat(LSH_BITS)
        for start in range(0, self.n, 8192):
            self.index.add(self._bits(vectors[start : start + 8192]))
        self.memory_mb = (self.n * LSH_BITS / 8 + self._planes.nbytes) / 1e6

    def _bits(self, vectors: np.ndarray) -> np.ndarray:
        """(m, 64) uint8: 512 sign bits a row."""
        return np.packbits(vectors @ self._planes > 0, axis=1)

    def knob_values(self, delta: float) -> Sequence[int]:
        """Differing bits allowed: what a pair at delta has on average, and up to 4 standard deviations more."""
        chance = min(delta / math.pi, 1.0)
        spread = math.sqrt(LSH_BITS * chance * (1 - chance))
        return sorted({min(LSH_BITS, round(LSH_BITS * chance + step * spread / 2)) for step in range(9)})

    def range_search(self, query: np.ndarray, delta: float) -> np.ndarray:
        _, _, ids = self.index.range_search(self._bits(query[None]), int(self.value) + 1)  # faiss: fewer than
        return self.look_exactly(ids, query, delta)
