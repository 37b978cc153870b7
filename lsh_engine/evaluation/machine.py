"""The machine a timing was taken on, and how it is made comparable: one thread, and caches that forget."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ..core.errors import EngineError

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
CPU_FACTS = Path("/proc/cpuinfo")
MEMORY_FACTS = Path("/proc/meminfo")
CONTAINER = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
ROOM = 500_000_000  # bytes for what is in work besides
UNKNOWN_CACHE = 64 * 2**20  # bytes; more than most last-level caches hold for one core
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def machine() -> dict[str, str | int | float]:
    """Facts that explain a time: CPU model, cores, last-level cache in MiB, versions."""
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count() or 1,
        "cache_mib": last_level_cache() / 2**20,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def cpu_name() -> str:
    """Model name of the first CPU, as the system tells it."""
    try:
        lines = CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown CPU"


def last_level_cache() -> int:
    """Bytes of the largest cache the first CPU sees; a guess where the system does not tell."""
    sizes = []
    for file in CACHES.glob("index*/size"):
        try:
            text = file.read_text().strip()
            sizes.append(int(text.rstrip("KMG")) * UNITS.get(text[-1:], 1))
        except (OSError, ValueError):
            continue
    return max(sizes, default=UNKNOWN_CACHE)


def free_memory() -> int | None:
    """Bytes that this process may still take: of the machine and of its container; None where neither tells."""
    found = []
    try:
        lines = MEMORY_FACTS.read_text().splitlines()
        found += [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable")]
    except (OSError, ValueError, IndexError):
        pass
    for folder, limit, used in CONTAINER:
        try:
            facts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            taken = int((folder / used).read_text()) - int(facts["inactive_file"])  # which the system gives back
            found.append(int((folder / limit).read_text()) - taken)
        except (OSError, ValueError, KeyError):  # "max": no limit
            continue
    return min(found, default=None)


def check_memory(n_vectors: int, dim: int, n_tables: int) -> None:
    """EngineError where so many float32 vectors and an LSH index over them do not fit into memory."""
    needed = n_vectors * (4 * dim + 2 * (4 * n_tables + 200)) + ROOM  # the index twice: it is sorted while it is built
    free = free_memory()
    if free is not None and needed > free:
        fit = max(0, free - ROOM) * n_vectors // (needed - ROOM) // 1000 * 1000
        raise EngineError(
            f"{n_vectors:,} vectors of {dim} numbers need about {needed / 1e9:,.1f} GB of memory with their index, "
            f"{free / 1e9:,.1f} GB are free: ask for at most {fit:,}"
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS and OpenMP on one thread while this is open; libraries loaded later limit themselves."""
    with threadpool_limits(limits=1):
        yield


class CacheFlush:
    """Call it before a timing: it writes to a buffer of twice the last-level cache, so that nothing else stays."""

    def __init__(self, warm: bool = False) -> None:
        """warm: leave the caches as they are, for queries that follow each other closely."""
        self.warm = warm
        n_bytes = 0 if warm else min(2 * last_level_cache(), 2**30)
        self._buffer = np.zeros(n_bytes // 8, np.int64)

    def __call__(self) -> None:
        np.add(self._buffer, 1, out=self._buffer)
