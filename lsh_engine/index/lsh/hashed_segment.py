"""A run of rows with everything that finds candidates among them. Segments are immutable; adding makes new ones."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..checks import frozen
from ..saving import expect
from ..store import VectorStore
from . import kernels
from .config import LSHConfig
from .planner import N_PROBED
from .projection import Projection
from .sketch import N_CHUNKS, pack_sketch, unpack_sketch
from .tables import Tables, build_tables

HASHED_AT_ONCE = 2**16  # rows
GROWTH = 4  # a segment joins its neighbour unless that is this many times as large


@dataclass(frozen=True)
class HashedSegment:
    """VectorStore start .. start + n - 1. tables: source A's, over Gaussian planes. probed, sketch: over rotations.

    centre_dots: (n,) float32, x.c where hashing looks from a centre c.
    """

    start: int
    tables: Tables
    probed: Tables
    sketch: np.ndarray
    centre_dots: np.ndarray | None = None

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
        return arrays if self.centre_dots is None else arrays | {f"along-{place}": self.centre_dots}

    @classmethod
    def from_arrays(
        cls, start: int, stop: int, arrays: dict[str, np.ndarray], n_tables: int, centred: bool
    ) -> "HashedSegment":
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


def build_segment(store: VectorStore, start: int, projection: Projection) -> HashedSegment:
    """Hash the rows from `start` to the last."""
    gaussian, rotated, centre_dots = [], [], []
    for first in range(start, len(store), HASHED_AT_ONCE):
        vectors = store.part(first, min(first + HASHED_AT_ONCE, len(store)))
        gaussian.append(projection.planes.codes(vectors))
        rotated.append(projection.rotations.codes(vectors))
        centre_dots.append(projection.centre_dots(vectors))
    joined = None if centre_dots[0] is None else frozen(np.concatenate(centre_dots))
    k = projection.planes.n_hyperplanes
    return _segment(start, np.concatenate(gaussian), np.concatenate(rotated), joined, k)


def _segment(start: int, gaussian: np.ndarray, rotated: np.ndarray, dots: np.ndarray | None, k: int) -> HashedSegment:
    probed = build_tables(rotated[:, :N_PROBED])
    return HashedSegment(start, build_tables(gaussian, k), probed, pack_sketch(rotated), dots)


def merged(segments: tuple[HashedSegment, ...], config: LSHConfig) -> tuple[HashedSegment, ...]:
    """The same rows in fewer segments: the last ones join until each is several times as large as the next.

    Nothing is hashed again: the codes are read back from the tables and the sketches. n additions leave about
    log n segments, and every row is moved about log n times.
    """
    segments = list(segments)
    while len(segments) > 1 and segments[-2].n_rows < GROWTH * segments[-1].n_rows:
        last, former = segments.pop(), segments.pop()
        gaussian = np.concatenate([former.tables.codes(), last.tables.codes()])
        rotated = np.concatenate([unpack_sketch(former.sketch), unpack_sketch(last.sketch)])
        centre_dots = (
            None if last.centre_dots is None else frozen(np.concatenate([former.centre_dots, last.centre_dots]))
        )
        segments.append(_segment(former.start, gaussian, rotated, centre_dots, config.n_hyperplanes))
    return tuple(segments)
