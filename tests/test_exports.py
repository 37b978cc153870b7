"""The files of one answer: what they hold, that names do no harm in them, and that they stay within bounds."""

import csv
import io
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import pytest
from page_data import N_PHOTOS, drawn_photo, jpeg
from page_data import tiny as tiny  # a fixture
from PIL import Image

from lsh_engine import LSHParams, QueryReport, RetrievalEngine, SearchSettings, load_image
from pages.common.catalog import Database
from pages.common.lettering import drawable, lettering, shortened
from pages.common.permissions import ORIGINALS
from pages.common.photos import from_bytes
from pages.common.question import Question
from pages.common.session import Choice, Crop, SearchedCrop
from pages.search import photo_zip, report_page
from pages.search.answer_picture import as_png
from pages.search.export import as_json
from pages.search.photo_zip import NOTES, Wanted, add_photos, safe_name
from pages.search.report_page import as_html
from pages.search.save_menu import as_zip
from pages.search.sheet import Sheet
from tests.stress.corpus import HOSTILE_NAMES

WINDOWS_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^(con|prn|aux|nul)(\.|$)|[. ]$', re.IGNORECASE)


class Renamed:
    """An engine whose photos have other names."""

    def __init__(self, engine: RetrievalEngine, names: tuple[str, ...]) -> None:
        self._engine, self._names = engine, names

    def __getattr__(self, name: str):
        return getattr(self._engine, name)

    def path(self, image_id: int) -> str:
        return self._names[image_id % len(self._names)]

    def photo_file(self, image_id: int) -> Path:
        return self._engine.photo_file(image_id % N_PHOTOS)

    def thumbnail(self, image_id: int) -> bytes:
        return self._engine.thumbnail(image_id % N_PHOTOS)


@pytest.fixture(scope="module")
def engine(tiny) -> RetrievalEngine:
    return RetrievalEngine.open(tiny)


@pytest.fixture(scope="module")
def sheet(engine, tiny) -> Sheet:
    """Photo 3, with a second crop and one that is not meant; hash tables miss some of what the scan finds."""
    query = from_bytes("my photo.jpg", jpeg(drawn_photo(3)))
    more = (Crop((10, 10, 60, 60)), Crop((150, 100, 220, 170), "avoid"))
    crop = SearchedCrop(query.sha, (60, 45, 180, 135), (0.5, 1.0), more)
    described = engine.describe(load_image(query.data), crop.box, crop.scales)
    settings = SearchSettings(scales=crop.scales, delta=1.5, params={"lsh": LSHParams("tables", None)})
    report = engine.search(described, settings)
    found = report.answers["lsh"]
    with_a_miss = replace(found, matches=found.matches[:2])  # whatever the hyperplanes were
    report = replace(report, answers={**report.answers, "lsh": with_a_miss})
    assert len(report.missed) == N_PHOTOS - 2
    return Sheet(report, Question(Database("tiny", "key", str(tiny), engine), query, crop), Choice(plan="tables"))


def renamed(sheet: Sheet, name: str) -> Sheet:
    """The same answer where the query, the database and every match have that name."""
    engine = Renamed(sheet.question.database.engine, (name,))
    answers = {
        method: replace(answer, matches=tuple(replace(match, path=name) for match in answer.matches))
        for method, answer in sheet.report.answers.items()
    }
    database = replace(sheet.question.database, name=name, engine=engine)
    question = replace(sheet.question, database=database, query=replace(sheet.question.query, name=name))
    return Sheet(replace(sheet.report, answers=answers), question, sheet.choice)


class Page(HTMLParser):
    """Tags with their attributes, and all text, of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags, self.words = [], []
        self.feed(page.decode())
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)


def test_the_picture_is_1600_wide_and_shows_both_columns(sheet):
    picture = Image.open(io.BytesIO(as_png(sheet)))
    assert picture.format == "PNG" and picture.width == 1600 and 700 < picture.height < 1600
    orange = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) if colour == (154, 68, 7)}
    assert orange, "missed matches are marked"
    everything = replace(sheet.report, answers={**sheet.report.answers, "lsh": sheet.report.answers["exhaustive"]})
    other = Image.open(io.BytesIO(as_png(replace(sheet, report=everything))))
    assert not {colour for _, colour in other.convert("RGB").getcolors(1 << 24) if colour == (154, 68, 7)}


def test_the_page_tells_everything_and_asks_for_nothing(sheet):
    page = Page(as_html(sheet))
    for told in (
        *sheet.verdict(),
        "my photo.jpg, 240 × 180 pixels",
        "120 × 90 pixels from (60, 45)",
        "Not this",
        "1.50 rad = 86°",
        "×0.5, ×1",
        "Hash tables",
        f"tiny: {N_PHOTOS} photos",
        "likely to be found",
    ):
        assert told in page.text, told
    for match in sheet.report.answers["exhaustive"].matches:
        assert f"{match.angle:.3f} rad" in page.text and match.path in page.text
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "form", "base"})
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == 2 + 2 + N_PHOTOS
    assert all(picture["src"].startswith("data:image/jpeg;base64,") and picture["alt"] for picture in pictures)
    addresses = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("href", "src")]
    assert all(address.startswith("data:") for address in addresses)
    items = [attributes["class"] for tag, attributes in page.tags if tag == "li"]
    assert items.count("missed") == N_PHOTOS - 2 and items.count("found") == 4


def test_the_page_shows_the_nearest_and_says_what_it_leaves_out(sheet, monkeypatch):
    monkeypatch.setattr(report_page, "SHOWN", 4)
    page = Page(as_html(sheet))
    assert len([tag for tag, _ in page.tags if tag == "li"]) == 2 + 4
    assert "The 4 nearest are shown; 2 photos more are in the CSV" in page.text


def test_an_empty_answer_is_a_page_and_a_picture_too(sheet):
    answers = {name: replace(answer, matches=()) for name, answer in sheet.report.answers.items()}
    empty = replace(sheet, report=replace(sheet.report, answers=answers))
    assert "The nearest photo is" in Page(as_html(empty)).text
    assert Image.open(io.BytesIO(as_png(empty))).width == 1600


@pytest.fixture(scope="module")
def tags(sheet) -> list[str]:
    """Of the page, in their order."""
    return [tag for tag, _ in Page(as_html(sheet)).tags]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name)[:24])
def test_hostile_names_do_no_harm(sheet, tags, name):
    named = renamed(sheet, name)
    assert as_png(named).startswith(b"\x89PNG")
    with ZipFile(io.BytesIO(as_zip(named))) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("lookalike.json"))["query"]["box"] == [60, 45, 180, 135]
        rows = list(csv.DictReader(io.StringIO(archive.read("lookalike.csv").decode())))
        assert len(rows) == N_PHOTOS
        assert not rows[0]["path"].startswith(("=", "+", "-", "@", "\uff1d"))
        names, page = archive.namelist(), Page(archive.read("report.html"))
    assert [tag for tag, _ in page.tags] == tags, "a name became a tag"
    assert len({file.lower() for file in names}) == len(names) == 3 + N_PHOTOS
    for file in names:
        assert not file.startswith("/") and ".." not in file.split("/") and len(file) < 120
        assert not any(WINDOWS_NAMES.search(part) for part in file.split("/")), file


def test_the_zip_holds_the_originals_byte_for_byte(sheet, engine):
    with ZipFile(io.BytesIO(as_zip(sheet))) as archive:
        names = archive.namelist()
        assert {"lookalike.csv", "lookalike.json", "report.html"} < set(names) and NOTES not in names
        nearest = sheet.report.answers["exhaustive"].matches[0]
        first = next(name for name in names if name.startswith("photos/001-"))
        assert first == f"photos/001-{os.path.basename(nearest.path)}"
        assert archive.read(first) == engine.photo_file(nearest.image_id).read_bytes()


def packed(engine, n_photos: int, room: int) -> ZipFile:
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        add_photos(archive, [Wanted(engine, number) for number in range(n_photos)], room)
    return ZipFile(stream)


def test_without_originals_there_are_thumbnails_and_a_note(engine, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg(drawn_photo(1)))
    moved = RetrievalEngine.build(folder, tmp_path / "moved.db")
    (folder / "a.jpg").unlink()
    archive = packed(moved, 1, photo_zip.MOST_BYTES)
    assert archive.read("thumbnails/001-a.jpg") == moved.thumbnail(0)
    assert (
        archive.read(NOTES).decode().startswith("1 photo as thumbnails, because the originals were not found:\n  a.jpg")
    )
    monkeypatch.setenv(ORIGINALS, "off")
    archive = packed(engine, N_PHOTOS, photo_zip.MOST_BYTES)
    assert not [name for name in archive.namelist() if name.startswith("photos/")]
    assert f"{N_PHOTOS} photos as thumbnails, because this server keeps its originals" in archive.read(NOTES).decode()


def test_the_zip_is_bounded_and_names_what_it_leaves_out(engine):
    sizes = [engine.photo_file(number).stat().st_size for number in range(N_PHOTOS)]
    thumbnail = len(engine.thumbnail(1))
    room = sizes[0] + thumbnail
    assert thumbnail < sizes[1]
    archive = packed(engine, N_PHOTOS, room)
    photos = [file for file in archive.infolist() if file.filename != NOTES]
    assert [file.filename for file in photos] == ["photos/001-photo_0.jpg", "thumbnails/002-photo_1.jpg"]
    assert sum(file.file_size for file in photos) <= room
    notes = archive.read(NOTES).decode()
    assert "1 photo as thumbnails, because all photos together may take 100 MB:\n  photo_1.jpg" in notes
    assert f"{N_PHOTOS - 2} photos left out" in notes and "photo_5.jpg" in notes


def test_names_in_a_zip_keep_what_is_harmless():
    assert safe_name("a/b/Straße 7 (2).JPG") == ("Straße_7__2", ".JPG")
    assert safe_name("../.hidden") == ("hidden", "")
    assert safe_name("x" * 300 + ".png") == ("x" * 80, ".png")
    assert safe_name("..") == ("photo", "")


def test_two_settings_side_by_side(sheet):
    """Hash tables at .9 rad, say, beside the sketch scan at 1.5: what only the right side has is marked."""
    narrow = replace(sheet.report, delta=0.9)
    compared = replace(sheet, report=narrow, choice=Choice(plan="tables", right_plan="exhaustive"), other=sheet.report)
    left, right = compared.columns
    assert (left.title, right.title) == ("Hash tables", "Exhaustive") and len(right.missed) == N_PHOTOS - 2
    page = Page(as_html(compared)).text
    assert f"Hash tables: 2 photos. Exhaustive: {N_PHOTOS} photos. In both: 2." in page
    assert "0.90 rad" in page and "1.50 rad" in page


def test_json_names_every_crop(sheet):
    asked = json.loads(as_json(sheet.report, sheet.question))["query"]
    assert [extra["role"] for extra in asked["more"]] == ["look", "avoid"] and asked["combine"] == "any"


def test_the_lettering_has_what_the_pages_write():
    font = lettering(20, 700)
    assert drawable("0.98 rad · ×0.71 – é Ж …", font) == "0.98 rad · ×0.71 – é Ж …"
    assert drawable("中\u0007", font) == "??"
    assert font.getlength(shortened("a" * 200 + ".jpg", font, 120)) <= 120
    assert shortened("a" * 200 + ".jpg", font, 120).endswith(".jpg")


def test_a_report_without_a_law_has_no_chances(sheet):
    bare = replace(sheet.report.answers["exhaustive"].matches[0], found_probability=None)
    answers = {name: replace(answer, matches=(bare,)) for name, answer in sheet.report.answers.items()}
    told = replace(sheet, report=QueryReport(answers, 1.5))
    assert told.mark(bare, True) == "missed by LSH" and told.mark(bare, False) == ""
    assert "None" not in Page(as_html(told)).text
