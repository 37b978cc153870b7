"""Where the vectors of a benchmark come from: made up, a file of vectors, or a database."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..collection.collection import Collection
from ..core.angles import angles_from_cosines
from ..core.bounds import check_whole
from ..core.errors import EngineError
from ..index import HyperplaneLSH, VectorStore
from ..index.lsh.config import LSHConfig
from .machine import check_memory
from .synthetic import KINDS, synthetic
from .vector_file import hold_out, read_vectors

SEED = 20
N_TUNING = 50  # queries that parameters of other libraries are chosen with
NEAR_COUNTS = (20, 100)  # a file tells no delta: take those that give a typical query so many hits


@dataclass(frozen=True)
class Dataset:
    """Vectors, queries to measure with, (m, d), and queries to choose parameters with, (t, d): float32, unit length.

    index: one over `store`, where there is one already; else `config` makes it.
    """

    description: str
    store: VectorStore
    queries: np.ndarray
    tuning: np.ndarray
    index: HyperplaneLSH | None = None
    config: LSHConfig | None = None

    def __len__(self) -> int:
        return self.store.n_live

    def facts(self, deltas: Sequence[float]) -> dict:
        """What was searched, fit for JSON."""
        return {
            "description": self.description,
            "n_vectors": len(self),
            "dim": self.store.dim,
            "n_queries": len(self.queries),
            "n_tuning_queries": len(self.tuning),
            "deltas": list(deltas),
        }


class Source(ABC):
    """Gives the whole data, and smaller sets like it. deltas: thresholds (radians) that suit it."""

    deltas: tuple[float, ...]
    n: int

    @abstractmethod
    def dataset(self, n: int) -> Dataset:
        """A set of n vectors, n <= self.n."""


class SyntheticSource(Source):
    """One of KINDS: n vectors of width dim; each query has its own planted neighbours."""

    def __init__(self, kind: str, n: int, dim: int, n_queries: int) -> None:
        if kind not in KINDS:
            raise EngineError(f"kind must be one of {', '.join(KINDS)}, got {kind!r:.40}")
        check_whole("vectors", n, 2, 100_000_000)
        check_whole("dim", dim, 8, 65_536)
        self.name, self.kind, self.n, self.dim, self.n_queries = kind, KINDS[kind], n, dim, n_queries
        self.deltas = self.kind.deltas

    def dataset(self, n: int) -> Dataset:
        room = n // 2 // self.kind.n_planted  # at most half of the vectors are planted
        if room < 2:
            raise EngineError(
                f"{n:,} vectors are too few for {self.kind.n_planted} planted neighbours a query: "
                f"take at least {4 * self.kind.n_planted:,} (with --growth {64 * self.kind.n_planted:,})"
            )
        check_memory(n, self.dim, LSHConfig.n_tables)
        n_tuning = min(N_TUNING, max(1, room // 3))
        n_queries = min(self.n_queries, room - n_tuning)
        vectors, queries = synthetic(self.kind, n, self.dim, n_queries + n_tuning, SEED)
        text = f"{self.name}, made up, {self.kind.n_planted} planted neighbours a query"
        return Dataset(text, VectorStore([vectors]), queries[:n_queries], queries[n_queries:])


class FileSource(Source):
    """A .npy file; some of its rows are taken out to ask for."""

    def __init__(self, path: Path, n_queries: int) -> None:
        vectors, scaled = read_vectors(path)
        quarter = len(vectors) // 4
        n_queries, n_tuning = min(n_queries, quarter), min(N_TUNING, quarter)
        vectors, held = hold_out(vectors, n_queries + n_tuning, SEED)
        text = f"{path.name}, rows held out as queries" + (", scaled to unit length" if scaled else "")
        self._all = Dataset(text, VectorStore([vectors]), held[:n_queries], held[n_queries:])
        self.n = len(vectors)
        self.deltas = usual_deltas(vectors, self._all.tuning)

    def dataset(self, n: int) -> Dataset:
        return part_of(self._all, n)


class DatabaseSource(Source):
    """A database and its own index; its own vectors are the queries."""

    def __init__(self, path: Path, n_queries: int) -> None:
        collection = Collection(path)
        index, store = collection.lsh, collection.store
        if not store.n_live:
            raise EngineError(f"{path.name} holds no vectors: add photos first")
        ids = np.random.default_rng(SEED).permutation(store.live)
        n_queries = min(n_queries, max(1, len(ids) // 2))
        measured, tuning = (store.take(part) for part in (ids[:n_queries], ids[n_queries : n_queries + N_TUNING]))
        text = f"{path.name}, its own vectors as queries"
        self._all = Dataset(text, store, measured, tuning, index, index.config)
        self.n = len(index)
        self.deltas = tuple(sorted(collection.presets.values()))

    def dataset(self, n: int) -> Dataset:
        return part_of(self._all, n)


def part_of(dataset: Dataset, n: int) -> Dataset:
    """n random vectors of it, in their order, and the same queries."""
    if n >= len(dataset):
        return dataset
    ids = np.sort(np.random.default_rng(SEED).choice(dataset.store.live, n, replace=False))
    store = VectorStore([dataset.store.take(ids)])
    return Dataset(dataset.description, store, dataset.queries, dataset.tuning, config=dataset.config)


def usual_deltas(vectors: np.ndarray, queries: np.ndarray) -> tuple[float, ...]:
    """Radians within which a typical query has NEAR_COUNTS vectors, rounded to 0.05."""
    deltas = set()
    for count in NEAR_COUNTS:
        nth = [np.partition(vectors @ query, -min(count, len(vectors)))[-min(count, len(vectors))] for query in queries]
        deltas.add(max(0.05, round(float(angles_from_cosines(np.median(nth))) / 0.05) * 0.05))
    return tuple(sorted(round(delta, 2) for delta in deltas))
