"""Where the vectors of a benchmark come from: made up, a file of vectors, or a database."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..collection.collection import Collection
from ..core.angles import angles_from_cosines
from ..core.bounds import check_whole
from ..core.errors import EngineError
from ..index import HyperplaneLSH
from ..index.lsh.config import LSHConfig
from .synthetic import KINDS, synthetic
from .vector_file import hold_out, read_vectors

SEED = 20
N_TUNING = 50  # queries that parameters of other libraries are chosen with
NEAR_COUNTS = (20, 100)  # a file tells no delta: take those that give a typical query so many hits


@dataclass(frozen=True)
class Dataset:
    """vectors: (n, d) read-only; queries: (m, d) to measure with; tuning: (t, d) to choose parameters with.

    All float32 of unit length. index: one over `vectors`, where there is one already; else `config` makes it.
    removed: ids that the index holds no more, int64: rows that are no part of any answer.
    """

    description: str
    vectors: np.ndarray
    queries: np.ndarray
    tuning: np.ndarray
    index: HyperplaneLSH | None = None
    config: LSHConfig | None = None
    removed: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self):
        self.vectors.flags.writeable = False  # an index keeps read-only vectors as they are, without a copy

    def __len__(self) -> int:
        return len(self.vectors) - len(self.removed)

    def facts(self, deltas: tuple[float, ...]) -> dict:
        """What was searched, fit for JSON."""
        return {
            "description": self.description,
            "n_vectors": len(self),
            "dim": self.vectors.shape[1],
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

    def __init__(self, kind: str, n: int, dim: int, n_queries: int):
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
        n_tuning = min(N_TUNING, max(1, room // 3))
        n_queries = min(self.n_queries, room - n_tuning)
        vectors, queries = synthetic(self.kind, n, self.dim, n_queries + n_tuning, SEED)
        text = f"{self.name}, made up, {self.kind.n_planted} planted neighbours a query"
        return Dataset(text, vectors, queries[:n_queries], queries[n_queries:])


class FileSource(Source):
    """A .npy file; some of its rows are taken out to ask for."""

    def __init__(self, path: Path, n_queries: int):
        vectors, scaled = read_vectors(path)
        quarter = len(vectors) // 4
        n_queries, n_tuning = min(n_queries, quarter), min(N_TUNING, quarter)
        vectors, held = hold_out(vectors, n_queries + n_tuning, SEED)
        text = f"{path.name}, rows held out as queries" + (", scaled to unit length" if scaled else "")
        self._all = Dataset(text, vectors, held[:n_queries], held[n_queries:])
        self.n = len(vectors)
        self.deltas = usual_deltas(vectors, self._all.tuning)

    def dataset(self, n: int) -> Dataset:
        return part_of(self._all, n)


class DatabaseSource(Source):
    """A database and its own index; its own vectors are the queries."""

    def __init__(self, path: Path, n_queries: int):
        database = Collection(path)
        index = database.lsh
        vectors, ids = vectors_of(index), live_ids(index)
        removed = np.setdiff1d(np.arange(len(vectors)), ids)
        ids = np.random.default_rng(SEED).permutation(ids)
        n_queries = min(n_queries, max(1, len(ids) // 2))
        measured, tuning = ids[:n_queries], ids[n_queries : n_queries + N_TUNING]
        text = f"{path.name}, its own vectors as queries"
        self._all = Dataset(text, vectors, vectors[measured], vectors[tuning], index, index.config, removed)
        self.n = len(index)
        self.deltas = tuple(sorted(database.presets.values()))

    def dataset(self, n: int) -> Dataset:
        return part_of(self._all, n)


def part_of(dataset: Dataset, n: int) -> Dataset:
    """n random vectors of it, in their order, and the same queries."""
    if n >= len(dataset):
        return dataset
    live = np.setdiff1d(np.arange(len(dataset.vectors)), dataset.removed)
    ids = np.sort(np.random.default_rng(SEED).choice(live, n, replace=False))
    return Dataset(dataset.description, dataset.vectors[ids], dataset.queries, dataset.tuning, config=dataset.config)


def usual_deltas(vectors: np.ndarray, queries: np.ndarray) -> tuple[float, ...]:
    """Radians within which a typical query has NEAR_COUNTS vectors, rounded to 0.05."""
    deltas = set()
    for count in NEAR_COUNTS:
        nth = [np.partition(vectors @ query, -min(count, len(vectors)))[-min(count, len(vectors))] for query in queries]
        deltas.add(max(0.05, round(float(angles_from_cosines(np.median(nth))) / 0.05) * 0.05))
    return tuple(sorted(round(delta, 2) for delta in deltas))


def vectors_of(index: HyperplaneLSH) -> np.ndarray:
    """All rows of an index, (n, d) float32, as stored: copied only where they lie in several blocks or in float16."""
    blocks = index.store.blocks
    if not blocks:
        raise EngineError("the index is empty: add vectors first")
    joined = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return joined.astype(np.float32, copy=False)


def live_ids(index: HyperplaneLSH) -> np.ndarray:
    """Ids that were not removed, ascending: those an exact search of the whole sphere finds."""
    return index.store.live


def sample_queries(index: HyperplaneLSH, n_queries: int, seed: int = 0) -> np.ndarray:
    """Some of the index's own vectors, (n, d) float32: what a database is asked is like what it holds."""
    check_whole("number of queries", n_queries, 1, 100_000)
    random = np.random.default_rng(seed)
    ids = np.sort(random.choice(live_ids(index), min(n_queries, len(index)), replace=False))
    return index.store.take(ids)
