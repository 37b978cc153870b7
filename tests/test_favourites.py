"""Starred matches: kept in order, shown, removed, asked about, saved; also where their database has gone."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from page_data import N_PHOTOS, board_of, buttons, checked, page_opener, texts
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import Match, RetrievalEngine
from pages.common import catalog
from pages.common.catalog import Database
from pages.common.question import Question
from pages.common.session import KEY, Favourite, Query, SearchedCrop, Session
from pages.search import favourites
from pages.search.events import Wish
from pages.search.favourites import as_csv, as_zip, favourite_ids, is_favourite, toggle_favourite
from tests.stress.corpus import HOSTILE_NAMES

SEARCH = str(Path(__file__).parents[1] / "pages" / "1_Search.py")


@pytest.fixture
def page(tiny, monkeypatch):
    return page_opener(SEARCH, 60, tiny, monkeypatch)


@pytest.fixture
def me(monkeypatch) -> Session:
    """A session without a page."""
    mine = Session()
    monkeypatch.setattr(favourites, "session", lambda: mine)
    return mine


@pytest.fixture
def question(tiny) -> Question:
    database = Database("tiny", "key", str(tiny), RetrievalEngine.open(tiny))
    return Question(database, Query("asked.jpg", "0", (240, 180)), SearchedCrop("0", (0, 0, 9, 9), (1.0,)))


def match(number: int) -> Match:
    return Match(f"photo_{number}.jpg", number, 0.5 + number / 100, (10.0, 20.0, 110.0, 140.0), 1.0)


def test_a_star_comes_and_goes(me, question):
    for number in (1, 4, 2):
        toggle_favourite(match(number), question)
    assert [one.image_id for one in me.favourites] == [2, 4, 1], "newest first"
    assert is_favourite(4, question.database) and not is_favourite(3, question.database)
    toggle_favourite(replace(match(4), angle=0.9, box=(0, 0, 5, 5)), question)
    assert favourite_ids(question.database) == {1, 2}, "one star a photo, whatever region matched"
    elsewhere = replace(question, database=replace(question.database, path="other.db"))
    assert not favourite_ids(elsewhere.database)
    toggle_favourite(match(1), elsewhere)
    assert len(me.favourites) == 3


def test_the_stars_are_bounded(me, question, monkeypatch):
    monkeypatch.setattr(favourites, "MOST", 4)
    for number in range(N_PHOTOS):
        toggle_favourite(match(number), question)
    assert [one.image_id for one in me.favourites] == [5, 4, 3, 2]


def starred(page, *numbers: int) -> AppTest:
    at = page(image="2", box="10-20-110-140", scales="1", delta="1.5")
    path = str(next(path for path in catalog.available().values()))
    mine = at.session_state[KEY]
    mine.favourites = tuple(
        Favourite(path, "tiny", number, f"photo_{number}.jpg", (10.0, 20.0, 110.0, 140.0), 0.61, 1.0, "asked.jpg")
        for number in numbers
    )
    return checked(at.run())


def test_the_list_shows_removes_and_asks(page):
    assert not buttons(page(image="2"), "use-remove-favourite")
    at = starred(page, 4, 1)
    assert len(buttons(at, "open-favourite-")) == 2 and "2 photos" in texts(at)
    at = checked(at.button(key="use-remove-favourite-0").click().run())
    assert [one.image_id for one in at.session_state[KEY].favourites] == [1]
    at = checked(at.button(key="open-favourite-0").click().run())
    mine = at.session_state[KEY]
    assert (mine.query.image_id, mine.searched.box) == (1, (10, 20, 110, 140))
    assert [one.image_id for one in mine.favourites] == [1], "asking about it keeps it"


def test_a_star_on_the_board_enters_the_list(page):
    at = page(image="2", box="10-20-110-140", scales="1", delta="1.5")
    first = board_of(at)["photos"][0]["id"]
    for stars in ([first], []):
        at.session_state[KEY].wish = Wish("star", first)  # as a click on a card
        at = checked(at.run())
        assert [one.image_id for one in at.session_state[KEY].favourites] == stars
        assert len(buttons(at, "open-favourite-")) == len(stars)
        assert board_of(at)["photos"][0]["starred"] == bool(stars)


def test_a_favourite_whose_database_or_photo_has_gone_is_one_line(page):
    at = starred(page, 1, 2)
    mine = at.session_state[KEY]
    mine.favourites = (
        replace(mine.favourites[0], database="/gone.db", database_name="gone"),
        replace(mine.favourites[1], name="another.jpg"),
    )
    at = checked(at.run())
    problems = [error.value.replace("\\", "").replace("\u2060", "") for error in at.error]
    assert problems == ["the database gone has gone", "the photo another.jpg has left its database"]
    assert all(button.disabled for button in buttons(at, "open-favourite-"))
    at = checked(at.button(key="use-remove-favourite-0").click().run())
    assert len(at.session_state[KEY].favourites) == 1


def test_the_files_hold_names_and_photos(page, question):
    at = starred(page, 4, 1)
    mine = at.session_state[KEY].favourites
    rows = list(csv.DictReader(io.StringIO(as_csv(mine))))
    assert [(row["path"], row["query"], float(row["angle_rad"])) for row in rows] == [
        ("photo_4.jpg", "asked.jpg", 0.61),
        ("photo_1.jpg", "asked.jpg", 0.61),
    ]
    gone = replace(mine[0], database="/gone.db")
    with ZipFile(io.BytesIO(as_zip((*mine, gone)))) as archive:
        assert archive.namelist() == ["lookalike-favourites.csv", "photos/001-photo_4.jpg", "photos/002-photo_1.jpg"]
        original = question.database.engine.photo_file(4).read_bytes()
        assert archive.read("photos/001-photo_4.jpg") == original


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name)[:24])
def test_hostile_names_stay_text_in_the_table(name):
    favourite = Favourite("a.db", name, 0, name, (0.0, 0.0, 9.0, 9.0), 0.5, 1.0, name)
    rows = list(csv.reader(io.StringIO(as_csv((favourite,)))))
    assert len(rows) == 2 and len(rows[1]) == len(favourites.COLUMNS)
    assert not any(cell.startswith(("=", "+", "-", "@", "\uff1d")) for cell in rows[1])
