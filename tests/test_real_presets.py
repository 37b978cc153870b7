"""Presets measured on real photos of few subjects, where a folder of them lies beside the repository."""

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from lsh_engine import RetrievalEngine, SearchSettings, backbone_cards, load_image
from lsh_engine.analysis.calibration import APART

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LOOKALIKE_TEST_PHOTOS", ROOT.parent / "shared" / "data"))
LABELS, HORSES = DATA / "containers" / "labels.csv", DATA / "horses" / "boxes.json"

pytestmark = pytest.mark.skipif(
    not (LABELS.is_file() and HORSES.is_file()), reason="no labelled photos: LOOKALIKE_TEST_PHOTOS names no such folder"
)
EACH, QUERIES = 40, 6


@pytest.fixture
def streets() -> list[Path]:
    """Street photos with a container in them."""
    with open(LABELS, newline="") as stream:
        names = [row["file"] for row in csv.DictReader(stream) if row["label"] == "container"]
    return [DATA / "containers" / "images" / name for name in names[:EACH]]


def test_a_folder_of_two_subjects_keeps_its_presets_apart_and_they_find_the_subject(tmp_path, streets):
    boxed = json.loads(HORSES.read_text())[:EACH]
    (tmp_path / "two").mkdir()
    for file in [*streets, *(DATA / "horses" / "images" / horse["file"] for horse in boxed)]:
        shutil.copy(file, tmp_path / "two")
    engine = RetrievalEngine.build(tmp_path / "two", tmp_path / "two.db")
    horses = {horse["file"] for horse in boxed}
    picture, thing, kind = engine.presets.values()
    assert engine.info()["calibration"]["note"] == ""
    assert picture + APART <= thing + 0.01 and thing + APART <= kind + 0.01
    found = []
    for horse in boxed[:QUERIES]:
        photo = load_image(DATA / "horses" / "images" / horse["file"])
        report = engine.query(photo, horse["boxes_xyxy"][0], SearchSettings(delta=kind), methods=("exhaustive",))
        found += [match.path in horses for match in report.exhaustive.matches if match.path != horse["file"]]
    assert np.mean(found) >= 0.9 and len(found) >= 5 * QUERIES, "at “same kind”: horses, and some of them"


def test_frames_of_one_photo_keep_the_usual_presets_and_say_why(tmp_path, streets):
    random, photo = np.random.default_rng(0), load_image(streets[0])
    (tmp_path / "frames").mkdir()
    width, height = photo.size
    for number in range(60):
        left, top = random.integers(0, width // 33), random.integers(0, height // 33)
        frame = photo.crop((left, top, left + width - width // 33, top + height - height // 33))
        frame = np.asarray(ImageEnhance.Brightness(frame).enhance(random.uniform(0.95, 1.05)), np.float32)
        noisy = (frame + random.normal(0, 3, frame.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(tmp_path / "frames" / f"{number}.jpg", quality=90)
    engine = RetrievalEngine.build(tmp_path / "frames", tmp_path / "frames.db")
    assert engine.presets == dict(backbone_cards()[engine.info()["backbone"]].presets)
    assert "so alike" in engine.info()["calibration"]["note"]
