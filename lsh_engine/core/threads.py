"""Parallel work: one photo or one query scale on each core, and a few photos decoded ahead.

Parallel work goes over pictures, each on one thread: networks and matrix products split over threads wait for the
slowest at every layer, which on a busy machine costs far more than it brings.
"""

import functools
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

import numpy as np  # noqa: F401  its BLAS must be loaded to be found
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas").lib_controllers
MAX_WORKERS = 8  # each holds one decoded photo and its feature maps
READERS = 2  # threads besides: they decode photos while every core runs the network (two cores: 1.6x -> 1.8x of one)

Item = TypeVar("Item")
Result = TypeVar("Result")


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def n_workers() -> int:
    """Networks that run at once."""
    return min(MAX_WORKERS, n_cores())


class _OneThread:
    """A limit of one thread for every library of BLAS: the first who enters sets it, the last who leaves lifts it.

    The number of threads belongs to the process (NumPy's wheels bring OpenBLAS with threads of its own), so those
    inside are counted.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._before: list[int] = []  # threads of each library without the limit

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = [library.get_num_threads() for library in BLAS]
                set_blas_threads([1] * len(BLAS))
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                set_blas_threads(self._before)


def set_blas_threads(counts: Iterable[int]) -> None:
    """Let each library of BLAS compute on so many threads."""
    for library, n_threads in zip(BLAS, counts, strict=True):
        # threadpoolctl from 3.6 on obeys only the thread that set OpenBLAS first, and says nothing to the others
        getattr(library, "_real_set_num_threads", library.set_num_threads)(n_threads)


_ONE_THREAD = _OneThread()


def one_blas_thread() -> AbstractContextManager[None]:
    """Matrix products on one thread, in the whole process, while anybody has it open.

    Under load two threads make a product of 1 ms one of 18 ms; and sums are the same in every process only when they
    are cut the same way.
    """
    return _ONE_THREAD


def map_parallel(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """function(item) for every item, in order, on all cores. The first exception is raised."""
    return list(_pool().map(function, items))


def map_ahead(function: Callable[[Item], Result], items: Iterable[Item], ahead: int) -> Generator[Result, None, None]:
    """As `map_parallel`, one result at a time: while the caller is busy with it, the next `ahead` items are worked on.

    Closing the iterator lets go of what has not begun.
    """
    under_way: deque[Future[Result]] = deque()
    try:
        for item in items:
            under_way.append(_pool().submit(function, item))
            if len(under_way) > ahead:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_workers() + READERS, thread_name_prefix="lookalike")
