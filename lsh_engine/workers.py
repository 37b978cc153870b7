"""One photo or one query scale a core.

Parallel work goes over pictures, each on one thread: networks and matrix products split over threads wait for the
slowest at every layer, which on a busy machine costs far more than it brings.
"""

import functools
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

MAX_WORKERS = 8  # each holds one decoded photo and its feature maps


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_parallel(function: Callable, items: Iterable) -> list:
    """function(item) for every item, in order, on all cores. The first exception is raised."""
    return list(_pool().map(function, items))


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(MAX_WORKERS, n_cores()), thread_name_prefix="lookalike")
