"""Photo collections with boxes that serve as queries, and the database over each."""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lsh_engine import RetrievalEngine
from lsh_engine.progress import progress_bar

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "benchmarks" / ".work"
MIN_SIDE = 40  # pixels
MIN_VISIBLE = 0.6  # share of a rendered thing that must be in sight to ask for it
CONTAINERS = ("wheelie_bin", "four_wheel_container", "igloo", "underground_column")


@dataclass(frozen=True)
class BoxQuery:
    """A box to search for. targets: paths of every photo that should be found (own photo may be among them)."""

    path: str
    box: tuple[float, float, float, float]
    kind: str
    targets: frozenset[str]


class BoxedPhotos:
    """folder: the photo folder. doubtful: paths that no score counts."""

    folder: Path
    doubtful: frozenset[str] = frozenset()

    def queries(self) -> Iterator[BoxQuery]:
        raise NotImplementedError

    def engine(self, db: Path | None) -> RetrievalEngine:
        raise NotImplementedError


class RealPhotos(BoxedPhotos):
    """Street photos with container labels among distractors: containers/ (images, labels.csv, boxes.json), mixed/,
    classes/. The photos are linked into a work folder, since a database has one photo root."""

    def __init__(self, data: Path):
        self.folder = WORK / "photos"
        parts = {
            "containers": data / "containers" / "images",
            "mixed": data / "mixed",
            "classes": data / "classes",
        }
        for name, source in parts.items():
            link_photos(source, self.folder / name)
        with open(data / "containers" / "labels.csv", newline="") as stream:
            labels = {f"containers/{row['file']}": row["label"] for row in csv.DictReader(stream)}
        self.targets = frozenset(path for path, label in labels.items() if label == "container")
        self.doubtful = frozenset(path for path, label in labels.items() if label == "unclear")
        self.boxes = json.loads((data / "containers" / "boxes.json").read_text())

    def queries(self) -> Iterator[BoxQuery]:
        for photo in self.boxes:
            for box in photo["boxes_xyxy"]:
                if min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE:
                    yield BoxQuery(f"containers/{photo['file']}", tuple(box), "container", self.targets)

    def engine(self, db: Path | None) -> RetrievalEngine:
        with progress_bar() as progress:
            return RetrievalEngine.build(self.folder, db or WORK / "real.db", progress=progress)


class Gallery(BoxedPhotos):
    """The demo gallery: containers of four kinds; a target shows the same kind. Near duplicates of the query's own
    photo are left in: they show the thing as well."""

    def __init__(self, any_container: bool = False):
        self.folder = ROOT / "assets" / "gallery"
        self.photos = json.loads((self.folder / "boxes.json").read_text())["photos"]
        self.any_container = any_container

    def queries(self) -> Iterator[BoxQuery]:
        for photo in self.photos:
            for thing in photo["objects"]:
                left, top, right, bottom = thing["box"]
                large = min(right - left, bottom - top) >= MIN_SIDE and thing["visible"] >= MIN_VISIBLE
                if thing["kind"] in CONTAINERS and large:
                    yield BoxQuery(photo["file"], tuple(thing["box"]), thing["kind"], self._showing(thing["kind"]))

    def _showing(self, kind: str) -> frozenset[str]:
        kinds = CONTAINERS if self.any_container else (kind,)
        return frozenset(p["file"] for p in self.photos if any(thing["kind"] in kinds for thing in p["objects"]))

    def engine(self, db: Path | None) -> RetrievalEngine:
        return RetrievalEngine.open(db or ROOT / "assets" / "demo.db")


def link_photos(source: Path, target: Path) -> None:
    """Hard links where the file system allows, copies elsewhere."""
    for file in sorted(path for path in source.rglob("*.jpg") if path.is_file()):
        place = target / file.relative_to(source)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file, place)
            except OSError:
                shutil.copyfile(file, place)
