"""A snapshot: a store and what was made of it. It never changes, so that threads read it without locks."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from ...core.errors import DatabaseError
from ..checks import frozen
from ..saving import expect
from ..store import VectorStore
from .centring import Centre
from .config import LSHConfig
from .hashed_segment import HashedSegment, build_segment, merged
from .hashing import CODE_BITS
from .planner import Planner
from .projection import Projection
from .sketch import nearest_rows

SETTLED = 10_000  # rows from which on the centre is kept; smaller indexes are hashed afresh when they grow
RESAMPLED = 1.25  # growth after which pairs are drawn again for the histograms


@dataclass(frozen=True)
class LSHSnapshot:
    """A store and what was made of it. histograms: (2, 256) int64, angles of pairs among the first n_sampled rows."""

    store: VectorStore
    segments: tuple[HashedSegment, ...]
    projection: Projection
    histograms: np.ndarray
    n_sampled: int
    planner: Planner

    @classmethod
    def over(
        cls,
        store: VectorStore,
        segments: tuple[HashedSegment, ...],
        projection: Projection,
        histograms: np.ndarray,
        n_sampled: int,
    ) -> "LSHSnapshot":
        longest = min((segment.probed.n_bits for segment in segments), default=CODE_BITS)
        planner = Planner(projection.statistics(store, histograms, longest))
        return cls(store, segments, projection, histograms, n_sampled, planner)

    def nearest(self, query: np.ndarray, n_rows: int) -> np.ndarray:
        """At least `n_rows` ids, where there are as many, that differ least in 256 bits: (m,) int32, ascending."""
        bits = self.projection.rotations.hash_query(query)[1]
        found = [nearest_rows(part.sketch, bits, n_rows) + np.int32(part.start) for part in self.segments]
        return frozen(np.concatenate(found))

    def meta(self) -> dict:
        """What `opened` needs besides arrays, as JSON. The hyperplanes grow again from the seed."""
        return {
            "planes": self.projection.checksum(),
            "centre": asdict(self.projection.centre),
            "segments": [[segment.start, segment.stop] for segment in self.segments],
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name. One that spans rows has them in its name, and never changes."""
        arrays = {"histograms": self.histograms}
        if self.projection.centre.square:
            arrays["centre"] = self.projection.rotations.centre
        for segment in self.segments:
            arrays |= segment.arrays()
        return arrays


def brought_up_to_date(former: LSHSnapshot | None, store: VectorStore, config: LSHConfig) -> LSHSnapshot:
    """A snapshot of `store`, made from the former one where that spares work."""
    if former and len(store) == len(former.store):
        return replace(former, store=store)
    if former is None or len(former.store) < SETTLED:
        projection = Projection.fitting(store, config)
        segments: tuple[HashedSegment, ...] = (build_segment(store, 0, projection),)
    else:
        projection = former.projection
        segments = merged((*former.segments, build_segment(store, len(former.store), projection)), config)
    if former and len(store) < RESAMPLED * former.n_sampled:
        return LSHSnapshot.over(store, segments, projection, former.histograms, former.n_sampled)
    return LSHSnapshot.over(store, segments, projection, projection.histograms(store, config.seed), len(store))


def opened(store: VectorStore, config: LSHConfig, meta: dict, arrays: dict[str, np.ndarray]) -> LSHSnapshot:
    """The snapshot that was written as `meta` and `arrays`; no array is copied. Raises DatabaseError."""
    try:
        checksum, centre = meta["planes"], Centre(**meta["centre"])
        spans = [(int(start), int(stop)) for start, stop in meta["segments"]]
    except (KeyError, TypeError, ValueError) as error:
        raise DatabaseError("the description of this index is damaged: build it again") from error
    if [0, *(stop for _, stop in spans)] != [*(start for start, _ in spans), len(store)]:
        raise DatabaseError("the segments of this index do not cover its vectors: build it again")
    histograms = expect("histograms", arrays.get("histograms"), (2, 256), np.int64)
    vector = expect("centre", arrays.get("centre"), (store.dim,), np.float32) if centre.square else None
    projection = Projection.of(store.dim, config, vector, centre)
    if projection.checksum() != checksum:
        raise DatabaseError("the hyperplanes of this index cannot be drawn again here: build it again")
    segments = tuple(HashedSegment.from_arrays(*span, arrays, config.n_tables, bool(centre.square)) for span in spans)
    return LSHSnapshot.over(store, segments, projection, frozen(histograms), len(store))
