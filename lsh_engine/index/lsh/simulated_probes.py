"""The buckets that typical queries probe: a strategy is predicted on a few of them, drawn at random.

They depend on no collection: the distances of a random query to random hyperplanes are standard normal.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from . import kernels
from .plan import CODE_BITS, cotangent, probed_curve

N_PROBED = 16  # tables that are probed: more cost memory and gain little
N_SIMULATED = 3  # random queries on which a number of probes is predicted
UNHASHED = np.zeros(N_PROBED, np.uint32)  # their codes: only the distances of a query decide what it probes


@dataclass(frozen=True)
class Probes:
    """Buckets for keys of k bits. tables, keys: those of each query, as `kernels.choose_probes` gives them."""

    k: int
    tables: tuple[np.ndarray, ...]
    keys: tuple[np.ndarray, ...]

    @classmethod
    def simulated(cls, k: int, radius: float, recall: float, affordable: float) -> "Probes | None":
        """Those that find a vector at `radius` (radians) with chance `recall`; None where that takes more probes than
        are `affordable`.
        """
        most = int(min(max(affordable, 1), kernels.MOST_PROBES)) if k else kernels.MOST_PROBES
        found = []
        for distances in _random_distances():
            near = cotangent(radius)
            tables, keys, reached = kernels.choose_probes(UNHASHED, distances, N_PROBED, k, near, recall, most)
            if reached < recall:
                return None
            found.append((tables, keys))
        return cls(k, *zip(*found, strict=True))

    @cached_property
    def number(self) -> int:
        """Buckets of a query."""
        return round(sum(map(len, self.tables)) / len(self.tables))

    @cached_property
    def curve(self) -> tuple[float, ...]:
        """Chance that they hold a vector at each angle of PROBED_GRID."""
        chances = [
            probed_curve(UNHASHED, distances, N_PROBED, self.k, tables, keys)
            for distances, tables, keys in zip(_random_distances(), self.tables, self.keys, strict=True)
        ]
        return tuple(np.mean(chances, axis=0).tolist())

    def at_right_angle(self) -> float:
        """The same at a right angle, where every bucket is as likely as any other."""
        shares = [np.bincount(tables, minlength=N_PROBED) / 2**self.k for tables in self.tables]
        return float(np.mean([1 - np.prod(1 - share) for share in shares]))


@lru_cache(maxsize=1)
def _random_distances() -> tuple[np.ndarray, ...]:
    """Distances of random queries to their hyperplanes: standard normal, the same at every call."""
    draws = np.random.default_rng(0).standard_normal((N_SIMULATED, N_PROBED * CODE_BITS), dtype=np.float32)
    return tuple(draws)
