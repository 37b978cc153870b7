"""Two bodies in the angles of searches to other photos: those that show the like, and farther off those that do not.

Each body is a normal distribution, and both are fitted together (expectation maximisation). A folder of many subjects
has nearly all its angles in the far body, a folder of two has half of them in each: quantiles of all of them would say
something else of either.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

MOST_ANGLES = 2048  # quantiles that stand for all angles: a fit takes a tenth of a second
ROUNDS = 300
NARROWEST = 0.005  # radians: bodies of copies must not shrink to nothing


@dataclass(frozen=True)
class Bodies:
    """Two fitted bodies, the near one first.

    weights: share of the angles in each. middles, spreads: mean and standard deviation, radians. misfit: the largest
    gap between the shares within an angle, as they are and as fitted (Kolmogorov and Smirnov's distance).
    """

    weights: tuple[float, float]
    middles: tuple[float, float]
    spreads: tuple[float, float]
    misfit: float

    @property
    def spread(self) -> float:
        """Root mean square of the two, weighted: what one body spreads by, whichever of them the tails went to."""
        return math.sqrt(sum(share * each**2 for share, each in zip(self.weights, self.spreads, strict=True)))


def fit_bodies(angles: np.ndarray) -> Bodies:
    """The two bodies of (m,) angles in radians, at least one: the same for the same angles."""
    sampled = np.quantile(angles.astype(np.float64), (np.arange(MOST_ANGLES) + 0.5) / MOST_ANGLES)
    middles, weights = np.quantile(sampled, (0.15, 0.65)), np.full(2, 0.5)
    spreads = np.full(2, max(sampled.std() / 2, NARROWEST))
    for _ in range(ROUNDS):
        heights = weights / spreads * np.exp(-(((sampled[:, None] - middles) / spreads) ** 2) / 2) + 1e-300
        owned = heights / heights.sum(axis=1, keepdims=True)
        weights = owned.mean(axis=0)
        middles = sampled @ owned / owned.sum(axis=0)
        variances = (owned * (sampled[:, None] - middles) ** 2).sum(axis=0) / owned.sum(axis=0)
        spreads = np.maximum(np.sqrt(variances), NARROWEST)
    near, far = np.argsort(middles)
    within = sum(_within(sampled, middles[i], spreads[i]) * weights[i] for i in (near, far))
    misfit = float(np.abs(within - (np.arange(MOST_ANGLES) + 0.5) / MOST_ANGLES).max())

    def pair(of: np.ndarray) -> tuple[float, float]:
        return float(of[near]), float(of[far])

    return Bodies(pair(weights), pair(middles), pair(spreads), misfit)


def _within(angles: np.ndarray, middle: float, spread: float) -> np.ndarray:
    """Share of a normal body within each angle."""
    normal = NormalDist(middle, spread)
    return np.array([normal.cdf(angle) for angle in angles.tolist()])
