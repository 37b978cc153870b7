"""Random projection trees by annoy (Bernhardsson): a query looks into the nearest leaves of all trees at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..core.bounds import check_whole
from ..core.progress import Progress
from .contract import Card
from .proposing import SEED, ProposingIndex, powers_of_two, rows_of
from .registry import register
from .store import VectorStore


@dataclass(frozen=True)
class AnnoyConfig:
    """n_trees: random trees; each sees all vectors."""

    n_trees: int = 50

    def __post_init__(self) -> None:
        check_whole("n_trees", self.n_trees, 1, 1000)


@dataclass(frozen=True)
class AnnoyParams:
    """n_entries: of the trees that a query looks at (search_k). first: neighbours asked for at first."""

    n_entries: int = 5000
    first: int = 64

    def __post_init__(self) -> None:
        check_whole("n_entries", self.n_entries, 1, 2**31 - 1)
        check_whole("first", self.first, 1, 2**31 - 1)


@register
class Annoy(ProposingIndex):
    """The trees keep their own copy of the vectors."""

    name = "annoy"
    Config, Params = AnnoyConfig, AnnoyParams
    card = Card(
        title="annoy",
        what="looks into the nearest leaves of random trees; asked for more neighbours until delta is covered",
        source="Bernhardsson",
        takes=("n",),
        memory="the vectors once more and the trees",
        package="annoy",
        install="annoy",
    )

    def _built(self, store: VectorStore, progress: Progress) -> Any:
        from annoy import AnnoyIndex

        trees = AnnoyIndex(store.dim, "angular")
        trees.set_seed(SEED)
        for first, end in rows_of(store):
            progress(first, len(store), f"index {self.name}")
            for i, vector in enumerate(store.part(first, end), first):
                trees.add_item(i, vector)
        trees.build(self.config.n_trees, n_jobs=1)
        return trees

    def settings(self, delta: float) -> Sequence[AnnoyParams]:
        most = max(1000, self.config.n_trees * len(self.store))
        return [AnnoyParams(n_entries) for n_entries in powers_of_two(500, most)]

    def _most(self, params: AnnoyParams) -> int:
        return params.n_entries

    def _nearest(self, structure: Any, query: np.ndarray, k: int, params: AnnoyParams) -> tuple[np.ndarray, float]:
        ids, chords = structure.get_nns_by_vector(query, k, max(k, params.n_entries), True)
        return np.asarray(ids, np.int64), 1.0 - chords[-1] ** 2 / 2 if ids else -1.0

    def _size(self, structure: Any) -> int:
        return structure.get_n_items()

    def _packed(self, structure: Any) -> np.ndarray:
        with TemporaryDirectory(prefix="annoy-") as folder:
            structure.save(f"{folder}/trees")
            return np.fromfile(f"{folder}/trees", np.uint8)

    def _unpacked(self, data: np.ndarray, store: VectorStore) -> Any:
        from annoy import AnnoyIndex

        trees = AnnoyIndex(store.dim, "angular")
        with TemporaryDirectory(prefix="annoy-") as folder:
            data.tofile(Path(folder) / "trees")
            trees.load(f"{folder}/trees", prefault=True)  # mapped: it stays there when the name goes
        return trees
