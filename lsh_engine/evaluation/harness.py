"""The one harness: kinds of index asked the same queries in turn, timed in pairs, tuned on queries of their own.

Every query goes to every method before the next one, the order of the methods moving on each time, caches flushed
between; what a method answers is judged against the exact answers. Parameters of other libraries are chosen on the
tuning queries alone, from the cheapest of `index.settings(delta)`.
"""

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from ..core.bounds import check_delta
from ..core.errors import EngineError
from ..core.progress import Progress, silent
from ..index import ExhaustiveIndex, Hits, HyperplaneLSH, Index, VectorStore, kinds
from ..index.lsh.config import LSHConfig, LSHParams
from .machine import CacheFlush, one_thread
from .rows import BenchmarkRow, Timed, row_of
from .sources import Dataset
from .truth import ExactAnswers, recall

BATCH = 64
REPEATS = 3  # of what is measured once a method: the median counts
RECALL_TARGET = 0.97  # in the ball: what LSH's planner aims at and what others are tuned to
GROUPS = {"faiss": ("ivf_flat", "ivf_sq8", "faiss_lsh", "binary_flat")}  # names for several kinds


@dataclass
class Method:
    """An index as it is asked. tuned: whether `tune` chooses its parameters. once: figures measured once a method."""

    name: str
    index: Index
    params: Any = None
    tuned: bool = False
    note: str = ""
    once: dict[str, Any] = field(default_factory=dict)

    def ask(self, query: np.ndarray, delta: float) -> Hits:
        """All within `delta` (radians) of `query`: this call is what the clock sees."""
        return self.index.range_search(query, delta, self.params)

    def tune(self, tuning: ExactAnswers | None, delta: float) -> None:
        """The cheapest settings that keep RECALL_TARGET on the tuning queries; without any, the best, and `note`."""
        within = [tuning.within(i, delta) for i in range(len(tuning))] if tuning else []
        most = max(map(len, within), default=0)
        best, reached = None, -1.0
        for params in self.index.settings(delta):
            if most and hasattr(params, "first"):  # asking for more repeats the work: begin with what others needed
                params = replace(params, first=most + 1)
            self.params = params
            if not tuning or not most:
                best = params  # nothing to tune on: the dearest, which is the last
                continue
            found = recall([self.ask(query, delta).ids for query in tuning.queries], within) or 0.0
            if found > reached:
                best, reached = params, found
            if reached >= RECALL_TARGET:
                break
        self.params, self.note = best, ""
        if reached < RECALL_TARGET:
            self.note = f", tuning {'had nothing to find' if reached < 0 else f'reached only {reached:.3f}'}"


def peer_names() -> list[str]:
    """What can be measured beside LSH: kinds by name, and groups of them."""
    return [*GROUPS, *(name for name in kinds() if name not in ("exhaustive", "lsh"))]


def peers_named(names: Sequence[str]) -> list[str]:
    """The kinds that these names stand for, each once. Raises EngineError for others."""
    known = peer_names()
    for unknown in (name for name in names if name not in known):
        raise EngineError(f"peers must be some of {', '.join(known)}, got {unknown!r:.40}")
    return list(dict.fromkeys(kind for name in names for kind in GROUPS.get(name, (name,))))


def missing_peers(names: Sequence[str]) -> dict[str, str]:
    """Kind -> how to install it, for those asked for whose package is not there."""
    cards = {name: kinds()[name].card for name in peers_named(names)}
    return {name: f"pip install {card.install}" for name, card in cards.items() if not card.installed}


def measure(
    dataset: Dataset,
    deltas: Sequence[float],
    plans: Sequence[str] = ("auto",),
    peers: Sequence[str] = (),
    *,
    warm: bool = False,
    extras: bool = True,
    progress: Progress = silent,
) -> list[BenchmarkRow]:
    """A row for each delta (radians) and method: exhaustive, LSH with each plan, the peers that are installed.

    extras: measure batches and opening, too. Raises EngineError for an answer that cannot be true.
    """
    deltas = [check_delta(delta) for delta in deltas]
    if not len(dataset.queries) or not deltas:
        raise EngineError("a benchmark needs at least one query and one delta")
    with one_thread():
        methods = make_methods(dataset, plans, peers, extras, progress)
        store = methods[1].index.store  # LSH may keep float16: what it holds is what all are measured with
        progress(0, 1, "exact answers")
        truth = ExactAnswers(store, dataset.queries, max(deltas))
        needed = len(dataset.tuning) and any(method.tuned for method in methods)
        tuning = ExactAnswers(store, dataset.tuning, max(deltas)) if needed else None
        flush, rows = CacheFlush(warm), []
        for delta in deltas:
            for i, method in enumerate(methods):
                progress(i, len(methods), f"tune at {delta:g} rad")
                if method.tuned:
                    method.tune(tuning, delta)
            timed = ask_in_turn(methods, truth, delta, flush, progress)
            for method, own in zip(methods, timed, strict=True):
                batch_ms = time_batch(method, truth.queries, delta) if extras and not method.tuned else None
                row = row_of(method.name, delta, own, timed[0], truth)
                rows.append(replace(row, plan=row.plan + method.note, batch_ms=batch_ms, **method.once))
        return rows


def make_methods(
    dataset: Dataset, plans: Sequence[str], peers: Sequence[str], extras: bool, progress: Progress
) -> list[Method]:
    """The exhaustive scan first: the others are compared with it."""
    progress(0, 1, "build LSH")
    lsh, build_seconds = (dataset.index, None) if dataset.index else build_lsh(dataset.store, dataset.config)
    progress(0, 1, "save and open")
    once = {"build_seconds": build_seconds, "open_seconds": time_to_open(lsh) if extras else None}
    once["memory_mb"] = lsh.memory_bytes / 1e6
    methods = [Method("exhaustive", ExhaustiveIndex.build(lsh.store), once={"memory_mb": 0.0})]
    methods += [Method(f"LSH {plan}", lsh, LSHParams(plan), once=once) for plan in plans]
    absent = missing_peers(peers)
    for name in (name for name in peers_named(peers) if name not in absent):
        kind = kinds()[name]
        progress(0, 1, f"build {kind.card.title}")
        started = perf_counter()
        index = kind.build(lsh.store, progress=progress)
        once = {"build_seconds": perf_counter() - started, "memory_mb": index.memory_bytes / 1e6}
        methods.append(Method(kind.card.title, index, tuned=not kind.card.exact, once=once))
    return methods


def ask_in_turn(
    methods: Sequence[Method], truth: ExactAnswers, delta: float, flush: CacheFlush, progress: Progress
) -> list[Timed]:
    """What each method answered, checked, and how long it took."""
    timed = [Timed([], []) for _ in methods]
    for method in methods:
        method.ask(truth.queries[0], delta)  # plans, and compiles where it must
    for i, query in enumerate(truth.queries):
        progress(i, len(truth), f"query at {delta:g} rad")
        for turn in range(len(methods)):
            j = (i + turn) % len(methods)
            flush()
            hits, seconds = on_the_clock(methods[j], query, delta)
            timed[j].answers.append(hits)
            timed[j].seconds.append(seconds)
        for method, own in zip(methods, timed, strict=True):
            truth.check(method.name, own.answers[i].ids, i, delta)
    progress(len(truth), len(truth), f"query at {delta:g} rad")
    return timed


def on_the_clock(method: Method, query: np.ndarray, delta: float) -> tuple[Hits, float]:
    """(what it found, seconds). The garbage collector waits."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = perf_counter()
        hits = method.ask(query, delta)
        return hits, perf_counter() - started
    finally:
        if collecting:
            gc.enable()


def time_batch(method: Method, queries: np.ndarray, delta: float) -> float:
    """Milliseconds a query of a batch of 64, caches warm."""
    batch = np.resize(queries, (BATCH, queries.shape[1]))
    seconds = []
    for _ in range(1 + REPEATS):  # the first warms up
        started = perf_counter()
        method.index.range_search_batch(batch, delta, method.params)
        seconds.append(perf_counter() - started)
    return 1000 * median(seconds[1:]) / BATCH


def build_lsh(store: VectorStore, config: LSHConfig | None = None) -> tuple[HyperplaneLSH, float]:
    """(the index over the vectors, seconds). A small one comes first, so that no compiling is on the clock."""
    for part in (store.part(0, 256), store.part(0, len(store))):
        index = HyperplaneLSH(config)
        started = perf_counter()
        index.add(part)
        index.snapshot()
        seconds = perf_counter() - started
    return index, seconds


def time_to_open(index: HyperplaneLSH) -> float:
    """Seconds to open the index by memory map after it was saved to a temporary folder."""
    seconds = []
    with TemporaryDirectory(prefix="benchmark-") as folder:
        index.save(Path(folder) / "index")
        for _ in range(REPEATS):
            started = perf_counter()
            HyperplaneLSH.load(Path(folder) / "index")
            seconds.append(perf_counter() - started)
    return median(seconds)
