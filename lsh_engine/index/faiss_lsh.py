"""Sign bits after a random rotation by faiss (IndexLSH): the rows with the fewest differing bits are measured.

Its own range search is no help: it compares the query's floats with the bits (faiss 1.15).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..core.bounds import check_whole
from ..core.progress import Progress
from .contract import Card
from .faiss_structure import FaissIndex, faiss_on_one_thread
from .proposing import Prepared, powers_of_two
from .registry import register
from .store import VectorStore


@dataclass(frozen=True)
class FaissLSHConfig:
    """n_bits: sign bits a vector."""

    n_bits: int = 512

    def __post_init__(self) -> None:
        check_whole("n_bits", self.n_bits, 8, 4096)


@dataclass(frozen=True)
class FaissLSHParams:
    """k: rows measured exactly, those with the fewest differing bits."""

    k: int = 1024

    def __post_init__(self) -> None:
        check_whole("k", self.k, 1, 2**31 - 1)


@register
class FaissLSH(FaissIndex):
    """A scan over sketches that gives the k nearest of them."""

    name = "faiss_lsh"
    Config, Params = FaissLSHConfig, FaissLSHParams
    card = Card(
        title="faiss LSH",
        what="compares sign bits with every vector's and measures the k with the fewest differing bits",
        source="Charikar, 2002; faiss IndexLSH",
        takes=("n",),
        memory="64 bytes a vector",
        package="faiss",
        install="faiss-cpu",
    )

    def _empty(self, faiss: ModuleType, store: VectorStore, progress: Progress) -> Any:
        sketches = faiss.IndexLSH(store.dim, self.config.n_bits, True, False)
        sketches.train(store.part(0, 1))  # there is nothing to learn, but it asks for it
        return sketches

    def settings(self, delta: float) -> Sequence[FaissLSHParams]:
        return [FaissLSHParams(k) for k in powers_of_two(min(16, len(self.store)), len(self.store))]

    def _propose(self, snapshot: Prepared, query: np.ndarray, delta: float, params: FaissLSHParams) -> np.ndarray:
        return self._nearest(snapshot.structure, query, 0, params)[0]

    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: FaissLSHParams) -> tuple[np.ndarray, float]:
        faiss_on_one_thread()
        return self._search_faiss(structure, query, min(structure.ntotal, max(k, params.k)))
