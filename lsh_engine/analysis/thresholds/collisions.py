"""Collisions counted on a database's own vectors, beside the formula that foretells them (source A; SPEC 4.3).

Pairs of every angle are needed: random pairs lie near a right angle, overlapping patches of one photo lie near each
other. Hashing is that of plan="tables": k Gaussian hyperplanes a table through the origin.
"""

import math
from dataclasses import dataclass

import numpy as np

from ...collection.id_map import IdMap
from ...core.angles import angles_from_cosines
from ...core.intervals import wilson_interval
from ...core.threads import one_blas_thread
from ...index.lsh.amplification import amplified_probability
from ...index.lsh.hashing import Hyperplanes
from ...index.lsh.tables import table_bytes
from ...index.store import VectorStore

BIN = 0.1  # radians
PAIRS = 300  # a bin
PAIRED = 3000  # patches that are paired with each other, all those of some photos
ROWS = 1500  # rows of a random sample that stand for the collection
ASKED = 200  # of them, asked as queries
SEED = 0


@dataclass(frozen=True)
class CollisionRate:
    """Pairs of about one angle. angle: their mean, radians. low, high: 95 % interval of the measured share."""

    angle: float
    n_pairs: int
    measured: float
    predicted: float
    low: float
    high: float


@dataclass(frozen=True)
class TableCost:
    """What k and L cost here. bytes: of the tables, without vectors. Shares: of the vectors, for a stored patch."""

    bytes: int
    predicted_share: float
    measured_share: float
    n_pairs: int  # that the measured share rests on


@dataclass(frozen=True)
class PairSample:
    """vectors: (n, d) float32. first, second: (m,) places of the pairs in it; angles: (m,) radians."""

    vectors: np.ndarray
    first: np.ndarray
    second: np.ndarray
    angles: np.ndarray


def sample_pairs(store: VectorStore, id_map: IdMap) -> PairSample:
    """Up to PAIRS pairs for every BIN of angles, among all patches of some photos. Equal vectors make no pair."""
    random = np.random.default_rng(SEED)
    n_photos = min(max(1, PAIRED * id_map.n_images // id_map.n_patches), id_map.n_images)
    vectors = store.take(id_map.ids_of(np.sort(random.choice(id_map.n_images, n_photos, replace=False))))
    with one_blas_thread():
        angles = angles_from_cosines(vectors @ vectors.T)
    bins = np.where(np.triu(np.ones(angles.shape, bool), 1) & (angles > 1e-3), (angles / BIN).astype(np.int16), -1)
    picked = []
    for number in range(math.ceil(math.pi / BIN)):
        found = np.flatnonzero(bins == number)
        picked.append(random.choice(found, PAIRS, replace=False) if len(found) > PAIRS else found)
    first, second = np.divmod(np.concatenate(picked), len(vectors))
    used, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    first, second = np.split(places, 2)
    return PairSample(vectors[used], first, second, _angles(vectors[used], first, second))


def collision_rates(sample: PairSample, k: int, n_tables: int, seed: int) -> list[CollisionRate]:
    """For every BIN of angles: the share of its pairs that share a bucket in some of L tables, and the formula's."""
    codes = _codes(sample.vectors, k, n_tables, seed)
    collided = (codes[sample.first] == codes[sample.second]).any(axis=1)
    predicted = amplified_probability(sample.angles, k, n_tables)
    rates, bins = [], (sample.angles / BIN).astype(int)
    for number in np.unique(bins):
        inside = bins == number
        n, hits = int(inside.sum()), int(collided[inside].sum())
        low, high = wilson_interval(hits, n)
        means = float(sample.angles[inside].mean()), float(predicted[inside].mean())
        rates.append(CollisionRate(means[0], n, hits / n, means[1], low, high))
    return rates


def table_cost(store: VectorStore, histogram: np.ndarray, k: int, n_tables: int, seed: int) -> TableCost:
    """What tables of k and L cost on a store. histogram: (b,) counts of the angles of random pairs over 0..pi."""
    middles = (np.arange(len(histogram)) + 0.5) * (math.pi / len(histogram))
    predicted = float(histogram @ amplified_probability(middles, k, n_tables) / max(1, histogram.sum()))
    random = np.random.default_rng(SEED)
    ids = np.sort(random.choice(len(store), min(ROWS, len(store)), replace=False))
    codes = _codes(store.take(ids), k, n_tables, seed)
    asked = np.arange(0, len(ids), max(1, len(ids) // ASKED))
    shared = np.zeros((len(asked), len(ids)), bool)
    for table in codes.T.copy():
        shared |= table[asked][:, None] == table
    n_pairs = shared.size - len(asked)  # no query is its own candidate
    measured = (int(shared.sum()) - len(asked)) / max(1, n_pairs)
    return TableCost(n_tables * table_bytes(len(store), k), predicted, measured, n_pairs)


def _codes(vectors: np.ndarray, k: int, n_tables: int, seed: int) -> np.ndarray:
    """(n, d) -> (n, L) uint32; the first L tables of the index itself where k is its own."""
    with one_blas_thread():
        return Hyperplanes(vectors.shape[1], k, n_tables, seed).codes(vectors)


def _angles(vectors: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """From chords, which are exact for small angles too: (m,) float64."""
    chords = np.linalg.norm(vectors[first].astype(np.float64) - vectors[second], axis=1)
    return 2 * np.arcsin(np.minimum(1.0, chords / 2))
