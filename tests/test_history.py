"""The history of a session's questions: what enters it, what a click brings back, and its bounds."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from page_data import board_of, buttons, checked, drawn_photo, jpeg, page_opener
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import RetrievalEngine
from pages.common import catalog
from pages.common.session import KEY, Asked, Choice, Query, SearchedCrop, Session
from pages.search import history
from pages.search.events import Wish
from pages.search.history import MOST_ASKED, within_bounds

SEARCH = str(Path(__file__).parents[1] / "pages" / "1_Search.py")


@pytest.fixture
def page(tiny, monkeypatch):
    return page_opener(SEARCH, 60, tiny, monkeypatch)


def me(at: AppTest) -> Session:
    return at.session_state[KEY]


def opened(page, number: int, box: str = "10-20-110-140", **link: str) -> AppTest:
    return page(image=str(number), box=box, delta="1.40", scales="1", **link)


def ask(at: AppTest, **changes) -> AppTest:
    """Change the question and search, as the controls do."""
    for name, value in changes.items():
        setattr(me(at), name, value)
    me(at).search()
    return checked(at.run())


def strip(at: AppTest) -> list:
    return buttons(at, "open-history-")


def test_each_searched_crop_becomes_one_entry_newest_first(page):
    at = opened(page, 2)
    assert not strip(at), "there is nothing to go back to"
    at = ask(at, box=(40, 30, 200, 150))
    assert [asked.crop.box for asked in me(at).history] == [(40, 30, 200, 150), (10, 20, 110, 140)]
    assert [button.disabled for button in strip(at)] == [True, False]
    newest = me(at).history[0]
    assert strip(at)[0].label == f"{newest.found} of {newest.total}" and newest.total > 0
    assert "tiny · 1.40 rad" in [caption.value.replace("\\", "") for caption in at.caption]
    assert newest.picture.startswith(b"\xff\xd8") and len(newest.picture) < 20_000
    at = ask(at, box=(10, 20, 110, 140))
    assert len(me(at).history) == 2, "the same question again is no new entry"
    me(at).choose(delta=0.9, plan="tables")
    at = checked(at.run())
    assert len(me(at).history) == 2, "nor is another delta or plan"
    assert (me(at).history[1].delta, me(at).history[1].choice.plan) == (0.9, "tables")


def test_a_click_brings_everything_back_from_the_cache(page, monkeypatch):
    at = opened(page, 2, plan="tables")
    answer = board_of(at)
    asked = me(at).history[0]
    at = ask(at, box=(40, 30, 200, 150), choice=Choice(delta=0.7, scales=(0.5,), plan="sketch"))
    searched = []
    search = RetrievalEngine.search
    monkeypatch.setattr(RetrievalEngine, "search", lambda *args, **named: searched.append(1) or search(*args, **named))
    at = checked(strip(at)[1].click().run())
    now = me(at)
    assert now.query == asked.query and now.box == now.searched.box == (10, 20, 110, 140) and not now.stale
    assert (now.choice.delta, now.choice.plan, now.choice.scales) == (1.4, "tables", (1.0,))
    assert dict(at.query_params)["box"] in ("10-20-110-140", ["10-20-110-140"])
    assert not searched, "the answer was kept"
    assert board_of(at)["photos"] == answer["photos"] and board_of(at)["totals"] == answer["totals"]
    at = checked(strip(at)[0].click().run())
    assert me(at).choice.plan == "sketch" and me(at).searched.box == (40, 30, 200, 150)


def test_going_back_from_a_match_used_as_query(page):
    """An upload is searched, one of its matches is used as query: the strip leads back to the upload."""
    at = page()
    at = checked(at.file_uploader[0].upload("mine.jpg", jpeg(drawn_photo(3))).run())
    at = ask(at, choice=Choice(delta=1.5))
    upload = me(at).query
    me(at).wish = Wish("use", board_of(at)["photos"][0]["id"])  # as a click on the board
    at = checked(at.run())
    assert me(at).query.image_id is not None and len(me(at).history) == 2
    at = checked(strip(at)[1].click().run())
    assert me(at).query is upload and me(at).searched.sha == upload.sha


def test_several_crops_and_marks_come_back(page):
    at = opened(page, 2)
    asked = me(at).history[0]
    marked = replace(asked.crop, liked=((1, 0),), disliked=((4, 2),), combine="all")
    me(at).history = (replace(asked, crop=marked), *me(at).history)
    at = checked(at.run())
    at = strip(at)[0].click().run()
    now = me(at)
    assert (now.liked, now.disliked, now.combine, now.searched) == (((1, 0),), ((4, 2),), "all", marked)


def test_a_database_that_has_gone_is_one_plain_line(tiny, tmp_path, monkeypatch):
    """Its photo stays where it was, and the page does not stumble."""
    home = tmp_path / "home"
    shutil.copytree(tiny.parent, home)
    (home / "tiny.db").rename(home / "other.db")
    monkeypatch.setenv(catalog.VARIABLE, f"{tiny}{os.pathsep}{home}")
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no.db")
    at = AppTest.from_file(SEARCH, default_timeout=60)
    for name, value in {"database": "other", "image": "2", "box": "10-20-110-140", "scales": "1"}.items():
        at.query_params[name] = value
    at = checked(at.run())
    assert [asked.database_name for asked in me(at).history] == ["other"]
    photo = me(at).query
    me(at).choose(database="tiny")
    at = checked(at.run())
    assert [asked.database_name for asked in me(at).history] == ["tiny", "other"]
    shutil.rmtree(home / "other.db")
    at = checked(at.run())
    before = me(at).choice
    at = checked(strip(at)[1].click().run())
    problems = [error.value.replace("\\", "").replace("\u2060", "") for error in at.error]
    assert "the database other has gone: choose another and search again" in problems
    assert me(at).query == photo and me(at).choice == before
    at = checked(strip(at)[0].click().run()) if not strip(at)[0].disabled else at
    assert all("\n" not in error.value for error in at.error)


def test_a_photo_that_left_its_database_is_not_mistaken_for_another(page):
    at = opened(page, 2)
    at = ask(at, box=(40, 30, 200, 150))
    gone = replace(me(at).history[1], query=replace(me(at).history[1].query, name="another.jpg"))
    me(at).history = (me(at).history[0], gone)
    at = checked(at.run())
    at = checked(strip(at)[1].click().run())
    assert any("has left its database" in error.value for error in at.error)
    assert me(at).searched.box == (40, 30, 200, 150)


def entries(n: int, n_bytes: int) -> tuple[Asked, ...]:
    return tuple(
        Asked(
            Query(f"{i}.jpg", str(i), (9, 9), bytes(n_bytes)),
            SearchedCrop(str(i), (0, 0, 9, 9), (1.0,)),
            Choice(),
            "a.db",
            "a",
            1.0,
            1,
            1,
            b"",
        )
        for i in range(n)
    )


def test_the_history_is_bounded_in_number_and_in_bytes(monkeypatch):
    assert within_bounds(entries(40, 1)) == entries(40, 1)[:MOST_ASKED]
    monkeypatch.setattr(history, "MOST_BYTES", 1000)
    assert len(within_bounds(entries(20, 300))) == 3
    assert len(within_bounds(entries(20, 3000))) == 1, "the newest stays, however large"
    one_photo = tuple(replace(asked, query=entries(1, 900)[0].query) for asked in entries(20, 1))
    assert len(within_bounds(one_photo)) == 20, "a photo asked about twice is held once"
