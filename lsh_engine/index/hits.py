"""What an index answers with: hits, and what the kind can tell besides them."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np


class Details:
    """What a kind tells of one answer besides its hits. This base class tells the kind's name and a reason.

    n_proposed: ids that buckets proposed before a filter spared some the exact look; None where there is no such thing.
    """

    n_proposed: int | None = None

    def __init__(self, name: str, reason: str = "") -> None:
        self.name, self._reason = name, reason

    def __str__(self) -> str:
        """How the answer was found, for people: "name: reason"."""
        return f"{self.name}: {self._reason}" if self._reason else self.name

    def found_probability(self, angles: np.ndarray) -> np.ndarray | None:
        """Chance that this search finds a vector at each of `angles` (radians), float64; None without a law."""
        return None

    def recall_of(self, angles: np.ndarray) -> float | None:
        """Recall that the law expects of an answer with hits at `angles`, 0..1; None without a law."""
        return None

    def recall_of_hits(self, angles: np.ndarray) -> float | None:
        """As `recall_of`, for the hits of this answer: a kind may know more of them than their angles."""
        return self.recall_of(angles)


class Exact(Details):
    """The details of an answer that looked at every vector."""

    def found_probability(self, angles: np.ndarray) -> np.ndarray:
        return np.ones(np.shape(angles))

    def recall_of(self, angles: np.ndarray) -> float:
        return 1.0


LOOKED_AT_ALL = Exact("exhaustive", "looks at every vector")


@dataclass(eq=False)  # not frozen: that costs ten microseconds when caches are cold
class Hits:
    """The answer to one range search or search, nearest first.

    ids: (h,) int64, unique. angles: (h,) float32 radians. Sorted by (angle, id). exact: whether the angles are those of
    the stored vectors; estimates are marked False. n_candidates: ids looked at exactly. n_vectors: size of the index.
    seconds: stage -> seconds. details: what the kind can tell besides.
    """

    ids: np.ndarray
    angles: np.ndarray
    exact: bool
    n_candidates: int
    n_vectors: int
    seconds: dict[str, float] = field(default_factory=dict)
    details: Details = LOOKED_AT_ALL

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def plan(self) -> str:
        """How the answer was found, with the reason."""
        return str(self.details)

    @cached_property
    def predicted_recall(self) -> float | None:
        """What the kind's law expects of this answer, 0..1. Computed when asked for: it is no part of the search."""
        return self.details.recall_of_hits(self.angles)

    def first(self, n: int) -> "Hits":
        """The same answer cut to its n nearest."""
        return replace(self, ids=self.ids[:n], angles=self.angles[:n])


class Law(Protocol):
    """Chances of one way to search.

    predicted_recall: promised at the edge of the ball. tables: (k, L) where vectors are found by sharing a bucket of k
    bits in one of L tables, so that near vectors are found together; None elsewhere.
    """

    @property
    def predicted_recall(self) -> float: ...

    @property
    def tables(self) -> tuple[int, int] | None: ...

    def found_probability(self, angles: np.ndarray) -> np.ndarray: ...
