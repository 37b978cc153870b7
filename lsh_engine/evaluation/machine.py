"""The machine a timing was taken on, and how it is made comparable: one thread, and caches that forget."""

import os
import platform
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
CPU_FACTS = Path("/proc/cpuinfo")
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


@contextmanager
def one_thread():
    """BLAS and OpenMP on one thread while this is open; libraries loaded later limit themselves."""
    with threadpool_limits(limits=1):
        yield


class CacheFlush:
    """Call it before a timing: it writes to a buffer of twice the last-level cache, so that nothing else stays."""

    def __init__(self, warm: bool = False):
        """warm: leave the caches as they are, for queries that follow each other closely."""
        self.warm = warm
        n_bytes = 0 if warm else min(2 * last_level_cache(), 2**30)
        self._buffer = np.zeros(n_bytes // 8, np.int64)

    def __call__(self) -> None:
        np.add(self._buffer, 1, out=self._buffer)
