"""Photo collections with boxes that serve as queries, and the database over each."""

import csv
import json
import os
import shutil
from pathlib import Path

from lsh_engine import RetrievalEngine
from lsh_engine.core.progress import progress_bar
from lsh_engine.evaluation.box_queries import BoxQuery, read_boxes

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "benchmarks" / ".work"
MIN_SIDE = 40  # pixels
CONTAINERS = ("wheelie_bin", "four_wheel_container", "igloo", "underground_column")


class RealPhotos:
    """Street photos with container labels among distractors: containers/ (images, labels.csv, boxes.json), mixed/,
    classes/. The photos are linked into a work folder, since a build has one photo root.
    """

    def __init__(self, data: Path):
        sources = {"containers": data / "containers" / "images", "mixed": data / "mixed", "classes": data / "classes"}
        for name, source in sources.items():
            link_photos(source, WORK / "photos" / name)
        with open(data / "containers" / "labels.csv", newline="") as stream:
            labels = {f"containers/{row['file']}": row["label"] for row in csv.DictReader(stream)}
        self.targets = frozenset(path for path, label in labels.items() if label == "container")
        self.doubtful = frozenset(path for path, label in labels.items() if label == "unclear")
        self.boxes = json.loads((data / "containers" / "boxes.json").read_text())

    def queries(self) -> list[BoxQuery]:
        return [
            BoxQuery(f"containers/{photo['file']}", tuple(box), "container", self.targets)
            for photo in self.boxes
            for box in photo["boxes_xyxy"]
            if min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE
        ]

    def engine(self, db: Path | None) -> RetrievalEngine:
        with progress_bar() as progress:
            return RetrievalEngine.build(WORK / "photos", db or WORK / "real.db", progress=progress)


class Gallery:
    """The demo gallery: containers of four kinds; a target shows the same kind. Near duplicates of the query's own
    photo are left in: they show the thing as well.
    """

    doubtful: frozenset[str] = frozenset()

    def queries(self) -> list[BoxQuery]:
        boxes = read_boxes(ROOT / "assets" / "gallery" / "boxes.json", MIN_SIDE)
        return [query for query in boxes if query.kind in CONTAINERS]

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
