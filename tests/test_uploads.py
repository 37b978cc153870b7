"""Uploaded pictures as photos of a folder: what is kept, what is refused, and names that would do harm."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from page_data import drawn_photo, jpeg, sideways_jpeg
from PIL import Image, ImageStat

from lsh_engine import DatabaseError, keep_photos, load_image
from lsh_engine.images.photo_folders import list_photos
from lsh_engine.images.uploads import harmless
from tests.stress.corpus import HOSTILE_NAMES, REFUSED
from tests.stress.corpus.colours import whole_pictures
from tests.stress.corpus.polyglots import no_pictures

ROOM = 10**9


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "root" / "uploads").mkdir(parents=True)
    return tmp_path / "root" / "uploads"


def tree(folder: Path) -> list[str]:
    """Everything below the folder's grandparent."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_every_kind_of_picture_is_kept_as_it_looks(folder):
    offered = [(f"{number}.bin", file.data) for number, file in enumerate(whole_pictures())]
    kept, refused = keep_photos(folder, offered, ROOM)
    assert refused == [] and len(kept) == len(offered) > 20
    assert list_photos(folder) == sorted(path.name for path in kept), "each has a name that a build takes"
    for (_, data), path in zip(offered, kept, strict=True):
        before, after = load_image(data), load_image(path)
        assert before.size == after.size
        if data[:2] not in (b"II", b"MM"):
            assert before.tobytes() == after.tobytes(), "all but TIFF are kept as they are"
        means = (ImageStat.Stat(picture).mean for picture in (before, after))
        assert max(abs(a - b) for a, b in zip(*means, strict=True)) < 3, path


def test_nothing_that_a_camera_noted_is_kept(folder):
    exif = Image.Exif()
    exif[0x010F], exif.get_ifd(0x8825)[1] = "SecretCamera", "N"
    upright = jpeg(drawn_photo(1), exif=exif)
    keep_photos(folder, [("a.jpg", upright), ("b.jpg", sideways_jpeg(drawn_photo(2)))], ROOM)
    for path in folder.iterdir():
        with Image.open(path) as opened:
            assert not opened.getexif() and opened.size == (240, 180)
    assert b"SecretCamera" in upright and b"SecretCamera" not in (folder / "a.jpg").read_bytes()


def test_what_is_no_picture_is_listed_and_the_rest_kept(folder):
    bad = [(file.name, file.data) for file in no_pictures() if file.expected == REFUSED]
    kept, refused = keep_photos(folder, [*bad, ("good.jpg", jpeg(drawn_photo(1)))], ROOM)
    assert [path.name for path in kept] == ["good.jpg"] == tree(folder)
    assert [name for name, _ in refused] == [name for name, _ in bad]
    assert all(reason and "\n" not in reason for _, reason in refused)


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "", ".", "..", "~", "-rf", "a\u202egpj.exe", "photo.jpg/", "x" * 5000]
)
def test_hostile_names_stay_in_the_folder(folder, name):
    data = jpeg(drawn_photo(1))
    kept, refused = keep_photos(folder, [(name, data)], ROOM)
    assert (
        not refused
        and kept[0].parent == folder
        and tree(folder.parents[1])
        == [
            "root",
            "root/uploads",
            f"root/uploads/{kept[0].name}",
        ]
    )
    stem = kept[0].stem
    assert stem == harmless(name) and all(letter.isalnum() or letter in "_.-" for letter in stem)
    assert stem[0] not in ".-_" and len(os.fsencode(kept[0].name)) <= 255 and list_photos(folder) == [kept[0].name]


def test_names_keep_what_is_harmless():
    names = {"IMG_1234.JPG": "IMG_1234", "Änne & Bär (2).png": "Änne_Bär_2", "C:\\photos\\a.b.jpg": "a.b"}
    names |= {"con.jpg": "photo_con", "LPT1": "photo_LPT1", "=cmd|x!A1.jpg": "cmd_x_A1", "日本.jpg": "日本"}
    assert {name: harmless(name) for name in names} == names


def test_the_same_name_twice(folder):
    one, two = jpeg(drawn_photo(1)), jpeg(drawn_photo(2))
    kept, _ = keep_photos(folder, [("a.jpg", one), ("a.jpg", two), ("x/a.jpg", one)], ROOM)
    assert [path.name for path in kept] == ["a.jpg", "a-2.jpg"] == sorted(tree(folder), reverse=True)
    assert load_image(folder / "a-2.jpg").tobytes() == load_image(two).tobytes()


@pytest.mark.parametrize("links", [True, False])
def test_one_name_at_the_same_time_keeps_every_picture(folder, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "no hard links here")))
    pictures = [jpeg(drawn_photo(number)) for number in range(6)]
    together = threading.Barrier(len(pictures))

    def keep(data: bytes) -> Path:
        together.wait(20)
        kept, refused = keep_photos(folder, [("a.jpg", data)], ROOM)
        assert not refused
        return kept[0]

    with ThreadPoolExecutor(len(pictures)) as pool:
        kept = list(pool.map(keep, pictures))
    assert len(set(kept)) == len(pictures) == len(tree(folder))
    for path, data in zip(kept, pictures, strict=True):
        assert load_image(path).tobytes() == load_image(data).tobytes(), "told of one's own picture"


def test_room_is_kept_to(folder):
    photos = [(f"{number}.jpg", jpeg(drawn_photo(number))) for number in range(4)]
    room = sum(len(data) for _, data in photos[:2]) + 10
    kept, refused = keep_photos(folder, photos, room)
    assert len(kept) == 2 and [name for name, _ in refused] == ["2.jpg", "3.jpg"] and "no room" in refused[0][1]
    assert sum(path.stat().st_size for path in kept) <= room


def test_a_full_disk_leaves_no_half_photo(folder, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        kept, refused = keep_photos(folder, [("a.jpg", jpeg(drawn_photo(1)))], ROOM)
    assert kept == [] and "No space left" in refused[0][1] and tree(folder) == []
    assert issubclass(DatabaseError, ValueError)
