"""A projection: the hyperplanes that vectors are hashed with, the centre they go through, and the angles seen there."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core.angles import angles_from_cosines
from ..checks import frozen
from ..store import VectorStore
from .centring import ORIGIN, Centre, centre_of
from .config import LSHConfig
from .hashing import Hyperplanes, Rotations
from .plan import COARSE_BITS, sketch_passes, thresholds
from .planner import ANGLE_BINS, Statistics
from .sketch import SKETCH_CODES

SAMPLED_ROWS = 724  # rows whose pairs make the histograms: 261,726 angles
AVERAGED_ROWS = 20_000  # rows that make the mean
LEAST_ROWS = 256  # a mean of fewer says little
WORTH = 0.8  # centring is taken when it leaves at most this part of the rows to look at
USEFUL = 0.75  # deltas of interest: about this part of the angle that one random pair in a thousand lies within


@dataclass(frozen=True)
class Projection:
    """What vectors are hashed with.

    planes: source A's. rotations: the fast hyperplanes of probes and sketches, through `centre`.
    """

    planes: Hyperplanes
    rotations: Rotations
    centre: Centre

    @classmethod
    def of(cls, dim: int, config: LSHConfig, vector: np.ndarray | None = None, centre: Centre = ORIGIN) -> "Projection":
        """The projection of a configuration, the same at every call. vector: (d,) float32, the centre."""
        planes = Hyperplanes(dim, config.n_hyperplanes, config.n_tables, config.seed)
        return cls(planes, Rotations(dim, SKETCH_CODES, config.seed, vector), centre)

    @classmethod
    def fitting(cls, store: VectorStore, config: LSHConfig) -> "Projection":
        """The projection for a collection: centred where that is predicted to spare work, or where the user says so."""
        if config.centred is False or store.n_live < (LEAST_ROWS if config.centred is None else 1):
            return cls.of(store.dim, config)
        sample = sampled(store, AVERAGED_ROWS, config.seed)
        vector = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
        centre = centre_of(sample @ vector, float(vector @ vector))
        if config.centred is None and not _helps(store, vector, centre, config.seed):
            return cls.of(store.dim, config)
        return cls.of(store.dim, config, vector, centre)

    @cached_property
    def hashing(self) -> tuple[np.ndarray, ...]:
        """What `kernels.find` hashes with."""
        return self.rotations.signs, self.rotations.offsets, self.rotations.centre, self.planes.planes

    def checksum(self) -> list[int]:
        """Two CRC-32 of the hyperplanes: they differ where another random generator drew them."""
        return [self.planes.checksum(), self.rotations.checksum()]

    def centre_dots(self, vectors: np.ndarray) -> np.ndarray:
        """x.c of (n, d) vectors: (n,) float32; (0,) where hashing looks from the origin."""
        return vectors @ self.rotations.centre if self.centre.square else np.empty(0, np.float32)

    def histograms(self, store: VectorStore, seed: int) -> np.ndarray:
        """Counts of the angles of random pairs over 0..pi, as they are and as hashing sees them: (2, 256) int64."""
        return pair_histograms(sampled(store, SAMPLED_ROWS, seed), self.rotations.centre)

    def statistics(self, store: VectorStore, histograms: np.ndarray, longest_key: int) -> Statistics:
        """What the planner needs to know."""
        original, seen = (tuple(counts.tolist()) for counts in histograms)
        k, n_tables = self.planes.n_hyperplanes, self.planes.n_tables
        kinds = k, n_tables, original, seen, self.centre, longest_key
        return Statistics(len(store), store.dim, *kinds, store.dtype.itemsize)


def sampled(store: VectorStore, n: int, seed: int) -> np.ndarray:
    """At most n of the rows that were not removed, (m, d) float32: the same for the same rows and seed."""
    ids = store.live
    if len(ids) > n:
        ids = np.sort(np.random.default_rng(seed).choice(ids, n, replace=False))
    return store.take(ids)


def pair_histograms(sample: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Counts of the angles of all pairs of (m, d) rows, from the origin and from a centre: (2, 256) int64."""
    pairs = np.triu_indices(len(sample), 1)
    counts = []
    for seen in (sample, sample - centre):
        lengths = np.maximum(np.linalg.norm(seen, axis=1), 1e-6)
        angles = angles_from_cosines(((seen @ seen.T) / np.outer(lengths, lengths))[pairs])
        counts.append(np.histogram(angles, ANGLE_BINS, (0.0, math.pi))[0])
    return frozen(np.array(counts, np.int64))


def _helps(store: VectorStore, vector: np.ndarray, centre: Centre, seed: int) -> bool:
    """Whether sketches from the centre are predicted to leave fewer rows to look at, at a delta of interest."""
    original, seen = pair_histograms(sampled(store, SAMPLED_ROWS, seed), vector)
    edges = np.linspace(0.0, math.pi, ANGLE_BINS + 1)
    delta = USEFUL * float(edges[np.searchsorted(np.cumsum(original), original.sum() / 1000) + 1])
    radius = centre.widest(delta, centre.middle)
    shares = []
    for counts, at in ((original, delta), (seen, radius)):
        _, threshold = thresholds(COARSE_BITS, at, 0.97, 1.0)
        shares.append(float(counts @ sketch_passes((edges[1:] + edges[:-1]) / 2, COARSE_BITS, threshold)))
    return shares[1] < WORTH * shares[0]
