"""load_image: one short line for whatever is no picture, and nothing else."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from picture_builders import assert_is_the_scene, saved, scene
from PIL import Image

from lsh_engine.core.errors import ImageError
from lsh_engine.images.formats.base import MAX_FILE_BYTES
from lsh_engine.images.loading import load_image
from lsh_engine.images.photo_folders import SUFFIXES
from tests.stress.corpus import HOSTILE_NAMES, PICTURE, REFUSED, THEMES, OddFile
from tests.stress.corpus.shapes import megapixels

QUICK = [theme for theme in THEMES if theme is not megapixels]  # those: python -m tests.stress --only 1


@pytest.fixture(scope="module")
def themes() -> dict[str, list[OddFile]]:
    return {theme.__name__: list(theme()) for theme in QUICK}


@pytest.fixture
def odd(themes) -> dict[str, bytes]:
    return {file.name: file.data for files in themes.values() for file in files}


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


def fault(file: OddFile) -> str | None:
    """What is wrong with how a file is taken."""
    if isinstance(outcome(file.data), str):
        return f"refused: {message(file.data)}" if file.expected == PICTURE else message(file.data) and None
    image = load_image(file.data)
    if file.expected == REFUSED or image.mode != "RGB" or image.info:
        return f"taken as {image.size}"
    return None if file.is_shown_by(image) else "another picture"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("theme", [theme.__name__ for theme in QUICK])
def test_odd_pictures(themes, theme):
    """The right picture or one short line, as expected; never another error, never a warning."""
    assert not [f"{file.name}: {wrong}" for file in themes[theme] if (wrong := fault(file))]


def test_the_collection_is_large_enough_and_can_tell(themes, odd):
    assert len(odd) >= 400 and len(odd) == sum(map(len, themes.values())), "no name comes twice"
    wrong = next(file for file in themes["whole_pictures"] if file.name == "RGB.jpg")
    assert not wrong.is_shown_by(load_image(wrong.data).transpose(Image.Transpose.ROTATE_180))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty.jpg", "got an empty file"),
        ("paper.pdf", "got a PDF"),
        ("phone.heic", "a valid HEIC picture, but the file is damaged"),
        ("new.avif", "a valid AVIF picture, but the file is damaged"),
        ("film.mp4", "got a video"),
        ("claims 14000 x 12000.avif", "at most 50 megapixels, got 14000 x 12000"),
        ("2 MP in a frame of 60 x 40.avif", "damaged"),
        ("2 MP in a frame of 60 x 40.heic", "damaged"),
        ("layers.heic", "put together or packed in a rare way"),
        ("data beyond the end.heic", "the file ends early"),
        ("drawing.svg", "got an SVG drawing"),
        ("text.jpg", "expected a JPEG, PNG, WebP, BMP, GIF, TIFF, HEIC or AVIF picture"),
        ("too heavy.jpg", "at most 20 MB, got 21 MB"),
        ("claims 14000 x 12000.jpg", "at most 50 megapixels, got 14000 x 12000"),
        ("claims side of 16385.jpg", "at most 16384 pixels"),
        ("narrow.png", "within 1:50 of each other, got 400 x 2"),
        ("scan bomb.jpg", "few scans"),
        ("comment flood.gif", "at most 50000 parts"),
        ("RGB.jpg cut at 0", "empty file"),
        ("RGBA.png cut at 0", "empty file"),
        ("preview.tif", "camera raw"),
        ("progressive of 49 MP.jpg", "at most 43 megapixels for this kind of JPEG"),
        ("claims 6000 x 6000.webp", "damaged"),
        ("truly 6000 x 6000.webp", "at most 32 megapixels for this kind of WebP"),
        ("deep strip of 49 MP.tif", "at most 43 megapixels for this kind of TIFF"),
        ("arithmetic.jpg", "arithmetic"),
        ("frame of 65535.gif", "at most 50 megapixels"),
        ("long run lengths.bmp", "large run-length coded"),
        ("ninety thousand tiles.tif", "at most 50000 parts"),
        ("progressive inside.tif", "progressive JPEG inside"),
        ("huge tile.tif", "damaged"),
    ],
)
def test_refusals_say_what_was_expected_and_what_came(odd, name, words):
    assert words in message(odd[name])


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
    assert {".jpg", ".webp", ".tiff", ".mpo", ".heic", ".heif", ".avif"} <= set(SUFFIXES)


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


def test_threads_do_not_disturb_each_other(odd):
    chosen = list(odd.values())[::9]
    alone = [outcome(data) for data in chosen]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            assert list(pool.map(outcome, chosen)) == alone
