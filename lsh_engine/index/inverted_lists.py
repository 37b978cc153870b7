"""Inverted lists by faiss: cells round k-means centres, of which a query visits the nearest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..core.bounds import check_whole
from ..core.progress import Progress
from .contract import Card
from .faiss_structure import FaissIndex, faiss_on_one_thread, visiting
from .proposing import Prepared, powers_of_two
from .registry import register
from .store import VectorStore

CODE_SLACK = 0.005  # cosine that 8 bits a dimension may err, with room to spare
FLOAT_SLACK = 1e-4  # and that float32 may: the store decides
MAX_TRAINING = 64  # vectors a cell that k-means sees: more gain nothing


@dataclass(frozen=True)
class IVFConfig:
    """n_lists: cells; 0 is about the square root of the number of vectors."""

    n_lists: int = 0

    def __post_init__(self) -> None:
        check_whole("n_lists", self.n_lists, 0, 2**20)


@dataclass(frozen=True)
class IVFParams:
    """n_probe: cells visited by a query."""

    n_probe: int = 16

    def __post_init__(self) -> None:
        check_whole("n_probe", self.n_probe, 1, 2**20)


class InvertedLists(FaissIndex):
    """Both kinds of lists; `slack` is what their codes may err in a cosine."""

    Config, Params = IVFConfig, IVFParams
    slack = FLOAT_SLACK

    def _lists(self, faiss: ModuleType, coarse: Any, dim: int, n_lists: int) -> Any:
        raise NotImplementedError

    def _empty(self, faiss: ModuleType, store: VectorStore, progress: Progress) -> Any:
        progress(0, 1, "k-means")
        n_lists = min(self.config.n_lists or max(4, 2 ** round(math.log2(math.sqrt(len(store))))), len(store))
        coarse = faiss.IndexFlatIP(store.dim)
        lists = self._lists(faiss, coarse, store.dim, n_lists)
        coarse.this.disown()  # the lists own it from now on
        lists.own_fields = True
        lists.cp.min_points_per_centroid = 1  # no warning on stdout about small sets
        lists.train(store.take(np.arange(0, len(store), max(1, len(store) // (MAX_TRAINING * n_lists)))))
        return lists

    def settings(self, delta: float) -> Sequence[IVFParams]:
        n_lists = self.snapshot().structure.nlist
        return [IVFParams(n_probe) for n_probe in powers_of_two(1, n_lists)]

    def _propose(self, snapshot: Prepared, query: np.ndarray, delta: float, params: IVFParams) -> np.ndarray:
        faiss_on_one_thread()
        floor = math.cos(delta) - self.slack
        return snapshot.structure.range_search(query[None], floor, params=visiting(params.n_probe))[2]

    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: IVFParams) -> tuple[np.ndarray, float]:
        faiss_on_one_thread()
        return self._search_faiss(structure, query, k, visiting(params.n_probe))


@register
class IVFFlat(InvertedLists):
    """The cells keep the vectors themselves."""

    name = "ivf_flat"
    card = Card(
        title="faiss IVF,Flat",
        what="visits the nearest cells round k-means centres and compares the vectors in them",
        source="Sivic and Zisserman, 2003; faiss IndexIVFFlat",
        memory="the vectors once more",
        package="faiss",
        install="faiss-cpu",
    )

    def _lists(self, faiss: ModuleType, coarse: Any, dim: int, n_lists: int) -> Any:
        return faiss.IndexIVFFlat(coarse, dim, n_lists, faiss.METRIC_INNER_PRODUCT)


@register
class IVFScalar(InvertedLists):
    """The cells keep 8 bits a dimension; rows that these put near delta are measured exactly."""

    name = "ivf_sq8"
    slack = CODE_SLACK
    card = Card(
        title="faiss IVF,SQ8",
        what="visits the nearest cells round k-means centres and compares codes of 8 bits a dimension",
        source="Sivic and Zisserman, 2003; faiss IndexIVFScalarQuantizer",
        memory="a byte a dimension and vector",
        package="faiss",
        install="faiss-cpu",
    )

    def _lists(self, faiss: ModuleType, coarse: Any, dim: int, n_lists: int) -> Any:
        bits = faiss.ScalarQuantizer.QT_8bit
        return faiss.IndexIVFScalarQuantizer(coarse, dim, n_lists, bits, faiss.METRIC_INNER_PRODUCT)
