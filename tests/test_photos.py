"""Which files of a folder are photos."""

import os

import pytest

from lsh_engine.core.errors import DatabaseError
from lsh_engine.images.photo_folders import list_photos


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_photos_of_all_subfolders_sorted_with_forward_slashes(tmp_path):
    touch(tmp_path, "b.JPG", "a/z.png", "a/b/c.webp", "notes.txt", "archive.zip", "no_suffix", "10.tif", "A/deep.jpeg")
    assert list_photos(tmp_path) == ["10.tif", "A/deep.jpeg", "a/b/c.webp", "a/z.png", "b.JPG"]


def test_names_are_data(tmp_path):
    names = ["with space.jpg", "ünï.png", "emoji 🗑.jpg", "-rf.png", "=1+1.jpg", "new\nline.png", "'; drop.png"]
    touch(tmp_path, *names)
    assert list_photos(tmp_path) == sorted(names)


def test_hidden_files_and_databases_are_passed_over(tmp_path):
    touch(tmp_path, "a.png", ".hidden.png", ".git/b.png", "x.db/CURRENT", "x.db/thumb.png", "y.db/thumb.png")
    assert list_photos(tmp_path) == ["a.png", "y.db/thumb.png"]


def test_links_that_lead_out_are_not_followed(tmp_path):
    touch(tmp_path, "secret/s.png", "photos/a.png")
    photos = tmp_path / "photos"
    os.symlink(tmp_path / "secret" / "s.png", photos / "out.png")
    os.symlink("../secret/s.png", photos / "relative.png")
    os.symlink(tmp_path / "secret", photos / "folder")
    os.symlink("a.png", photos / "inside.png")
    os.symlink("circle.png", photos / "circle.png")
    assert list_photos(photos) == ["a.png", "inside.png"]
    assert list_photos(tmp_path / "secret") == ["s.png"]


def test_a_linked_folder_is_a_folder_of_photos(tmp_path):
    touch(tmp_path, "real/a.png")
    os.symlink("real", tmp_path / "link")
    assert list_photos(tmp_path / "link") == ["a.png"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: None, "expected a folder of photos, but photos does not exist"),
        (lambda folder: folder.write_bytes(b"x"), "expected a folder of photos, but photos is a file"),
        (lambda folder: folder.mkdir(), "the folder photos is empty"),
        (lambda folder: touch(folder, "a.txt", "b/c.doc"), "the folder photos holds no photo among its 2 files"),
        (lambda folder: touch(folder, ".a.png"), "the folder photos is empty"),
        (
            lambda folder: (folder.mkdir(), os.symlink("/nowhere/a.png", folder / "a.png")),
            "holds 1 links that lead out",
        ),
    ],
)
def test_a_folder_without_photos(tmp_path, make, said):
    make(tmp_path / "photos")
    with pytest.raises(DatabaseError) as refusal:
        list_photos(tmp_path / "photos")
    assert said in str(refusal.value) and str(tmp_path) not in str(refusal.value)
