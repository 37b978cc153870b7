"""How time grows with the number of vectors: the exponent of the power that fits best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .rows import BenchmarkRow

START = 50_000  # vectors; below, fixed costs hide the growth


@dataclass(frozen=True)
class Growth:
    """One method at one delta (radians). median_ms: at each size, ascending. exponent: of the fit over sizes."""

    index: str
    delta: float
    sizes: tuple[int, ...]
    median_ms: tuple[float, ...]
    exponent: float


def growth_sizes(n: int) -> list[int]:
    """n and its halves, ascending, from START; at most four halvings for a smaller n."""
    start = max(1, min(START, n // 16))
    sizes = [n]
    while sizes[-1] // 2 >= start and sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return sizes[::-1]


def growth_of(rows: Sequence[BenchmarkRow]) -> list[Growth]:
    """One entry for each method and delta that was measured at two sizes or more."""
    measured: dict[tuple[str, float], dict[int, float]] = {}
    for row in rows:
        measured.setdefault((row.index, row.delta), {})[row.n_vectors] = row.median_ms
    found = []
    for (index, delta), times in measured.items():
        if len(times) > 1:
            sizes = tuple(sorted(times))
            median_ms = tuple(times[size] for size in sizes)
            found.append(Growth(index, delta, sizes, median_ms, fitted_exponent(sizes, median_ms)))
    return found


def fitted_exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """b of times = a sizes^b, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
