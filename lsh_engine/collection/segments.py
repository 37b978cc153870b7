"""The files of a run of photos: descriptors, thumbnails and the table of the photos. They are written once.

A full segment stays as it is. Small ones, as additions and removals leave them, are merged with their neighbours until
each is several times as large as the next, so that n additions leave about log n files and every photo is copied about
log n times (the tiers of Lucene).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core import generations as manifest
from ..core import growing_array, journal

if TYPE_CHECKING:
    import pandas as pd

SEGMENT = 1024  # photos that make a segment full: 125 MB of float32 descriptors
TIER = 4  # a small segment stays beside one that is this many times smaller
UNKNOWN = 0  # time of the last change of a file whose time is not known


@dataclass(frozen=True)
class Segment:
    """The files of n_images photos."""

    n_images: int
    vectors: manifest.Entry
    images: manifest.Entry
    thumbnails: manifest.Entry

    def named(self, number: int) -> dict[str, manifest.Entry]:
        """The files by what the manifest calls them."""
        parts = {"vectors": self.vectors, "images": self.images, "thumbnails": self.thumbnails}
        return {f"{name}-{number}": entry for name, entry in parts.items()}


def segment_in(entries: dict[str, manifest.Entry], number: int, n_images: int) -> Segment:
    """The segment of this number among the files of a generation."""
    return Segment(n_images, *(entries[f"{name}-{number}"] for name in ("vectors", "images", "thumbnails")))


def files_of(segments: list[Segment]) -> dict[str, manifest.Entry]:
    """All files by what the manifest calls them."""
    return {name: entry for number, segment in enumerate(segments) for name, entry in segment.named(number).items()}


def write_images(root: Path, table: "pd.DataFrame") -> manifest.Entry:
    """Write the table of a segment's photos; their thumbnails lie one behind the other."""
    table["thumbnail_start"] = table["thumbnail_bytes"].cumsum() - table["thumbnail_bytes"]
    return manifest.write_table(root, "images", table)


def complete(table: "pd.DataFrame", n_rows: int) -> "pd.DataFrame":
    """A segment's table with the columns that former versions did not write. n_rows: its descriptors."""
    table["mtime_ns"] = table.get("mtime_ns", UNKNOWN)
    table["n_patches"] = table.get("n_patches", n_rows // max(1, len(table)))  # every photo had the same number
    return table


def table_of(root: Path, segment: Segment) -> "pd.DataFrame":
    """The table of a segment's photos."""
    return complete(manifest.read_table(root, segment.images), (segment.vectors.shape or (0,))[0])


def thinned(root: Path, segment: Segment, stays: np.ndarray, counts: np.ndarray) -> Segment | None:
    """A segment of some of the photos: (n_images,) bool. counts: (n_images,) patches of each. None where none stays."""
    if stays.all():
        return segment
    if not stays.any():
        return None
    table = table_of(root, segment)
    vectors, thumbnails = (manifest.read_array(root, entry) for entry in (segment.vectors, segment.thumbnails))
    jpegs = [
        thumbnails[start : start + n]
        for start, n in table.loc[stays, ["thumbnail_start", "thumbnail_bytes"]].itertuples(index=False)
    ]
    return Segment(
        int(stays.sum()),
        manifest.write_array(root, "vectors", vectors[np.repeat(stays, counts)]),
        write_images(root, table[stays].reset_index(drop=True)),
        manifest.write_array(root, "thumbnails", np.concatenate(jpegs)),
    )


def merged(root: Path, segments: list[Segment]) -> list[Segment]:
    """The same photos in the same order, small neighbours as one segment where they are of similar size."""
    runs: list[list[Segment]] = []
    for segment in segments:
        runs.append([segment])
        while len(runs) > 1 and _belong_together(*runs[-2:]):
            last = runs.pop()
            runs[-1] += last
    return [run[0] if len(run) == 1 else _joined(root, run) for run in runs]


def _belong_together(former: list[Segment], last: list[Segment]) -> bool:
    before, after = (sum(segment.n_images for segment in run) for run in (former, last))
    return max(before, after) < SEGMENT and before < TIER * after


def _joined(root: Path, run: list[Segment]) -> Segment:
    import pandas as pd

    tables = [table_of(root, segment) for segment in run]
    vectors, thumbnails = (
        growing_array.write_joined(
            root / journal.fresh_name(root, name, "npy"),
            (manifest.read_array(root, entry) for entry in entries),
            np.dtype(entries[0].dtype),
            (entries[0].shape or ())[1:],
        )
        for name, entries in (
            ("vectors", [segment.vectors for segment in run]),
            ("thumbnails", [segment.thumbnails for segment in run]),
        )
    )
    images = write_images(root, pd.concat(tables, ignore_index=True))
    return Segment(sum(segment.n_images for segment in run), vectors, images, thumbnails)
