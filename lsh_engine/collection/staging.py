"""Work of an unfinished build, kept in small finished pieces so that the next build goes on from there.

What becomes a segment is written where it stays: descriptors and thumbnails go to the end of files that a commit only
moves. A piece counts once its record is on the disk; what lies behind the last piece in a file is cut off.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..core import generations as manifest
from ..core import growing_array, journal
from ..core.files import replace_json, sync_directory

FOLDER = ".staging"


class Staging:
    """A folder inside the database. `plan` says what is being built: another plan starts afresh."""

    def __init__(self, root: Path, plan: dict) -> None:
        self.root, self.folder = root, root / FOLDER
        self._n_records: dict[str, int] = {}
        plan = json.loads(json.dumps(plan))
        if self._read("plan") != plan:
            self.discard()
            journal.own_folder(root, FOLDER)
            self._write("plan", plan)

    @staticmethod
    def began(root: Path) -> bool:
        """Whether `root` holds an unfinished build."""
        return (root / FOLDER / "plan.json").is_file()

    def done(self, stage: str) -> list[dict]:
        """Records of the finished pieces of a stage, in order."""
        names = sorted(path.stem for path in self.folder.glob(f"{stage}-*.json"))
        return [record for name in names if (record := self._read(name)) is not None]

    def put(self, stage: str, record: dict, **arrays: np.ndarray) -> None:
        """Add a finished piece: its arrays first, then the record that makes it count."""
        entries = {name: asdict(manifest.write_array(self.folder, name, array)) for name, array in arrays.items()}
        if stage not in self._n_records:
            self._n_records[stage] = sum(1 for _ in self.folder.glob(f"{stage}-*.json"))
        self._write(f"{stage}-{self._n_records[stage]:06d}", record | {"arrays": entries})
        self._n_records[stage] += 1

    def array(self, record: dict, name: str) -> np.ndarray:
        """An array of a piece, memory-mapped."""
        return manifest.read_array(self.folder, manifest.Entry(**record["arrays"][name]))

    def discard(self) -> None:
        """Throw all of it away."""
        self._n_records.clear()
        journal.drop_folder(self.root, FOLDER)

    def _read(self, name: str) -> dict | None:
        try:
            return json.loads((self.folder / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def _write(self, name: str, record: dict) -> None:
        replace_json(self.folder / f"{name}.json", record)


class GrowingFile:
    """A staged file of rows that a commit moves into the database under the same name."""

    def __init__(self, staging: Staging, file: str, dtype: Any, row: tuple[int, ...], n_rows: int = 0) -> None:
        self.path, self.home = staging.folder / file, staging.root / file
        self.dtype, self.row, self.n_rows = np.dtype(dtype), row, n_rows
        if not self.path.exists() and self.home.exists():
            self.give_back()  # a commit was killed after it had moved the file

    def append(self, rows: np.ndarray) -> None:
        """Rows behind the last that counts, flushed."""
        if not self.path.exists():
            growing_array.start(self.path, self.dtype, self.row)
        self.n_rows = growing_array.append(self.path, self.n_rows, rows)

    @property
    def whole(self) -> bool:
        """Whether all rows that count are there."""
        return not self.n_rows or growing_array.holds(self.path, self.dtype, (self.n_rows, *self.row))

    def move_home(self) -> manifest.Entry:
        """Finish the file and move it into the database."""
        entry = growing_array.finish(self.path, self.dtype, (self.n_rows, *self.row))
        os.replace(self.path, self.home)
        sync_directory(self.home.parent)
        return entry

    def give_back(self) -> None:
        """Move the file back into the staging folder: it was not committed."""
        if self.home.exists() and not self.path.exists():
            os.replace(self.home, self.path)


class StagedSegment:
    """Descriptors and thumbnails of up to about SEGMENT photos."""

    def __init__(self, staging: Staging, record: dict, dim: int) -> None:
        """record: of the stage "segment"."""
        self.vectors = GrowingFile(staging, record["vectors"], record["dtype"], (dim,))
        self.thumbnails = GrowingFile(staging, record["thumbnails"], np.uint8, ())
        self.images: list[dict] = []

    @property
    def files(self) -> tuple[GrowingFile, GrowingFile]:
        return self.vectors, self.thumbnails


class StagedPhotos:
    """The described photos of an unfinished build, piece by piece."""

    def __init__(self, staging: Staging, dim: int, dtype: str, n_full: int) -> None:
        """dim, dtype: of the descriptors. n_full: photos that make a segment full."""
        self._staging, self._dim, self._dtype, self._n_full = staging, dim, dtype, n_full
        self.segments = [StagedSegment(staging, record, dim) for record in staging.done("segment")]
        self.seen: set[str] = set()  # paths that are done, readable or not
        self.unreadable: list[tuple[str, str]] = []
        for record in staging.done("described"):
            self._count(record)

    @property
    def whole(self) -> bool:
        """Whether every row that the records count is on the disk."""
        return all(file.whole for segment in self.segments for file in segment.files)

    def put(self, record: dict, rows: np.ndarray | None, thumbnails: np.ndarray | None) -> None:
        """Add a piece. record: {"paths", "images", "unreadable"}. rows, thumbnails: of its images; None without any."""
        if rows is not None and thumbnails is not None:
            if not self.segments or len(self.segments[-1].images) >= self._n_full:
                self._begin_segment()
            segment = self.segments[-1]
            segment.vectors.append(rows)
            segment.thumbnails.append(thumbnails)
            counts = {"rows": segment.vectors.n_rows, "bytes": segment.thumbnails.n_rows}
            record = record | counts | {"segment": len(self.segments) - 1}
        self._staging.put("described", record)
        self._count(record)

    def _begin_segment(self) -> None:
        root = self._staging.root
        names = {name: journal.fresh_name(root, name, "npy") for name in ("vectors", "thumbnails")}
        record = names | {"dtype": self._dtype}
        self._staging.put("segment", record)
        self.segments.append(StagedSegment(self._staging, record, self._dim))

    def _count(self, record: dict) -> None:
        self.seen.update(record["paths"])
        self.unreadable += [(path, reason) for path, reason in record["unreadable"]]
        if record["images"]:
            segment = self.segments[record["segment"]]
            segment.vectors.n_rows, segment.thumbnails.n_rows = record["rows"], record["bytes"]
            segment.images += record["images"]

    def move_home(self) -> list[tuple[list[dict], manifest.Entry, manifest.Entry]]:
        """Move the files of every segment into the database: (facts of its photos, vectors, thumbnails) each."""
        filled = [segment for segment in self.segments if segment.images]
        return [(each.images, each.vectors.move_home(), each.thumbnails.move_home()) for each in filled]

    def give_back(self) -> None:
        """Undo `move_home` where nothing was committed."""
        for segment in self.segments:
            for file in segment.files:
                file.give_back()
