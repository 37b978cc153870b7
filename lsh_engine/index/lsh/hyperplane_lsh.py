"""Random-hyperplane LSH (source A; Charikar, 2002) that serves every delta without a rebuild.

Sign bits in two forms: sorted tables, whose buckets of any key length are probed in the order of their promise, and
packed sketches for Hamming scans. `planner` picks the way; sketches settle most candidates, and every one that is left
is measured exactly, so an answer is always a subset of the exhaustive one. plan="tables" is source A as written: k bits
AND, L tables OR, re-rank.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import pi
from time import perf_counter
from typing import Any

import numpy as np

from ...core.bounds import check_whole
from ...core.progress import Progress
from ..checks import check_query, check_shape, frozen
from ..contract import Card, Index
from ..exhaustive import ExhaustiveIndex
from ..hits import Hits
from ..registry import register
from ..store import VectorStore
from .answering import answer
from .config import PLANS, STORAGES, LSHConfig, LSHParams
from .plan import Plan
from .snapshot import LSHSnapshot, brought_up_to_date, opened

AUTO = PLANS[0]
TARGETS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.999)  # recall targets that a harness tries


@register
class HyperplaneLSH(Index):
    """The index of source A with a planner."""

    name = "lsh"
    card = Card(
        title="Hyperplane LSH",
        what="random hyperplanes: probed buckets, tables or sketches, whichever is cheapest at this delta",
        source="source A; Charikar, 2002",
        memory="4 L + 200 bytes a vector",
    )
    Config = LSHConfig
    Params = LSHParams
    saved_as = "hyperplane index"

    @property
    def stored_as(self) -> str:
        return self.config.storage

    @property
    def centred(self) -> bool:
        """Whether hashing looks from the mean of the collection."""
        return len(self) > 0 and self.snapshot().projection.centre.square > 0

    @property
    def pair_histogram(self) -> np.ndarray:
        """Counts of the angles of random pairs of stored vectors, over 256 equal steps from 0 to pi: int64."""
        self._dim_of_full()
        return self.snapshot().histograms[0]

    def settings(self, delta: float) -> Sequence[LSHParams]:
        return [LSHParams("auto", target) for target in TARGETS]

    # ---- asking

    def plan(self, delta: float, plan: str = "auto", recall_target: float | None = None, n_queries: int = 1) -> Plan:
        """The strategy that a range search with these arguments takes, with its predictions for a typical query."""
        self._dim_of_full()
        recall = self.config.recall_target if recall_target is None else recall_target
        return self.snapshot().planner.plan(plan, delta, recall, n_queries)

    def law(self, delta: float, params: LSHParams | None = None, n_queries: int = 1) -> Plan:
        params = params or LSHParams()
        return self.plan(delta, params.plan, params.recall_target, n_queries)

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

    def range_search(
        self,
        query: np.ndarray,
        delta: float,
        params: Any = None,
        *,
        plan: str = AUTO,
        recall_target: float | None = None,
        **named: Any,
    ) -> Hits:
        """As in the contract, but checks arguments where they are first used: with cold caches that saves a tenth."""
        if params is not None or named:
            given = {} if plan is AUTO and recall_target is None else {"plan": plan, "recall_target": recall_target}
            params = self.params_of(params, named | given)
            plan, recall_target = params.plan, params.recall_target
        query = check_shape(query, self._dim_of_full())
        return self._answers(self.snapshot(), [query], delta, plan, recall_target)[0]

    def _range_search(self, snapshot: LSHSnapshot, queries: np.ndarray, delta: float, params: LSHParams) -> list[Hits]:
        return self._answers(snapshot, list(frozen(queries)), delta, params.plan, params.recall_target)

    def _answers(
        self, snapshot: LSHSnapshot, queries: list[np.ndarray], delta: float, plan: str, recall: float | None
    ) -> list[Hits]:
        """One answer for each of the queries, at least one, (d,) float32 and frozen."""
        started = perf_counter()
        recall = self.config.recall_target if recall is None else recall
        chosen = snapshot.planner.plan(plan, delta, recall, len(queries))
        planned = (perf_counter() - started) / len(queries)
        if chosen.name == "exhaustive":
            hits = ExhaustiveIndex.build(snapshot.store).range_search_batch(np.array(queries), chosen.delta)
            return [replace(hit, seconds={"plan": planned} | hit.seconds) for hit in hits]
        return [answer(snapshot, query, chosen, planned) for query in queries]

    def candidates(self, query: np.ndarray, k: int) -> np.ndarray:
        """Ids that share their first k bits with `query` in some of source A's tables: (m,) int32, ascending.

        k: 0..n_hyperplanes.
        """
        query = check_query(query, self._dim_of_full())
        check_whole("k", k, 0, self.config.n_hyperplanes)
        snapshot = self.snapshot()
        codes = snapshot.projection.planes.query_codes(query)
        found = [segment.bucketed(codes, k) + np.int32(segment.start) for segment in snapshot.segments]
        ids = np.sort(np.concatenate(found))
        return ids if snapshot.store.gone is None else ids[~snapshot.store.gone[ids]]

    def _search(self, snapshot: LSHSnapshot, query: np.ndarray, n_results: int, params: LSHParams) -> Hits:
        """The nearest: sketches give a radius that holds n vectors, a range search at that radius finds the rest.

        Whatever is nearer than the n-th lies within the radius, so each is found with the recall promised.
        """
        started, store = perf_counter(), snapshot.store
        near = snapshot.nearest(query, max(100, 10 * n_results))
        known, angles = store.within(near, query, pi)
        if len(known) < n_results:  # many of them were removed
            return ExhaustiveIndex.build(store).search(query, n_results)
        radius = float(angles[n_results - 1])
        seconds = {"scan for a radius": perf_counter() - started}
        hits = self._answers(snapshot, [query], radius, params.plan, params.recall_target)[0]
        candidates = np.union1d(hits.ids, known[:n_results]).astype(np.int32)
        ids, angles = store.within(frozen(candidates), query, radius)
        n_candidates = min(store.n_live, hits.n_candidates + len(near))
        seconds |= hits.seconds
        return Hits(ids, angles, True, n_candidates, store.n_live, seconds, hits.details).first(n_results)

    # ---- keeping

    def _make(self, store: VectorStore, former: LSHSnapshot | None, progress: Progress) -> LSHSnapshot:
        return brought_up_to_date(former, store, self.config)

    def _keep(self, snapshot: LSHSnapshot) -> tuple[dict, dict[str, np.ndarray]]:
        return snapshot.meta(), snapshot.arrays()

    def _restore(self, store: VectorStore, meta: dict, arrays: dict[str, np.ndarray]) -> LSHSnapshot:
        return opened(store, self.config, meta, arrays)


def warm_up() -> None:
    """Compile every loop that queries take: some seconds once, later a fraction of a second. Call it in a thread."""
    vectors = np.eye(8, dtype=np.float32)
    for storage in STORAGES:
        index = HyperplaneLSH(LSHConfig(n_tables=2, storage=storage))
        index.add(vectors)
        for plan in PLANS:
            index.range_search(vectors[0], 1.0, plan=plan)
        _ = index.range_search(vectors[0], 1.0, plan="multiprobe").predicted_recall  # compiles what it takes
        index.range_search(vectors[0], 1.57, plan="tables")
        index.search(vectors[0], 1)
        index.candidates(vectors[0], 1)
        index.store.scan(vectors[:2], 1.0)
