"""One photo or one query scale a core, and a few photos decoded ahead.

Parallel work goes over pictures, each on one thread: networks and matrix products split over threads wait for the
slowest at every layer, which on a busy machine costs far more than it brings.
"""

import functools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import numpy as np  # noqa: F401  its BLAS must be loaded to be found
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")
MAX_WORKERS = 8  # each holds one decoded photo and its feature maps
READERS = 2  # threads besides: they decode photos while every core runs the network (two cores: 1.6x -> 1.8x of one)


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def n_workers() -> int:
    """Networks that run at once."""
    return min(MAX_WORKERS, n_cores())


def one_blas_thread() -> AbstractContextManager:
    """Matrix products on one thread while it is open.

    Under load two threads make a product of 1 ms one of 18 ms; and sums are the same in every process only when they
    are cut the same way.
    """
    return BLAS.limit(limits=1)


def map_parallel(function: Callable, items: Iterable) -> list:
    """function(item) for every item, in order, on all cores. The first exception is raised."""
    return list(_pool().map(function, items))


def map_ahead(function: Callable, items: Iterable, ahead: int) -> Iterator:
    """As `map_parallel`, one result at a time: while the caller is busy with it, the next `ahead` items are worked on.

    Closing the iterator lets go of what has not begun.
    """
    under_way = deque()
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
