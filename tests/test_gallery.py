"""The demo gallery that ships with the app: enough photos and kinds, boxes that fit, files that open."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

ASSETS = Path(__file__).resolve().parents[1] / "assets"
GALLERY = ASSETS / "gallery"
CONTAINERS = ("wheelie_bin", "four_wheel_container", "igloo", "underground_column")
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def gallery() -> dict:
    return json.loads((GALLERY / "boxes.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def photos(gallery) -> list[dict]:
    return gallery["photos"]


def photos_by_kind(photos) -> Counter:
    return Counter(kind for photo in photos for kind in {o["kind"] for o in photo["objects"]})


def test_there_are_enough_photos(photos):
    assert len(photos) >= 160
    assert len({photo["file"] for photo in photos}) == len(photos)


def test_listed_photos_are_exactly_the_shipped_files(photos):
    on_disk = {f"photos/{path.name}" for path in (GALLERY / "photos").iterdir()}
    assert {photo["file"] for photo in photos} == on_disk


def test_photos_open_with_the_stated_size_and_carry_no_exif(photos):
    for photo in photos:
        with Image.open(GALLERY / photo["file"]) as image:
            image.load()
            assert image.format == "JPEG", photo["file"]
            assert image.size == (photo["width"], photo["height"]), photo["file"]
            assert "exif" not in image.info and not image.getexif(), photo["file"]


def test_no_photo_is_black_or_blank(photos):
    for photo in photos:
        with Image.open(GALLERY / photo["file"]) as image:
            levels = image.convert("L").resize((48, 36)).tobytes()
        mean = sum(levels) / len(levels)
        spread = (sum((v - mean) ** 2 for v in levels) / len(levels)) ** 0.5
        assert 25 < mean < 230, photo["file"]
        assert spread > 10, photo["file"]


def test_boxes_lie_inside_their_photo(photos):
    for photo in photos:
        for thing in photo["objects"]:
            left, top, right, bottom = thing["box"]
            assert 0 <= left < right <= photo["width"], photo["file"]
            assert 0 <= top < bottom <= photo["height"], photo["file"]
            assert 0 < thing["visible"] <= 1, photo["file"]


def test_kinds_are_many_and_listed(gallery, photos):
    found = photos_by_kind(photos)
    assert set(found) == set(gallery["kinds"])
    assert len(found) >= 10
    assert all(count >= 15 for count in found.values()), found


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_kind_is_common_and_often_large(photos, kind):
    assert photos_by_kind(photos)[kind] >= 26
    clear = 0
    for photo in photos:
        boxes = [o["box"] for o in photo["objects"] if o["kind"] == kind and o["visible"] >= 0.7]
        clear += any(right - left >= 60 and bottom - top >= 60 for left, top, right, bottom in boxes)
    assert clear >= 14


def test_many_photos_hold_no_container(photos):
    without = [p for p in photos if not any(o["kind"] in CONTAINERS for o in p["objects"])]
    assert len(without) >= 55


def test_near_duplicates_name_an_original(photos):
    originals = {p["file"]: p for p in photos if p["near_duplicate_of"] is None}
    copies = [p for p in photos if p["near_duplicate_of"] is not None]
    assert len(copies) >= 20
    for copy in copies:
        assert copy["near_duplicate_of"] in originals, copy["file"]
        assert originals[copy["near_duplicate_of"]]["scene_seed"] == copy["scene_seed"]


def test_the_light_varies(photos):
    assert len({p["time_of_day"] for p in photos}) >= 4


def test_gallery_and_assets_stay_small():
    assert sum(f.stat().st_size for f in GALLERY.rglob("*") if f.is_file()) < 20 * MEGABYTE
    assert sum(f.stat().st_size for f in ASSETS.rglob("*") if f.is_file()) <= 40 * MEGABYTE


def test_the_licence_is_stated():
    assert "CC0 1.0" in (GALLERY / "LICENSE.md").read_text(encoding="utf-8")
