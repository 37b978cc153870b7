"""Angles seen from a centre: what hashing sees when vectors share a common part that is taken off first (SPEC 4.5).

Descriptors without negative values all point one way, so that unrelated pairs lie at 1 rad instead of a right angle and
share half their bits by that alone. Seen from the mean of the collection they lie near a right angle again. Only the
bits are taken from the centre; every answer is measured on the vectors as they are.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Centre:
    """A centre c as numbers. square: |c|^2. low, middle, high: 2, 50 and 98 % quantiles of x.c over the collection."""

    square: float = 0.0
    low: float = 0.0
    middle: float = 0.0
    high: float = 0.0

    def distance(self, centre_dot: float) -> float:
        """|x - c| of a unit vector with x.c = centre_dot."""
        return distance(centre_dot, self.square)

    def seen(self, angles: np.ndarray, query_dot: float, row_dots: float | np.ndarray) -> np.ndarray:
        """Angles between q - c and x - c, given the angles between q and x, q.c and x.c: radians, float64."""
        shifted = np.cos(angles) - query_dot - row_dots + self.square
        distances = np.sqrt(np.maximum(1.0 - 2.0 * np.asarray(row_dots, np.float64) + self.square, 1e-12))
        cosines = shifted / (self.distance(query_dot) * distances)
        return np.arccos(np.clip(cosines, -1.0, 1.0))

    def widest(self, delta: float, query_dot: float) -> float:
        """The function of this name, from this centre."""
        return widest(delta, query_dot, self.square, self.low, self.high)


def widest(delta: float, query_dot: float, square: float, low: float, high: float) -> float:
    """The angle within which the collection's neighbours at `delta` of a query are seen, all but a few outliers.

    Floats, as in Centre; `kernels` compiles it. A neighbour at distance r has x.c within r |c| of q.c; the angle is
    largest at x.c = q.c + 1 - cos(delta).
    """
    if square == 0.0:
        return delta
    reach = 2.0 * math.sin(delta / 2.0) * math.sqrt(square)
    worst = min(max(query_dot + 1.0 - math.cos(delta), low), high)
    worst = min(max(worst, query_dot - reach), query_dot + reach)
    shifted = math.cos(delta) - query_dot - worst + square
    squares = (1.0 - 2.0 * query_dot + square) * (1.0 - 2.0 * worst + square)
    return math.acos(min(max(shifted / math.sqrt(max(squares, 1e-24)), -1.0), 1.0))


def distance(centre_dot: float, square: float) -> float:
    """|x - c| of a unit vector with x.c = centre_dot and |c|^2 = square."""
    return math.sqrt(max(1.0 - 2.0 * centre_dot + square, 1e-12))


ORIGIN = Centre()  # no centring: angles are seen as they are


def centre_of(centre_dot: np.ndarray, square: float) -> Centre:
    """The numbers of a centre from x.c of the collection, (n,) float32, and |c|^2."""
    return Centre(float(square), *(float(value) for value in np.quantile(centre_dot, (0.02, 0.5, 0.98))))
