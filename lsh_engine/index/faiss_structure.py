"""What the kinds by faiss (Douze et al., 2024) share: one thread, growing by a copy, and bytes to keep."""

import threading
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from ..core.progress import Progress, silent
from .proposing import ProposingIndex, rows_of
from .store import VectorStore

LIMITED = threading.local()


def faiss_on_one_thread() -> ModuleType:
    """faiss, imported late; its threads are limited in every thread that calls, once."""
    if not hasattr(LIMITED, "faiss"):
        import faiss

        faiss.omp_set_num_threads(1)
        LIMITED.faiss = faiss
    return LIMITED.faiss


@lru_cache
def visiting(n_probe: int) -> Any:
    """Parameters of a search in so many inverted lists; they are only read, so that threads share them."""
    return faiss_on_one_thread().SearchParametersIVF(nprobe=n_probe)


@lru_cache
def walking(beam: int) -> Any:
    """Parameters of a walk along a graph with such a beam."""
    return faiss_on_one_thread().SearchParametersHNSW(efSearch=beam)


class FaissIndex(ProposingIndex):
    """A kind whose structure is an index of faiss over float vectors."""

    def _empty(self, faiss: ModuleType, store: VectorStore, progress: Progress) -> Any:
        """The index of faiss, trained where it has to be, without any row."""
        raise NotImplementedError

    def _built(self, store: VectorStore, progress: Progress) -> Any:
        return self._filled(self._empty(faiss_on_one_thread(), store, progress), store, 0, progress)

    def _filled(self, structure: Any, store: VectorStore, start: int, progress: Progress) -> Any:
        for first, end in rows_of(store, start):
            progress(first, len(store), f"index {self.name}")
            structure.add(self._rows(store, first, end))
        return structure

    def _rows(self, store: VectorStore, first: int, end: int) -> np.ndarray:
        return store.part(first, end)

    def _grown(self, structure: Any, store: VectorStore, start: int) -> Any:
        return self._filled(faiss_on_one_thread().clone_index(structure), store, start, silent)

    def _size(self, structure: Any) -> int:
        return structure.ntotal

    def _packed(self, structure: Any) -> np.ndarray:
        return faiss_on_one_thread().serialize_index(structure)

    def _unpacked(self, data: np.ndarray, store: VectorStore) -> Any:
        return faiss_on_one_thread().deserialize_index(np.ascontiguousarray(data))

    def _search_faiss(
        self, structure: Any, query: np.ndarray, k: int, parameters: Any = None
    ) -> tuple[np.ndarray, float]:
        found, ids = structure.search(query[None], k, params=parameters)
        return ids[0], float(found[0, -1])
