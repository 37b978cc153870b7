"""What the page tests search: a database of drawn photos, small enough to build in seconds."""

import hashlib
import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from lsh_engine import RetrievalEngine
from pages.common import catalog

N_PHOTOS = 6
BOARD = "lookalike_board"


def drawn_photo(number: int, size: tuple[int, int] = (240, 180)) -> Image.Image:
    """A bin before a noisy wall; each number has its own colours."""
    random = np.random.default_rng(number)
    wall = random.integers(0, 255, (size[1] // 12, size[0] // 12, 3), dtype=np.uint8)
    photo = Image.fromarray(wall).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(photo)
    left, top = size[0] // 4, size[1] // 4
    colour = tuple(int(value) for value in random.integers(0, 255, 3))
    draw.rectangle((left, top, 3 * left, 3 * top), fill=colour, outline="black", width=4)
    draw.line((left, top + 14, 3 * left, top + 14), "white", 5)
    return photo


def jpeg(photo: Image.Image, **options) -> bytes:
    stream = BytesIO()
    photo.save(stream, "JPEG", quality=92, **options)
    return stream.getvalue()


def sideways_jpeg(upright: Image.Image) -> bytes:
    """As a phone held upright stores it: the pixels lie on their side, EXIF says how to turn them."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    return jpeg(upright.transpose(Image.Transpose.ROTATE_90), exif=exif)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """tiny.db, with its photo folder beside it."""
    folder = tmp_path_factory.mktemp("tiny")
    photos = folder / "photos"
    photos.mkdir()
    for number in range(N_PHOTOS):
        (photos / f"photo_{number}.jpg").write_bytes(jpeg(drawn_photo(number)))
    RetrievalEngine.build(photos, folder / "tiny.db")
    return folder / "tiny.db"


def of_another_version(database: Path, copy: Path) -> Path:
    """A copy of the database that claims a format of the future."""
    shutil.copytree(database, copy)
    pointer = json.loads((copy / "CURRENT").read_text())
    content = json.loads((copy / pointer["manifest"]).read_text()) | {"format": 99}
    text = json.dumps(content).encode()
    (copy / pointer["manifest"]).write_bytes(text)
    pointer["sha256"] = hashlib.sha256(text).hexdigest()
    (copy / "CURRENT").write_text(json.dumps(pointer))
    return copy


def page_opener(page: str, seconds: float, database: Path, monkeypatch) -> Callable[..., AppTest]:
    """Opens a page on one database, with a link if one is given; each run may take so many seconds."""
    monkeypatch.setenv(catalog.VARIABLE, str(database))
    monkeypatch.setattr(catalog, "DEMO", database.parent / "no-demo.db")

    def open_page(**link: str) -> AppTest:
        at = AppTest.from_file(page, default_timeout=seconds)
        for name, value in link.items():
            at.query_params[name] = value
        return checked(at.run())

    return open_page


def checked(at: AppTest) -> AppTest:
    """The page as it is, after a look that nothing was raised."""
    assert not at.exception, [error.message for error in at.exception]
    return at


def texts(at: AppTest) -> str:
    """All running text of the page, without the signs that keep Markdown out of names."""
    kinds = (at.markdown, at.caption, at.info, at.success, at.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "").replace("\u00a0", " ")


def buttons(at: AppTest, start: str) -> list:
    """Buttons whose key starts so."""
    return [button for button in at.button if button.key and button.key.startswith(start)]


def board_of(at: AppTest) -> dict:
    """What the answer board was told."""
    told = [json.loads(one.proto.json) for one in at.get("bidi_component") if one.proto.component_name == BOARD]
    assert len(told) == 1, "the page shows one board"
    return told[0]


def found(at: AppTest) -> list[int]:
    """How many photos each side of the board shows at its delta."""
    told = board_of(at)
    numbers = []
    for side, total in zip(told["sides"], told["totals"], strict=True):
        here = [one["n"] for one in side["asked"] if abs(one["delta"] - side["delta"]) < 1e-3]
        numbers.append(here[0] if here else total)
    return numbers
