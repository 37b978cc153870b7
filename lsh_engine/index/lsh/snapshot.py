"""What queries read: rows and what was made of them. It never changes, so that threads share it without locks."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from ...core.errors import DatabaseError
from .. import saving as files
from ..contract import frozen
from ..store import Rows
from .centring import Centre
from .config import LSHConfig
from .hashed_segment import Segment, build_segment, merged
from .hashing import CODE_BITS
from .planner import Planner
from .projection import Frame
from .sketch import nearest_rows

SETTLED = 10_000  # rows from which on the centre is kept; smaller indexes are hashed afresh when they grow
RESAMPLED = 1.25  # growth after which pairs are drawn again for the histograms


@dataclass(frozen=True)
class Sealed:
    """Rows and their segments. histograms: (2, 256) int64, angles of pairs among the first n_sampled rows."""

    rows: Rows
    segments: tuple[Segment, ...]
    frame: Frame
    histograms: np.ndarray
    n_sampled: int
    planner: Planner

    @classmethod
    def over(
        cls, rows: Rows, segments: tuple[Segment, ...], frame: Frame, histograms: np.ndarray, n_sampled: int
    ) -> "Sealed":
        longest = min((segment.probed.n_bits for segment in segments), default=CODE_BITS)
        planner = Planner(frame.collection(rows, histograms, longest))
        return cls(rows, segments, frame, histograms, n_sampled, planner)

    def nearest(self, query: np.ndarray, n_rows: int) -> np.ndarray:
        """At least `n_rows` ids, where there are as many, that differ least in 256 bits: (m,) int32, ascending."""
        bits = self.frame.rotations.hash_query(query)[1]
        found = [nearest_rows(part.sketch, bits, n_rows) + np.int32(part.start) for part in self.segments]
        return frozen(np.concatenate(found))

    def meta(self) -> dict:
        """What `opened` needs besides arrays, as JSON. The hyperplanes grow again from the seed."""
        return {
            "n_vectors": len(self.rows),
            "dim": self.rows.dim,
            "planes": self.frame.checksum(),
            "centre": asdict(self.frame.centre),
            "segments": [[segment.start, segment.stop] for segment in self.segments],
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything but the vectors. An array that spans rows has them in its name, and never changes."""
        arrays = {"histograms": self.histograms}
        if self.rows.gone is not None:
            arrays["removed"] = self.rows.removed
        if self.frame.centre.square:
            arrays["centre"] = self.frame.rotations.centre
        for segment in self.segments:
            arrays |= segment.arrays()
        return arrays


def resealed(former: Sealed | None, rows: Rows, config: LSHConfig) -> Sealed:
    """`former` with the rows that came and without those that went."""
    if former and len(rows) == len(former.rows):
        return replace(former, rows=rows)
    if former is None or len(former.rows) < SETTLED:
        frame = Frame.fitting(rows, config)
        segments = (build_segment(rows, 0, frame),)
    else:
        frame = former.frame
        segments = merged((*former.segments, build_segment(rows, len(former.rows), frame)), config)
    if former and len(rows) < RESAMPLED * former.n_sampled:
        return Sealed.over(rows, segments, frame, former.histograms, former.n_sampled)
    return Sealed.over(rows, segments, frame, frame.histograms(rows, config.seed), len(rows))


def opened(config: LSHConfig, meta: dict, arrays: dict[str, np.ndarray], vectors) -> Sealed:
    """What was written as `meta` and `arrays`, over its vectors; nothing is copied. Raises DatabaseError."""
    try:
        n, dim, checksum = meta["n_vectors"], meta["dim"], meta["planes"]
        centre, spans = Centre(**meta["centre"]), [(int(start), int(stop)) for start, stop in meta["segments"]]
    except (KeyError, TypeError, ValueError) as error:
        raise DatabaseError("the description of this index is damaged: build it again") from error
    if [0, *(stop for _, stop in spans)] != [*(start for start, _ in spans), n]:
        raise DatabaseError("the segments of this index do not cover its vectors: build it again")
    rows = files.rows_of(vectors, dim, arrays.get("removed"))
    if len(rows) != n:
        raise DatabaseError(f"the index counts {n:,} vectors, got {len(rows):,}: build it again")
    histograms = files.expect("histograms", arrays.get("histograms"), (2, 256), np.int64)
    vector = files.expect("centre", arrays.get("centre"), (dim,), np.float32) if centre.square else None
    frame = Frame.of(dim, config, vector, centre)
    if frame.checksum() != checksum:
        raise DatabaseError("the hyperplanes of this index cannot be drawn again here: build it again")
    segments = tuple(Segment.from_arrays(*span, arrays, config.n_tables, bool(centre.square)) for span in spans)
    return Sealed.over(rows, segments, frame, frozen(histograms), n)
