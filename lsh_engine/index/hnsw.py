"""A navigable graph by faiss (Malkov and Yashunin, 2018): a query walks along edges towards its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..core.bounds import check_whole
from ..core.progress import Progress
from .contract import Card
from .faiss_structure import FaissIndex, faiss_on_one_thread, walking
from .proposing import ProposingIndex, powers_of_two
from .registry import register
from .store import VectorStore

MOST = 8192  # neighbours that one search can be asked for


@dataclass(frozen=True)
class GraphConfig:
    """n_links: edges of a vector (M). build_beam: candidates held while a vector is linked (efConstruction)."""

    n_links: int = 16
    build_beam: int = 200

    def __post_init__(self) -> None:
        check_whole("n_links", self.n_links, 2, 256)
        check_whole("build_beam", self.build_beam, 8, 4096)


@dataclass(frozen=True)
class GraphParams:
    """beam: candidates held while walking (ef), and the most a search gives. first: neighbours asked for at first."""

    beam: int = 64
    first: int = 64

    def __post_init__(self) -> None:
        check_whole("beam", self.beam, 1, MOST)
        check_whole("first", self.first, 1, MOST)


class Graph(ProposingIndex):
    """What graphs of neighbours have in common, whoever builds them."""

    Config, Params = GraphConfig, GraphParams

    def settings(self, delta: float) -> Sequence[GraphParams]:
        most = min(MOST, len(self.store))
        return [GraphParams(beam) for beam in powers_of_two(min(16, most), most)]

    def _most(self, params: GraphParams) -> int:
        return params.beam


@register
class HNSW(Graph, FaissIndex):
    """The graph keeps its own copy of the vectors."""

    name = "hnsw"
    card = Card(
        title="faiss HNSW",
        what="walks a graph of neighbours; asked for more of them until delta is covered",
        source="Malkov and Yashunin, 2018; faiss IndexHNSWFlat",
        takes=("n",),
        memory="the vectors once more and 8 M bytes a vector",
        package="faiss",
        install="faiss-cpu",
    )

    def _empty(self, faiss: ModuleType, store: VectorStore, progress: Progress) -> Any:
        graph = faiss.IndexHNSWFlat(store.dim, self.config.n_links, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = self.config.build_beam
        return graph

    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: GraphParams) -> tuple[np.ndarray, float]:
        faiss_on_one_thread()
        return self._search_faiss(structure, query, k, walking(max(k, params.beam)))
