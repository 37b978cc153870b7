"""Asking and timing: every query goes to every method in turn, the order of the methods moving on each time."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from ..core.bounds import check_delta
from ..core.errors import EngineError
from ..index import HyperplaneLSH
from ..index.lsh.config import LSHConfig
from .machine import CacheFlush, one_thread
from .methods import ExhaustiveMethod, LSHMethod, Method
from .peer import Peer
from .peers import build_peers
from .rows import BenchmarkRow, Timed, row_of
from .sources import Dataset, live_ids, vectors_of
from .truth import ExactAnswers

BATCH = 64
REPEATS = 3  # of what is measured once a method: the median counts
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, stage: str) -> None:
    pass


def benchmark_index(
    index: HyperplaneLSH,
    queries: np.ndarray,
    deltas: Sequence[float],
    plan: str = "auto",
    progress: Progress = silent,
    warm: bool = False,
) -> list[BenchmarkRow]:
    """Two rows a delta (radians): the exhaustive scan of the index's vectors, then the index with this plan.

    queries: (m, d) float32 of unit length. warm: leave the CPU caches as they are between calls.
    """
    vectors = vectors_of(index)
    removed = np.setdiff1d(np.arange(len(vectors)), live_ids(index))
    dataset = Dataset("", vectors, queries, queries[:0], index, removed=removed)
    return measure(dataset, deltas, (plan,), warm=warm, progress=progress, extras=False)


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
        dataset, build_seconds = with_index(dataset, progress)
        methods = make_methods(dataset, plans, peers, build_seconds, extras, progress)
        progress(0, 1, "exact answers")
        truth = ExactAnswers(dataset.vectors, dataset.queries, max(deltas), dataset.removed)
        tuning = tuning_answers(dataset, methods, max(deltas))
        flush = CacheFlush(warm)
        return [row for delta in deltas for row in rows_at(delta, methods, truth, tuning, flush, extras, progress)]


def with_index(dataset: Dataset, progress: Progress) -> tuple[Dataset, float | None]:
    """(the same data with an index, seconds it took to build; None where there was one)."""
    if dataset.index is not None:
        return dataset, None
    progress(0, 1, "build LSH")
    index, seconds = build_index(dataset.vectors, dataset.config)
    # An index of its own settings may store float16: what it holds is what all are measured with
    vectors = dataset.vectors if dataset.config is None else vectors_of(index)
    return replace(dataset, index=index, vectors=vectors), seconds


def make_methods(
    dataset: Dataset,
    plans: Sequence[str],
    peers: Sequence[str],
    build_seconds: float | None,
    extras: bool,
    progress: Progress,
) -> list[Method]:
    """The exhaustive scan first: the others are compared with it."""
    index = dataset.index
    lsh = [LSHMethod(index, plan) for plan in plans]
    progress(0, 1, "save and open")
    open_seconds = time_to_open(index) if extras else None
    for method in lsh:
        method.build_seconds, method.open_seconds = build_seconds, open_seconds
    return [ExhaustiveMethod(index), *lsh, *build_peers(peers, dataset, progress)]


def tuning_answers(dataset: Dataset, methods: Sequence[Method], delta: float) -> ExactAnswers | None:
    needed = len(dataset.tuning) and any(isinstance(method, Peer) for method in methods)
    return ExactAnswers(dataset.vectors, dataset.tuning, delta, dataset.removed) if needed else None


def rows_at(
    delta: float,
    methods: Sequence[Method],
    truth: ExactAnswers,
    tuning: ExactAnswers | None,
    flush: CacheFlush,
    extras: bool,
    progress: Progress,
) -> list[BenchmarkRow]:
    for i, method in enumerate(methods):
        progress(i, len(methods), f"tune at {delta:g} rad")
        method.prepare(tuning, delta)
    timed = ask_in_turn(methods, truth, delta, flush, progress)
    batches = [time_batch(method, truth.queries, delta) if extras else None for method in methods]
    return [
        row_of(method, delta, own, timed[0], truth, batch_ms)
        for method, own, batch_ms in zip(methods, timed, batches, strict=True)
    ]


def ask_in_turn(
    methods: Sequence[Method], truth: ExactAnswers, delta: float, flush: CacheFlush, progress: Progress
) -> list[Timed]:
    """What each method answered, checked, and how long it took."""
    timed = [Timed([], []) for _ in methods]
    for method in methods:
        method.answer(method.range_search(truth.queries[0], delta))  # plans, and compiles where it must
    for i, query in enumerate(truth.queries):
        progress(i, len(truth), f"query at {delta:g} rad")
        for turn in range(len(methods)):
            j = (i + turn) % len(methods)
            flush()
            found, seconds = on_the_clock(methods[j], query, delta)
            timed[j].answers.append(methods[j].answer(found))
            timed[j].seconds.append(seconds)
        for method, own in zip(methods, timed, strict=True):
            truth.check(method.name, own.answers[i].ids, i, delta)
    progress(len(truth), len(truth), f"query at {delta:g} rad")
    return timed


def on_the_clock(method: Method, query: np.ndarray, delta: float) -> tuple[object, float]:
    """(what it found, seconds). The garbage collector waits."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = perf_counter()
        found = method.range_search(query, delta)
        return found, perf_counter() - started
    finally:
        if collecting:
            gc.enable()


def time_batch(method: Method, queries: np.ndarray, delta: float) -> float | None:
    """Milliseconds a query of a batch of 64, caches warm; None where the method has no batches."""
    batch = np.resize(queries, (BATCH, queries.shape[1]))
    if not method.range_search_batch(batch, delta):
        return None
    seconds = []
    for _ in range(REPEATS):
        started = perf_counter()
        method.range_search_batch(batch, delta)
        seconds.append(perf_counter() - started)
    return 1000 * median(seconds) / BATCH


def build_index(vectors: np.ndarray, config: LSHConfig | None = None) -> tuple[HyperplaneLSH, float]:
    """(the index over `vectors`, seconds). A small one comes first, so that no compiling is on the clock."""
    for part in (vectors[:256], vectors):
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
