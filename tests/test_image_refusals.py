"""load_image: one short line for whatever is no picture, and nothing else."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from odd_pictures import EITHER, HOSTILE_NAMES, PICTURE, REFUSED, odd_pictures
from picture_builders import assert_is_the_scene, saved, scene
from PIL import Image

from lsh_engine.errors import ImageError
from lsh_engine.images import MAX_FILE_BYTES, SUFFIXES, load_image

ODD = list(odd_pictures())


def message(source) -> str:
    """What the refusal of `source` says; checks that it is fit for a page."""
    with pytest.raises(ImageError) as caught:
        load_image(source)
    text = str(caught.value)
    assert text.startswith("expected ") and len(text) <= 200 and text.isprintable()
    assert "0x" not in text and os.sep not in text and "PIL" not in text
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return text


def outcome(data: bytes) -> bytes | str:
    try:
        return load_image(data).tobytes()
    except ImageError as error:
        return str(error)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name, data, expectation", ODD, ids=[name for name, _, _ in ODD])
def test_odd_picture(name, data, expectation):
    """A picture or one short line, as expected; never another error, never a warning."""
    if expectation == PICTURE or expectation == EITHER and not isinstance(outcome(data), str):
        image = load_image(data)
        assert image.mode == "RGB" and image.info == {}
        assert expectation == EITHER or image.size in ((60, 40), (1, 1))
    else:
        message(data)


def test_the_collection_is_large_enough():
    assert len(ODD) >= 400 and len({name for name, _, _ in ODD}) == len(ODD)
    assert min(sum(e == kind for _, _, e in ODD) for kind in (PICTURE, REFUSED, EITHER)) >= 60


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty.jpg", "got an empty file"),
        ("paper.pdf", "got a PDF"),
        ("phone.heic", "got a HEIC file"),
        ("new.avif", "got an AVIF file"),
        ("drawing.svg", "got an SVG drawing"),
        ("text.jpg", "expected a JPEG, PNG, WebP, BMP, GIF or TIFF picture"),
        ("too heavy.jpg", "at most 20 MB, got 21 MB"),
        ("claims 14000 x 12000.jpg", "at most 50 megapixels, got 14000 x 12000"),
        ("claims 20000 x 1.jpg", "at most 16384 pixels"),
        ("narrow.png", "within 1:50 of each other, got 400 x 2"),
        ("scan bomb.jpg", "few scans"),
        ("comment flood.gif", "at most 50000 parts"),
        ("RGB.jpg cut at 0", "empty file"),
        ("RGBA.png cut at 0", "empty file"),
        ("preview.tif", "camera raw"),
        ("progressive of 49 MP.jpg", "at most 43 megapixels for this kind of JPEG"),
        ("claims 6000 x 6000.webp", "at most 32 megapixels for this kind of WebP"),
        ("deep strip of 49 MP.tif", "at most 43 megapixels for this kind of TIFF"),
        ("arithmetic.jpg", "arithmetic"),
        ("frame of 65535.gif", "at most 16384 pixels"),
        ("long run lengths.bmp", "large run-length coded"),
        ("ninety thousand tiles.tif", "at most 50000 parts"),
        ("progressive inside.tif", "progressive JPEG inside"),
        ("huge tile.tif", "damaged"),
    ],
)
def test_refusals_say_what_was_expected_and_what_came(name, words):
    assert words in message(next(data for odd, data, _ in ODD if odd == name))


def test_cut_pictures_are_said_to_end_early():
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"):
        data = saved(scene().convert("P") if kind == "GIF" else scene(), kind)
        assert "the file ends early" in message(data[: len(data) * 2 // 3])


@pytest.mark.parametrize("source", [None, 7, 1.5, True, [], {}, object(), io.BytesIO(b"x"), Image.new("L", (1, 1))])
def test_anything_else_is_refused(source):
    assert "bytes or its path" in message(source)


def test_bytes_come_in_several_kinds():
    data = saved(scene(), "PNG")
    released = memoryview(data)
    released.release()
    for source in (
        data,
        bytearray(data),
        memoryview(data),
        memoryview(b"".join(bytes([b, 0]) for b in data))[::2],
    ):
        assert_is_the_scene(load_image(source))
    message(released)


# Files


def test_a_path_is_opened_by_its_content(tmp_path):
    for name in ("photo.JPG", "wrong.png", "no suffix", "\u5bb9\u5668.tif", "-rf", "=1+1.jpg", "<b>.jpg"):
        path = tmp_path / name
        path.write_bytes(saved(scene(), "JPEG"))
        assert_is_the_scene(load_image(path))
        assert_is_the_scene(load_image(str(path)))
    assert {".jpg", ".webp", ".tiff", ".mpo"} <= set(SUFFIXES)


def test_hostile_names_are_refused_without_being_repeated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in HOSTILE_NAMES:
        text = message(name)
        assert len(name) < 4 or name not in text

    class Odd(os.PathLike):
        def __fspath__(self):
            raise RuntimeError("secret")

    assert "secret" not in message(Odd())


def test_no_access_is_said(tmp_path, monkeypatch):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(scene(), "JPEG"))
    monkeypatch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied", str(path))))
    assert "access is denied" in message(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_only_regular_files_within_the_limit_are_read(tmp_path):
    assert "a folder" in message(tmp_path)
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe" in message(tmp_path / "pipe.jpg")
    assert "device" in message("/dev/zero")
    with open(tmp_path / "heavy.jpg", "wb") as heavy:
        heavy.truncate(MAX_FILE_BYTES + 1)
    assert "at most 20 MB" in message(tmp_path / "heavy.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    message(tmp_path / "loop.jpg")


def test_threads_do_not_disturb_each_other():
    chosen = ODD[::5]
    alone = [outcome(data) for _, data, _ in chosen]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            assert list(pool.map(lambda odd: outcome(odd[1]), chosen)) == alone
