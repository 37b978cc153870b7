"""A navigable graph by hnswlib, the library of its inventors (Malkov and Yashunin, 2018)."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..core.progress import Progress
from .contract import Card
from .hnsw import Graph, GraphParams
from .proposing import SEED, rows_of
from .registry import register
from .store import VectorStore

ONE_BEAM = threading.Lock()


@register
class Hnswlib(Graph):
    """The graph keeps its own copy of the vectors."""

    name = "hnswlib"
    card = Card(
        title="hnswlib",
        what="walks a graph of neighbours; asked for more of them until delta is covered",
        source="Malkov and Yashunin, 2018",
        takes=("n",),
        memory="the vectors once more and 8 M bytes a vector",
        package="hnswlib",
        install="hnswlib",
    )

    def _built(self, store: VectorStore, progress: Progress) -> Any:
        import hnswlib

        graph = hnswlib.Index(space="ip", dim=store.dim)
        graph.init_index(len(store), M=self.config.n_links, ef_construction=self.config.build_beam, random_seed=SEED)
        for first, end in rows_of(store):
            progress(first, len(store), f"index {self.name}")
            graph.add_items(store.part(first, end), np.arange(first, end), num_threads=1)
        return graph

    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: GraphParams) -> tuple[np.ndarray, float]:
        with ONE_BEAM:  # the beam is a setting of the whole graph
            structure.set_ef(max(k, params.beam))
            while k:
                try:
                    ids, distances = structure.knn_query(query, k, num_threads=1)  # 1 - cosine
                    return ids[0].astype(np.int64), 1.0 - float(distances[0, -1])
                except RuntimeError:  # fewer than k can be reached by its edges
                    k //= 2
        return np.empty(0, np.int64), -1.0

    def _size(self, structure: Any) -> int:
        return structure.element_count

    def _packed(self, structure: Any) -> np.ndarray:
        with TemporaryDirectory(prefix="hnswlib-") as folder:
            structure.save_index(f"{folder}/graph")
            return np.fromfile(f"{folder}/graph", np.uint8)

    def _unpacked(self, data: np.ndarray, store: VectorStore) -> Any:
        import hnswlib

        graph = hnswlib.Index(space="ip", dim=store.dim)
        with TemporaryDirectory(prefix="hnswlib-") as folder:
            data.tofile(Path(folder) / "graph")
            graph.load_index(f"{folder}/graph", max_elements=len(store))
        return graph
