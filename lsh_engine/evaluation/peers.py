"""The other libraries by the name the command line knows, and the two k-NN indexes among them."""

from collections.abc import Callable, Sequence

import numpy as np

from ..core.errors import EngineError
from .faiss_peers import BinaryScan, IVFFlat, IVFScalar, SketchScan
from .methods import Method, NaiveMethod
from .peer import NearestPeer, powers_of_two
from .sources import Dataset

SEED = 1
N_TREES = 50


class Hnswlib(NearestPeer):
    """A navigable graph (Malkov and Yashunin, 2018), M = 16. `ef` is its beam, and bounds how many it can give."""

    name, package, install, knob = "hnswlib", "hnswlib", "hnswlib", "ef"

    def build(self, vectors: np.ndarray) -> None:
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=self.dim)
        self.index.init_index(max_elements=self.n, M=16, ef_construction=200, random_seed=SEED)
        self.index.add_items(vectors, num_threads=1)
        self.index.set_num_threads(1)
        self.memory_mb = (self.index.index_file_size() - vectors.nbytes) / 1e6

    def knob_values(self, delta: float) -> Sequence[int]:
        return powers_of_two(min(16, self.n), min(8192, self.n))

    def nearest(self, query: np.ndarray, k: int) -> tuple[np.ndarray, float]:
        self.index.set_ef(int(self.value))
        ids, distances = self.index.knn_query(query, k)  # distance: 1 - cosine
        return ids[0].astype(np.int64), 1.0 - float(distances[0, -1])


class Annoy(NearestPeer):
    """50 random projection trees (Bernhardsson). `search_k`: entries of the trees it looks at, a row once a tree."""

    name, package, install, knob = "annoy", "annoy", "annoy", "search_k"

    def build(self, vectors: np.ndarray) -> None:
        from annoy import AnnoyIndex

        self.index = AnnoyIndex(self.dim, "angular")
        self.index.set_seed(SEED)
        for i, vector in enumerate(vectors):
            self.index.add_item(i, vector)
        self.index.build(N_TREES, n_jobs=1)

    def knob_values(self, delta: float) -> Sequence[int]:
        return powers_of_two(500, max(1000, N_TREES * self.n))

    def nearest(self, query: np.ndarray, k: int) -> tuple[np.ndarray, float]:
        ids, distances = self.index.get_nns_by_vector(query, k, int(self.value), True)
        cosine = 1.0 - distances[-1] ** 2 / 2 if ids else -1.0  # distance: the chord
        return np.asarray(ids, np.int64), cosine


PEERS: dict[str, tuple[type[Method], ...]] = {
    "faiss": (IVFFlat, IVFScalar, SketchScan, BinaryScan),
    "hnswlib": (Hnswlib,),
    "annoy": (Annoy,),
    "naive": (NaiveMethod,),
}


def check_peers(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise EngineError(f"peers must be some of {', '.join(PEERS)}, got {unknown[0]!r:.40}")


def missing_peers(names: Sequence[str]) -> dict[str, str]:
    """Name -> how to install it, for those asked for that are not there."""
    absent = [name for name in names if not getattr(PEERS[name][0], "installed", lambda: True)()]
    return {name: f"pip install {PEERS[name][0].install}" for name in absent}


def build_peers(names: Sequence[str], dataset: Dataset, progress: Callable[[int, int, str], None]) -> list[Method]:
    """Those of the named peers that are installed, each built over the vectors of `dataset`."""
    absent = missing_peers(names)
    makers = [maker for name in names if name not in absent for maker in PEERS[name]]
    built = []
    for maker in makers:
        progress(len(built), len(makers), f"build {maker.name}")
        built.append(maker(dataset.vectors))
        built[-1].removed = dataset.removed
    return built
