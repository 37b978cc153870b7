"""Segments: runs of rows, each with the tables and sketches that find candidates in it. Adding rows adds a segment."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..checks import frozen
from ..saving import expect
from ..store import VectorStore
from . import kernels
from .config import LSHConfig
from .projection import Projection
from .simulated_probes import N_PROBED
from .sketch import N_CHUNKS, pack_sketch, unpack_sketch
from .tables import Tables, build_tables

HASHED_AT_ONCE = 2**16  # rows
DOTS = "along"  # name of `centre_dots` on disk, which databases of earlier versions have
GROWTH = 4  # a segment joins its neighbour unless that is this many times as large


@dataclass(frozen=True)
class HashedSegment:
    """What finds candidates among the rows start .. stop - 1 of a store.

    tables: source A's, over Gaussian planes. probed, sketch: over rotations. centre_dots: (n,) float32, x.c where
    hashing looks from a centre c, else (0,).
    """

    start: int
    tables: Tables
    probed: Tables
    sketch: np.ndarray
    centre_dots: np.ndarray

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
        """The arrays by name. Names hold the range of rows, so that equal names in one index are equal arrays."""
        place = f"{self.start}-{self.stop}"
        arrays = {
            f"tables-{place}": self.tables.entries,
            f"directory-{place}": self.tables.directory,
            f"probed-{place}": self.probed.entries,
            f"probed-directory-{place}": self.probed.directory,
            f"sketch-{place}": self.sketch,
        }
        return arrays | {f"{DOTS}-{place}": self.centre_dots} if len(self.centre_dots) else arrays

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
            part(DOTS, (n,), np.float32) if centred else frozen(np.empty(0, np.float32)),
        )


@lru_cache(maxsize=64)
def every_table(n_tables: int) -> np.ndarray:
    return np.arange(n_tables, dtype=np.int32)  # not frozen: kernels get the type that `choose_probes` gives


def build_segment(store: VectorStore, start: int, projection: Projection) -> HashedSegment:
    """A segment of the rows from `start` to the last, freshly hashed."""
    gaussian, rotated, centre_dots = [], [], []
    for first in range(start, len(store), HASHED_AT_ONCE):
        vectors = store.part(first, min(first + HASHED_AT_ONCE, len(store)))
        gaussian.append(projection.planes.codes(vectors))
        rotated.append(projection.rotations.codes(vectors))
        centre_dots.append(projection.centre_dots(vectors))
    return _segment(start, gaussian, rotated, centre_dots, projection.planes.n_hyperplanes)


def _segment(
    start: int, gaussian: list[np.ndarray], rotated: list[np.ndarray], dots: list[np.ndarray], k: int
) -> HashedSegment:
    """The segment of rows whose codes and centre dots come in parts."""
    tables, codes = build_tables(np.concatenate(gaussian), k), np.concatenate(rotated)
    return HashedSegment(
        start, tables, build_tables(codes[:, :N_PROBED]), pack_sketch(codes), frozen(np.concatenate(dots))
    )


def merged(segments: tuple[HashedSegment, ...], config: LSHConfig) -> tuple[HashedSegment, ...]:
    """The same rows in fewer segments: the last ones join until each is several times as large as the next.

    Nothing is hashed again: the codes are read back from the tables and the sketches. n additions leave about
    log n segments, and every row is moved about log n times.
    """
    left = list(segments)
    while len(left) > 1 and left[-2].n_rows < GROWTH * left[-1].n_rows:
        pair = left[-2:]
        gaussian = [segment.tables.codes() for segment in pair]
        rotated = [unpack_sketch(segment.sketch) for segment in pair]
        dots = [segment.centre_dots for segment in pair]
        left[-2:] = [_segment(pair[0].start, gaussian, rotated, dots, config.n_hyperplanes)]
    return tuple(left)
