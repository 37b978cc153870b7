"""The bits that an index holds of one pair, a query and a stored vector: what an answer can be explained with.

Everything is read from the index as it stands: keys from its tables, bits from its sketches, buckets as a search finds
them. Tables of source A hash vectors as they are; sketches and probes hash them as seen from the centre.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..hits import Hits
from .config import LSHConfig
from .details import LSHDetails
from .hashed_segment import HashedSegment
from .hyperplane_lsh import HyperplaneLSH
from .kernels import CHUNK_WORDS
from .plan import CODE_BITS
from .simulated_probes import N_PROBED

TABLES_AT_ONCE = 8  # hyperplanes of further tables are drawn and forgotten so many tables at a time


@dataclass(frozen=True)
class SketchBits:
    """One pair in sketches. differing: (1024,) bool, the bits that differ. angle: of the pair as hashing sees it."""

    differing: np.ndarray
    angle: float


def stored_codes(index: HyperplaneLSH, ids: np.ndarray) -> np.ndarray:
    """Codes of vectors as source A's tables hold them: (m,) ids -> (m, L) uint32, the first k bits the key."""
    ids, segments = np.asarray(ids, np.int64), index.snapshot().segments
    codes = np.empty((len(ids), index.config.n_tables), np.uint32)
    for segment in segments:
        inside = (ids >= segment.start) & (ids < segment.stop)
        if inside.any():
            codes[inside] = segment.tables.codes_of(ids[inside] - segment.start)
    return codes & _key_mask(index.config.n_hyperplanes)


def query_codes(index: HyperplaneLSH, queries: np.ndarray) -> np.ndarray:
    """Codes of (m, d) queries as a search computes them: (m, L) uint32."""
    planes = index.snapshot().projection.planes
    return np.array([planes.query_codes(query) for query in np.ascontiguousarray(queries, np.float32)])


def buckets(index: HyperplaneLSH, codes: np.ndarray, k: int) -> list[np.ndarray]:
    """Ids in the bucket of each table's first k bits: codes (L,) uint32 -> L arrays of ids, int64, ascending."""
    snapshot = index.snapshot()
    found = []
    for table in range(len(codes)):
        at, key = np.array([table], np.int32), codes[table : table + 1]
        parts = [segment.tables.look_up(at, key, k) + np.int64(segment.start) for segment in snapshot.segments]
        ids = np.concatenate(parts)
        found.append(ids if snapshot.store.gone is None else ids[~snapshot.store.gone[ids]])
    return found


def projected_planes(index: HyperplaneLSH, directions: np.ndarray) -> np.ndarray:
    """Products of every hyperplane's normal with some directions: (p, d) -> (L, k, p) float64."""
    planes, config = index.snapshot().projection.planes.planes, index.config
    products = planes @ np.asarray(directions, np.float32).T
    return products.astype(np.float64).reshape(config.n_tables, config.n_hyperplanes, -1)


def further_codes(config: LSHConfig, vectors: np.ndarray, n_tables: int) -> Iterator[tuple[int, np.ndarray]]:
    """(number of the first, codes (m, t) uint32) of tables that an index with `n_tables` tables would have besides.

    An index of the same seed draws the same hyperplanes and then more of them, so these are the tables that it would
    really have; only the hyperplanes are drawn here, nothing is built.
    """
    k, dim = config.n_hyperplanes, vectors.shape[1]
    random = np.random.default_rng(config.seed)
    for first in range(0, n_tables, TABLES_AT_ONCE):
        n = min(TABLES_AT_ONCE, n_tables - first)
        planes = random.standard_normal((n * k, dim), dtype=np.float32)
        if first + n <= config.n_tables:
            continue
        bits = np.zeros((len(vectors), n, CODE_BITS), bool)
        bits[:, :, :k] = (vectors @ planes.T > 0).reshape(len(vectors), n, k)
        codes = np.packbits(bits, axis=2).view(">u4")[:, :, 0].astype(np.uint32)
        skipped = max(0, config.n_tables - first)
        yield first + skipped, codes[:, skipped:]


def sketch_bits(index: HyperplaneLSH, query: np.ndarray, row_id: int) -> SketchBits:
    """One pair in the sketches: the query hashed as a search does, the vector as it is stored."""
    snapshot = index.snapshot()
    words = snapshot.projection.rotations.hash_query(np.ascontiguousarray(query, np.float32))[1]
    segment = _segment_of(snapshot.segments, row_id)
    differing = words ^ segment.sketch[:, row_id - segment.start]
    # The first bit of a code is its highest, and codes lie two in a word.
    bits = np.unpackbits(differing.reshape(-1, CHUNK_WORDS).view(np.uint32).astype(">u4").view(np.uint8))
    return SketchBits(bits.astype(bool), _seen_angle(snapshot.projection.rotations.centre, query, index, row_id))


def probe_holding(index: HyperplaneLSH, hits: Hits, ids: np.ndarray) -> np.ndarray:
    """Which bucket, in the order of probing from 0, holds each of (m,) ids: int64, -1 where none does.

    hits: the answer to one query whose plan probes buckets; where it does not, none holds anything.
    """
    details = hits.details
    if not isinstance(details, LSHDetails) or details.choose is None or details.name != "multiprobe":
        return np.full(len(ids), -1)
    _, _, tables, keys = details.choose()
    codes, shift = np.empty((len(ids), N_PROBED), np.uint32), np.uint64(CODE_BITS - details.plan.k)
    for segment in index.snapshot().segments:
        inside = (ids >= segment.start) & (ids < segment.stop)
        if inside.any():
            codes[inside] = segment.probed.codes_of(ids[inside] - segment.start)
    held = (codes[:, tables] ^ keys).astype(np.uint64) >> shift == 0
    return np.where(held.any(axis=1), held.argmax(axis=1), -1)


def bits_text(code: int, k: int) -> str:
    """The key of a code as text: '0110' for k = 4."""
    return format(int(code) >> (CODE_BITS - k), f"0{k}b")


def _seen_angle(centre: np.ndarray, query: np.ndarray, index: HyperplaneLSH, row_id: int) -> float:
    a = query.astype(np.float64) - centre
    b = index.store.take(np.array([row_id]))[0].astype(np.float64) - centre
    chord = np.linalg.norm(a / max(np.linalg.norm(a), 1e-12) - b / max(np.linalg.norm(b), 1e-12))
    return 2 * math.asin(min(1.0, float(chord) / 2))


def _segment_of(segments: tuple[HashedSegment, ...], row_id: int) -> HashedSegment:
    return next(segment for segment in segments if segment.start <= row_id < segment.stop)


def _key_mask(k: int) -> np.uint32:
    return np.uint32(((1 << k) - 1) << (CODE_BITS - k))
