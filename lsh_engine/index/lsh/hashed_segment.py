"""A run of rows with everything that finds candidates among them. Segments are immutable; adding makes new ones."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..contract import frozen
from ..saving import expect
from ..store import Rows
from . import kernels
from .config import LSHConfig
from .planner import N_PROBED
from .projection import Frame
from .sketch import N_CHUNKS, pack_sketch, unpack_sketch
from .tables import Tables, build_tables

HASHED_AT_ONCE = 2**16  # rows
GROWTH = 4  # a segment joins its neighbour unless that is this many times as large


@dataclass(frozen=True)
class Segment:
    """Rows start .. start + n - 1. tables: source A's, over Gaussian planes. probed, sketch: over rotations.

    along: (n,) float32, x.c where hashing looks from a centre c.
    """

    start: int
    tables: Tables
    probed: Tables
    sketch: np.ndarray
    along: np.ndarray | None = None

    @property
    def n_rows(self) -> int:
        return self.sketch.shape[1]

    @property
    def stop(self) -> int:
        return self.start + self.n_rows

    def bucketed(self, codes: np.ndarray, k: int) -> np.ndarray:
        """Rows that share their first k bits with the query in some of source A's tables: (m,) int32, ascending."""
        return self.tables.look_up(every_table(len(codes)), codes, k)

    @cached_property
    def places(self) -> dict[int, tuple]:
        """Where `kernels.find` looks, by the way it looks."""
        gaussian, probed = ((t.directory, t.entries, t.spare, self.sketch) for t in (self.tables, self.probed))
        return {kernels.TABLES: gaussian, kernels.PROBE: probed, kernels.SCAN: probed}

    def arrays(self) -> dict[str, np.ndarray]:
        """By names that hold the range of rows: equal names in one index are equal arrays."""
        place = f"{self.start}-{self.stop}"
        arrays = {
            f"tables-{place}": self.tables.entries,
            f"directory-{place}": self.tables.directory,
            f"probed-{place}": self.probed.entries,
            f"probed-directory-{place}": self.probed.directory,
            f"sketch-{place}": self.sketch,
        }
        return arrays if self.along is None else arrays | {f"along-{place}": self.along}

    @classmethod
    def from_arrays(
        cls, start: int, stop: int, arrays: dict[str, np.ndarray], n_tables: int, centred: bool
    ) -> "Segment":
        """The segment of these rows. Raises DatabaseError when an array is missing or of another shape."""
        n = stop - start

        def part(name: str, shape: tuple[int | None, ...], dtype: type) -> np.ndarray:
            return frozen(expect(name, arrays.get(f"{name}-{start}-{stop}"), shape, dtype))

        return cls(
            start,
            Tables(part("directory", (n_tables, None), np.uint32), part("tables", (n_tables, n), np.uint32)),
            Tables(part("probed-directory", (N_PROBED, None), np.uint32), part("probed", (N_PROBED, n), np.uint32)),
            part("sketch", (N_CHUNKS, n, 4), np.uint64),
            part("along", (n,), np.float32) if centred else None,
        )


@lru_cache(maxsize=64)
def every_table(n_tables: int) -> np.ndarray:
    return np.arange(n_tables, dtype=np.int32)  # not frozen: kernels get the type that `choose_probes` gives


def build_segment(rows: Rows, start: int, frame: Frame) -> Segment:
    """Hash the rows from `start` to the last."""
    gaussian, rotated, along = [], [], []
    for first in range(start, len(rows), HASHED_AT_ONCE):
        vectors = rows.part(first, min(first + HASHED_AT_ONCE, len(rows)))
        gaussian.append(frame.planes.codes(vectors))
        rotated.append(frame.rotations.codes(vectors))
        along.append(frame.along(vectors))
    joined = None if along[0] is None else frozen(np.concatenate(along))
    k = frame.planes.n_hyperplanes
    return _segment(start, np.concatenate(gaussian), np.concatenate(rotated), joined, k)


def _segment(start: int, gaussian: np.ndarray, rotated: np.ndarray, along: np.ndarray | None, k: int) -> Segment:
    probed = build_tables(rotated[:, :N_PROBED])
    return Segment(start, build_tables(gaussian, k), probed, pack_sketch(rotated), along)


def merged(segments: tuple[Segment, ...], config: LSHConfig) -> tuple[Segment, ...]:
    """The same rows in fewer segments: the last ones join until each is several times as large as the next.

    Nothing is hashed again: the codes are read back from the tables and the sketches. n additions leave about
    log n segments, and every row is moved about log n times.
    """
    segments = list(segments)
    while len(segments) > 1 and segments[-2].n_rows < GROWTH * segments[-1].n_rows:
        last, former = segments.pop(), segments.pop()
        gaussian = np.concatenate([former.tables.codes(), last.tables.codes()])
        rotated = np.concatenate([unpack_sketch(former.sketch), unpack_sketch(last.sketch)])
        along = None if last.along is None else frozen(np.concatenate([former.along, last.along]))
        segments.append(_segment(former.start, gaussian, rotated, along, config.n_hyperplanes))
    return tuple(segments)
