"""A Hamming range search over hyperplane bits by faiss (IndexBinaryFlat): rows with few differing bits are measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from ..core.bounds import check_whole
from ..core.progress import Progress, silent
from .contract import Card
from .faiss_structure import FaissIndex, faiss_on_one_thread
from .proposing import SEED, Prepared
from .registry import register
from .store import VectorStore

N_BITS = 512
ROOM = 2  # standard deviations beyond the mean that a search allows by default


@dataclass(frozen=True)
class BinaryParams:
    """bits: differing bits that a measured vector may have; None is what fits delta."""

    bits: int | None = None

    def __post_init__(self) -> None:
        if self.bits is not None:
            check_whole("bits", self.bits, 0, N_BITS)


@register
class BinaryFlat(FaissIndex):
    """Bits of random hyperplanes; a pair at angle a differs in a / pi of them."""

    name = "binary_flat"
    Params = BinaryParams
    card = Card(
        title="faiss binary flat",
        what="counts differing hyperplane bits to every vector and measures those with few",
        source="Charikar, 2002; faiss IndexBinaryFlat",
        memory="64 bytes a vector",
        package="faiss",
        install="faiss-cpu",
    )

    def _empty(self, faiss: ModuleType, store: VectorStore, progress: Progress) -> Any:
        return faiss.IndexBinaryFlat(N_BITS)

    def _rows(self, store: VectorStore, first: int, end: int) -> np.ndarray:
        return self._bits(store.part(first, end))

    def _bits(self, vectors: np.ndarray) -> np.ndarray:
        """(m, 64) uint8: 512 sign bits a row."""
        return np.packbits(vectors @ hyperplanes(vectors.shape[1]) > 0, axis=1)

    def _grown(self, structure: Any, store: VectorStore, start: int) -> Any:
        return self._filled(faiss_on_one_thread().clone_binary_index(structure), store, start, silent)

    def _packed(self, structure: Any) -> np.ndarray:
        return faiss_on_one_thread().serialize_index_binary(structure)

    def _unpacked(self, data: np.ndarray, store: VectorStore) -> Any:
        return faiss_on_one_thread().deserialize_index_binary(np.ascontiguousarray(data))

    def settings(self, delta: float) -> Sequence[BinaryParams]:
        """What a pair at delta differs in on average, and up to 4 standard deviations more."""
        return [BinaryParams(bits) for bits in sorted({differing_bits(delta, step / 2) for step in range(9)})]

    def _propose(self, snapshot: Prepared, query: np.ndarray, delta: float, params: BinaryParams) -> np.ndarray:
        faiss_on_one_thread()
        bits = differing_bits(delta, ROOM) if params.bits is None else params.bits
        return snapshot.structure.range_search(self._bits(query[None]), bits + 1)[2]  # faiss: fewer than

    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: BinaryParams) -> tuple[np.ndarray, float]:
        faiss_on_one_thread()
        return structure.search(self._bits(query[None]), min(structure.ntotal, max(100, 10 * k)))[1][0], -1.0


def differing_bits(delta: float, deviations: float) -> int:
    """Bits in which a pair at `delta` radians differs: the mean and so many standard deviations more."""
    chance = min(delta / math.pi, 1.0)
    return min(N_BITS, round(N_BITS * chance + deviations * math.sqrt(N_BITS * chance * (1 - chance))))


@lru_cache(maxsize=4)
def hyperplanes(dim: int) -> np.ndarray:
    """(dim, 512) float32, always the same."""
    return np.random.default_rng(SEED).standard_normal((dim, N_BITS), dtype=np.float32)
