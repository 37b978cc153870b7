"""How near two patches come by chance, and how many chance hits a delta costs (a-contrario; SPEC section 8, idea 4).

Random pairs are patches of two different photos. F(delta) is the share of them within delta: counted where at least
TRUSTED pairs lie that near, and below that the left tail of a normal distribution through what was counted.

Photos that do show the same thing are among the random pairs, so F tells of too many alarms rather than too few. The
bulk is the other reading: the normal distribution through the median and the lower quartile, which few true matches can
move.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ...collection.id_map import IdMap
from ...core.angles import angles_from_cosines
from ...core.errors import EngineError
from ...core.threads import one_blas_thread
from ...index.store import VectorStore

SAMPLED = 2000  # rows whose pairs are compared: some two million angles
KEPT, KEPT_STEP = 4, 0.01  # pairs that are remembered one by one, of every so many radians
TRUSTED = 30  # pairs that a counted share rests on
TAIL = 100  # times TRUSTED: the counts that the tail is fitted to
STEP = math.pi / 4096  # radians, bins of the count
STANDARD = NormalDist()


@dataclass(frozen=True)
class ChanceAngles:
    """Angles of random pairs. counts: (4096,) int64 over 0..pi. join: radians below which the tail stands for them.

    pairs: (m, 2) int64 ids of some pairs of every angle and angles: (m,) float32, ascending.
    """

    counts: np.ndarray
    join: float
    tail: NormalDist
    bulk: NormalDist
    pairs: np.ndarray
    angles: np.ndarray

    @property
    def n_pairs(self) -> int:
        return int(self.counts.sum())

    def share_within(self, delta: float | np.ndarray) -> np.ndarray:
        """F(delta), the share of random pairs within delta: float64, same shape. Never falls as delta grows."""
        delta = np.asarray(delta, np.float64)
        return np.where(delta < self.join, share_of(self.tail, delta), self.n_within(delta) / self.n_pairs)

    def n_within(self, delta: float | np.ndarray) -> np.ndarray:
        """Random pairs counted within delta: float64, between the edges of bins in proportion."""
        edges = np.arange(len(self.counts) + 1) * STEP
        return np.interp(delta, edges, np.concatenate([[0], np.cumsum(self.counts)]))

    def expected(self, delta: float | np.ndarray, n_comparisons: int) -> np.ndarray:
        """Chance hits to expect among N x S x M comparisons: photos, query scales, patches of a photo."""
        return n_comparisons * self.share_within(delta)

    def delta_of(self, alarms: float, n_comparisons: int) -> float:
        """The delta at which `alarms` chance hits are to be expected, radians; pi where there are never as many."""
        low, high = 0.0, math.pi
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if self.expected(middle, n_comparisons) >= alarms else (middle, high)
        return high

    def delta_of_bulk(self, alarms: float, n_comparisons: int) -> float:
        """As `delta_of`, by the normal distribution of the bulk alone."""
        share = alarms / n_comparisons
        return min(max(self.bulk.inv_cdf(share), 0.0), math.pi) if 0 < share < 1 else math.pi


def share_of(law: NormalDist, delta: float | np.ndarray) -> np.ndarray:
    """Its distribution function, on arrays: float64, same shape."""
    return np.vectorize(law.cdf, otypes=[float])(delta)


def chance_angles(store: VectorStore, id_map: IdMap, seed: int = 0) -> ChanceAngles:
    """Pairs of patches of different photos, drawn at random. EngineError below two photos."""
    if id_map.n_images < 2:
        raise EngineError("random pairs need at least two photos: add photos to this database")
    random = np.random.default_rng(seed)
    ids = np.sort(random.choice(len(store), min(SAMPLED, len(store)), replace=False))
    vectors = store.take(ids)
    with one_blas_thread():
        angles = angles_from_cosines(vectors @ vectors.T)
    first, second = np.triu_indices(len(ids), 1)
    images = id_map.image_of(ids)
    apart = images[first] != images[second]
    first, second = first[apart], second[apart]
    angles = angles[first, second]
    counts = np.histogram(angles, round(math.pi / STEP), (0.0, math.pi))[0]
    kept = some_of_every_angle(angles)
    pairs = np.stack([ids[first[kept]], ids[second[kept]]], axis=1)
    return ChanceAngles(counts, *left_tail(counts), bulk_of(counts), pairs, angles[kept])


def some_of_every_angle(angles: np.ndarray) -> np.ndarray:
    """Places of KEPT angles of every KEPT_STEP, ascending by angle."""
    steps = (angles / KEPT_STEP).astype(np.int16)
    order = np.argsort(steps, kind="stable")
    starts = np.flatnonzero(np.diff(steps[order], prepend=-1))
    first = np.repeat(starts, np.diff(np.append(starts, len(order))))
    kept = order[np.arange(len(order)) - first < KEPT]
    return kept[np.argsort(angles[kept], kind="stable")]


def left_tail(counts: np.ndarray) -> tuple[float, NormalDist]:
    """(join in radians, law): where counting ends, and the normal distribution that goes on from there.

    It meets the count at the join; its slope is the least-squares slope of the normal quantiles over the counts from
    TRUSTED to TAIL times as many.
    """
    total, below = counts.sum(), np.cumsum(counts)
    edges = np.arange(1, len(counts) + 1) * STEP
    last = min(TRUSTED * TAIL, total / 2)
    used = np.flatnonzero((below >= min(TRUSTED, total / 4)) & (below <= last))
    if len(used) < 2:  # too few pairs to see a slope
        used = np.flatnonzero((below > 0) & (below < total))[:2]
    if len(used) < 2 or below[used[0]] == below[used[-1]]:
        return 0.0, bulk_of(counts)
    scores = np.array([STANDARD.inv_cdf(share) for share in below[used] / total])
    away = edges[used] - edges[used[0]]
    slope = float(away @ (scores - scores[0]) / (away @ away))
    join = float(edges[used[0]])
    return join, NormalDist(join - float(scores[0]) / slope, 1.0 / slope)


def bulk_of(counts: np.ndarray) -> NormalDist:
    """The normal distribution through the median and the lower quartile."""
    quarter, middle = np.searchsorted(np.cumsum(counts), np.array([0.25, 0.5]) * counts.sum()) * STEP + STEP / 2
    return NormalDist(float(middle), max(float(middle - quarter) / -STANDARD.inv_cdf(0.25), STEP))
