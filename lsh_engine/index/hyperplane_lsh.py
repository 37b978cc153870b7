"""Random-hyperplane LSH (source A; Charikar, 2002) that serves every delta without a rebuild.

One set of sign bits, two ways to look at it: sorted tables for keys of any length up to 32 bits, and a packed
sketch for Hamming scans. `planner` picks the way; every candidate is then measured exactly, so an answer is
always a subset of the exhaustive one. plan="tables" is source A as written: k bits AND, L tables OR, re-rank.
"""

import math
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from ..config import LSHConfig, check_between, check_delta, check_whole
from ..errors import DatabaseError, EngineError
from ..planner import ANGLE_BINS, Collection, Plan, make_plan
from . import files
from .base import Hits, VectorIndex, angles_from_cosines, check_vectors
from .exhaustive import ExhaustiveIndex
from .hashing import CODE_BITS, Hyperplanes
from .rows import Rows, frozen
from .sketch import N_CHUNKS, SKETCH_CODES, keep_close, nearest_rows, pack_sketch, query_sketch, scan
from .tables import lookup, merge_tables

SAMPLED_ROWS = 724  # rows whose pairs make the histogram: 261,726 angles
KIND = "hyperplane index"


@dataclass(frozen=True)
class Sealed:
    """What queries read: immutable, so that threads share it without locks.

    tables: (L, n) uint64. sketch: (4, n, 4) uint64. histogram: (256,) int64 counts of angles of random pairs.
    """

    rows: Rows
    tables: np.ndarray
    sketch: np.ndarray
    histogram: np.ndarray
    collection: Collection


class HyperplaneLSH(VectorIndex):
    """The index of source A with a planner. `exhaustive` is its peer over the same vectors."""

    def __init__(self, config: LSHConfig | None = None):
        self.config = config or LSHConfig()
        if not isinstance(self.config, LSHConfig):
            raise EngineError(f"expected an LSHConfig, got {type(config).__name__}")
        self.exhaustive = ExhaustiveIndex()
        self._planes: Hyperplanes | None = None
        self._pending: list[np.ndarray] = []  # codes of rows added since the last seal
        self._sealed: Sealed | None = None
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.exhaustive)

    @property
    def dim(self) -> int | None:
        return self.exhaustive.dim

    # ---- adding

    def add(self, vectors: np.ndarray) -> None:
        with self._lock:
            vectors = check_vectors(vectors, self.dim)
            if not len(vectors):
                return
            codes = self._planes_for(vectors.shape[1]).codes(vectors)
            self.exhaustive.append_checked(vectors)
            self._pending.append(codes)

    def seal(self) -> Sealed:
        """Sort what was added into the tables. Queries do it themselves; call it to choose the moment."""
        sealed = self._sealed
        if sealed is not None and not self._pending:
            return sealed
        with self._lock:
            if self._pending or self._sealed is None:
                self._sealed = self._merged()
                self._pending = []
            return self._sealed

    def _merged(self) -> Sealed:
        n_tables = self.config.n_tables
        codes = np.concatenate(self._pending) if self._pending else np.empty((0, self._n_codes), np.uint32)
        old = self._sealed
        tables = merge_tables(old.tables if old else np.empty((n_tables, 0), np.uint64), codes)
        fresh = pack_sketch(codes)
        sketch = frozen(np.concatenate([old.sketch, fresh], axis=1)) if old else fresh
        rows = self.exhaustive.rows
        return self._sealed_over(rows, tables, sketch, angle_histogram(rows, self.config.seed))

    def _sealed_over(self, rows: Rows, tables: np.ndarray, sketch: np.ndarray, histogram: np.ndarray) -> Sealed:
        counts = tuple(int(count) for count in histogram)
        config = self.config
        collection = Collection(len(rows), rows.dim or 0, config.n_hyperplanes, config.n_tables, counts)
        return Sealed(rows, tables, sketch, histogram, collection)

    @property
    def _n_codes(self) -> int:
        return max(self.config.n_tables, SKETCH_CODES)

    def _planes_for(self, dim: int) -> Hyperplanes:
        if self._planes is None:
            self._planes = Hyperplanes(dim, self._n_codes, self.config.seed)
        return self._planes

    # ---- asking

    def plan(self, delta: float, plan: str = "auto", recall_target: float | None = None, n_queries: int = 1) -> Plan:
        """The strategy that a range search with these arguments takes, with its predictions."""
        self._dim_of_full()
        recall = self.config.recall_target if recall_target is None else recall_target
        check_between("recall target", recall, 0.5, 0.9999)
        return make_plan(self.seal().collection, plan, check_delta(delta), float(recall), n_queries)

    def found_probability(
        self,
        angles: np.ndarray,
        delta: float,
        plan: str = "auto",
        recall_target: float | None = None,
        n_queries: int = 1,
    ) -> np.ndarray:
        """Chance that such a search finds a vector at each of `angles` (radians): float64, same shape."""
        return self.plan(delta, plan, recall_target, n_queries).found_probability(angles)

    def range_search_batch(
        self, queries: np.ndarray, delta: float, plan: str = "auto", recall_target: float | None = None
    ) -> list[Hits]:
        queries, delta = self._check_range(queries, delta, plan)
        sealed = self.seal()  # outside the clock: it is work of adding
        started = perf_counter()
        chosen = self.plan(delta, plan, recall_target, max(1, len(queries)))
        planned = (perf_counter() - started) / max(1, len(queries))
        if chosen.name == "exhaustive":
            hits = self.exhaustive.range_search_batch(queries, delta)
            return [replace(hit, seconds={"plan": planned} | hit.seconds) for hit in hits]
        return [self._answer(sealed, query, delta, chosen, planned) for query in queries]

    def _answer(self, sealed: Sealed, query: np.ndarray, delta: float, plan: Plan, planned: float) -> Hits:
        clock = [perf_counter()]
        codes = self._planes.query_codes(query, self._codes_needed(plan))
        clock.append(perf_counter())
        candidates = find_candidates(sealed, codes, plan)
        clock.append(perf_counter())
        ids, angles = sealed.rows.within(candidates, query, delta)
        clock.append(perf_counter())
        stages = ("hash", "scan" if plan.k is None else "lookup", "rerank")
        seconds = {"plan": planned} | dict(zip(stages, np.diff(clock).tolist(), strict=True))
        n = len(sealed.rows)
        return Hits(ids, angles, len(candidates), n, str(plan), plan.recall_of(angles), seconds, plan)

    @staticmethod
    def _codes_needed(plan: Plan) -> int:
        return max(plan.n_tables or 0, (plan.bits or 0) // 32)

    def candidates(self, query: np.ndarray, k: int) -> np.ndarray:
        """Ids that share their first k bits (0..32) with `query` in some table: (m,) int32, ascending."""
        query, _ = self._check_search(query, 1)
        check_whole("k", k, 0, CODE_BITS)
        return lookup(self.seal().tables, self._planes.query_codes(query, self.config.n_tables), k)

    def search(self, query: np.ndarray, n_results: int = 10) -> Hits:
        """The n nearest: sketches give a radius that holds n vectors, a range search at that radius the rest.

        Whatever is nearer than the n-th lies within the radius, so each is found with the recall promised.
        """
        query, n_results = self._check_search(query, n_results)
        started = perf_counter()
        sealed = self.seal()
        codes = self._planes.query_codes(query, SKETCH_CODES)
        near = nearest_rows(sealed.sketch, query_sketch(codes, 256), min(len(sealed.rows), max(100, 10 * n_results)))
        known, angles = sealed.rows.within(near, query, math.pi)
        radius = float(angles[n_results - 1])
        seconds = {"scan for a radius": perf_counter() - started}
        hits = self.range_search(query, radius)
        candidates = np.union1d(hits.ids, known[:n_results]).astype(np.int32)
        ids, angles = sealed.rows.within(candidates, query, radius)
        hits = replace(hits, ids=ids, angles=angles, seconds=seconds | hits.seconds)
        return replace(hits, n_candidates=min(len(self), hits.n_candidates + len(near))).first(n_results)

    # ---- keeping

    def meta(self) -> dict:
        """What `from_arrays` needs besides arrays, as JSON. The hyperplanes grow again from the seed."""
        planes = self._planes_for(self._dim_of_full())
        return {
            "n_vectors": len(self),
            "dim": self.dim,
            "config": asdict(self.config),
            "planes": planes.checksum(),
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything but the vectors: "tables", "sketch", "histogram"."""
        self._dim_of_full()
        sealed = self.seal()
        return {"tables": sealed.tables, "sketch": sealed.sketch, "histogram": sealed.histogram}

    @classmethod
    def from_arrays(cls, meta: dict, arrays: dict[str, np.ndarray], vectors) -> "HyperplaneLSH":
        """An index over `vectors`, one (n, d) float32 array or several; nothing is copied."""
        try:
            index = cls(LSHConfig(**meta["config"]))
            n, dim, checksum = meta["n_vectors"], meta["dim"], meta["planes"]
        except (KeyError, TypeError, EngineError) as error:
            raise DatabaseError("the description of this index is damaged: build it again") from error
        index.exhaustive = ExhaustiveIndex.from_arrays(meta, {}, vectors)
        if index._planes_for(dim).checksum() != checksum:
            raise DatabaseError("this index was hashed with other hyperplanes: build it again with this version")
        tables = files.expect("tables", arrays.get("tables"), (index.config.n_tables, n), np.uint64)
        sketch = files.expect("a sketch", arrays.get("sketch"), (N_CHUNKS, n, 4), np.uint64)
        histogram = files.expect("a histogram", arrays.get("histogram"), (ANGLE_BINS,), np.int64)
        index._sealed = index._sealed_over(index.exhaustive.rows, frozen(tables), frozen(sketch), frozen(histogram))
        return index

    def save(self, path: str | Path) -> None:
        """Write the index with its vectors as a directory."""
        files.save(path, KIND, self.meta(), self.arrays(), self.exhaustive.rows)

    @classmethod
    def load(cls, path: str | Path) -> "HyperplaneLSH":
        """Open a saved index, memory-mapped."""
        return cls.from_arrays(*files.load(path, KIND))


def find_candidates(sealed: Sealed, codes: np.ndarray, plan: Plan) -> np.ndarray:
    """Rows that pass every stage of `plan`: (m,) int32, ascending. codes: of the query."""
    if plan.k is None:
        coarse = plan.threshold if plan.coarse is None else plan.coarse
        return scan(sealed.sketch, query_sketch(codes, plan.bits), coarse, plan.threshold)
    rows = lookup(sealed.tables, codes, plan.k)
    if plan.threshold is None:
        return rows
    return keep_close(sealed.sketch, query_sketch(codes, plan.bits), plan.threshold, rows)


def angle_histogram(rows: Rows, seed: int) -> np.ndarray:
    """Counts of the angles of random pairs over 0..pi, (256,) int64: the same for the same rows and seed."""
    random = np.random.default_rng(seed)
    ids = np.sort(random.choice(len(rows), min(len(rows), SAMPLED_ROWS), replace=False))
    sample = rows.take(ids)
    pairs = np.triu_indices(len(sample), 1)
    angles = angles_from_cosines((sample @ sample.T)[pairs])
    return frozen(np.histogram(angles, ANGLE_BINS, (0.0, math.pi))[0].astype(np.int64))
