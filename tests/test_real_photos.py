"""The main job on real street photos with labels, where a folder of them lies beside the repository."""

import csv
import json
import os
import shutil
from pathlib import Path
from statistics import mean

import pytest
from small_photos import overlap

from lsh_engine import RetrievalEngine, SearchSettings, load_image
from lsh_engine.evaluation.metrics import precision_at

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LOOKALIKE_TEST_PHOTOS", ROOT.parent / "shared" / "data"))
LABELS = DATA / "containers" / "labels.csv"

pytestmark = pytest.mark.skipif(
    not LABELS.is_file(), reason="no labelled street photos: LOOKALIKE_TEST_PHOTOS names no such folder"
)
MORE_CONTAINERS, DISTRACTORS, QUERIES = 10, 30, 8


@pytest.fixture(scope="module")
def labels():
    with open(LABELS, newline="") as stream:
        return {row["file"]: row["label"] for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def boxed():
    return json.loads((DATA / "containers" / "boxes.json").read_text())


@pytest.fixture(scope="module")
def engine(tmp_path_factory, labels, boxed):
    photos = tmp_path_factory.mktemp("streets")
    names = [photo["file"] for photo in boxed]
    names += [name for name, label in labels.items() if label == "container" and name not in names][:MORE_CONTAINERS]
    for name in names:
        shutil.copy(DATA / "containers" / "images" / name, photos)
    for file in sorted((DATA / "mixed").glob("*.jpg"))[:: max(1, 496 // DISTRACTORS)]:
        shutil.copy(file, photos)
    return RetrievalEngine.build(photos, photos.parent / "streets.db")


@pytest.fixture(scope="module")
def reports(engine, boxed):
    """(own photo, report at 1.05 rad, full ranking) of one container box in each of some photos."""
    found = []
    for photo in boxed[:QUERIES]:
        image = load_image(DATA / "containers" / "images" / photo["file"])
        box = max(photo["boxes_xyxy"], key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))
        report = engine.query(image, box, SearchSettings(delta=1.05))
        ranking = engine.query(image, box, SearchSettings(delta=3.14)).exhaustive.matches
        found.append((photo["file"], report, ranking))
    return found


def test_containers_come_before_everything_else(reports, labels):
    precisions = []
    for own, _, ranking in reports:
        others = [match.path for match in ranking if match.path != own and labels.get(match.path) != "unclear"]
        precisions.append(precision_at([labels.get(path) == "container" for path in others]))
    assert mean(precisions) >= 0.85


def test_the_own_photo_comes_first_with_the_container_in_its_box(reports, boxed):
    for own, report, _ in reports:
        best = report.exhaustive.matches[0]
        assert best.path == own
        photo = next(photo for photo in boxed if photo["file"] == own)
        assert max(overlap(best.box, box) for box in photo["boxes_xyxy"]) > 0.3


def test_index_recall_is_what_was_predicted(reports):
    answered = [report for _, report, _ in reports if report.index_recall is not None]
    assert len(answered) == QUERIES
    assert mean(report.index_recall for report in answered) >= 0.95
    gap = mean(report.index_recall for report in answered) - mean(report.predicted_recall for report in answered)
    assert abs(gap) <= 0.05
