"""Many photos at once: asked in turn, stopped, resumed, saved, opened; within bounds, and whatever the files are."""

import csv
import io
import json
from pathlib import Path

import pytest
from page_data import N_PHOTOS, buttons, checked, drawn_photo, jpeg, page_opener, texts
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import RetrievalEngine
from pages.common import folder_rules, permissions
from pages.common.catalog import Database
from pages.common.photos import from_bytes
from pages.common.session import KEY, Choice
from pages.search import batch_run
from pages.search.batch_run import Batch, PhotoFile, as_csv, as_dict, opened, photos_in
from tests.stress.corpus import HOSTILE_NAMES

SEARCH = str(Path(__file__).parents[1] / "pages" / "1_Search.py")
CHOICE = Choice(scales=(1.0,))


@pytest.fixture
def page(tiny, monkeypatch):
    return page_opener(SEARCH, 60, tiny, monkeypatch)


@pytest.fixture(scope="module")
def database(tiny) -> Database:
    return Database("tiny", "key", str(tiny), RetrievalEngine.open(tiny))


def batch_of(database: Database, *photos, delta: float = 1.5) -> Batch:
    batch = Batch(database.path, database.name, CHOICE, delta, running=True)
    batch.add(photos)
    return batch


def uploaded(number: int, name: str = "") -> object:
    return from_bytes(name or f"mine_{number}.jpg", jpeg(drawn_photo(number, (120, 90))))


def files(at: AppTest):
    return next(widget for widget in at.file_uploader if widget.label == "Photos")


def test_every_photo_is_asked_and_a_broken_one_does_not_stop_the_rest(database, tiny, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    broken, gone = PhotoFile(tmp_path, "broken.jpg"), PhotoFile(tmp_path, "gone.jpg")
    own = PhotoFile(tiny.parent / "photos", "photo_2.jpg")
    batch = batch_of(database, uploaded(1), broken, gone, own)
    batch.work(database, 60)
    assert batch.done and not batch.running
    first, bad, missing, itself = batch.outcomes
    assert first.matches == N_PHOTOS and first.found <= N_PHOTOS and 0 <= first.angle < 1.5
    assert first.nearest.startswith("photo_") and not first.problem
    assert bad.problem and bad.matches is None and missing.problem and missing.matches is None
    assert itself.matches == N_PHOTOS - 1 and itself.nearest != "photo_2.jpg", "a photo is no match of itself"


def test_it_stops_and_goes_on_where_it_was(database):
    batch = batch_of(database, *(uploaded(number) for number in range(4)))
    batch.work(database, 0)
    assert len(batch.outcomes) == 1 and batch.running
    batch.running = False
    batch.work(database, 60)
    assert len(batch.outcomes) == 1, "a stopped batch asks nothing"
    batch.running = True
    batch.work(database, 60)
    assert [one.photo for one in batch.outcomes] == [f"mine_{number}.jpg" for number in range(4)]
    straight = batch_of(database, *(uploaded(number) for number in range(4)))
    straight.work(database, 60)
    assert straight.outcomes == batch.outcomes, "stopping changes no answer"


def test_it_is_bounded_in_photos_and_in_bytes(database, monkeypatch):
    photos = [uploaded(number) for number in range(6)]
    monkeypatch.setattr(batch_run, "MOST_PHOTOS", 4)
    batch = batch_of(database, *photos)
    assert len(batch.photos) == 4 and batch.left_out == ["2 photos more: a batch takes 4 at most"]
    monkeypatch.setattr(batch_run, "MOST_BYTES", len(photos[0].data) + len(photos[1].data))
    batch = batch_of(database, *photos[:3])
    assert batch.photos == photos[:2] and batch.left_out[0].startswith("mine_2.jpg: uploads may hold")


def test_the_files_say_what_the_table_says(database):
    batch = batch_of(database, *(uploaded(1, name) for name in ("=1+1.jpg", "b.jpg")))
    batch.work(database, 60)
    rows = list(csv.DictReader(io.StringIO(as_csv(batch))))
    data = json.loads(json.dumps(as_dict(batch)))
    assert [row["photo"] for row in rows] == ["'=1+1.jpg", "b.jpg"]
    assert [int(row["matches"]) for row in rows] == [one["matches"] for one in data["photos"]]
    assert data["settings"]["delta"] == 1.5 and data["settings"]["database"] == "tiny"


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name)[:24])
def test_hostile_names_are_rows_like_any_other(database, name):
    batch = batch_of(database, uploaded(1, name or "."))
    batch.outcomes.append(batch_run.Outcome(batch_run.name_of(batch.photos[0]), 1, 1, name, 0.5))
    rows = list(csv.reader(io.StringIO(as_csv(batch))))
    assert len(rows) == 2 and not any(cell.startswith(("=", "+", "@", "\uff1d")) for cell in rows[1])
    json.loads(json.dumps(as_dict(batch)))


def test_a_folder_is_read_in_order_and_a_photo_of_it_opens(tiny):
    photos = photos_in(tiny.parent / "photos")
    assert [photo.name for photo in photos] == [f"photo_{number}.jpg" for number in range(N_PHOTOS)]
    query = opened(photos[3])
    assert query.data == (tiny.parent / "photos" / "photo_3.jpg").read_bytes() and query.size == (240, 180)


def test_uploads_are_asked_on_the_page_and_one_of_them_opens(page, database):
    at = page(delta="1.50", scales="1")
    content = [(f"mine_{number}.jpg", jpeg(drawn_photo(number, (120, 90))), "image/jpeg") for number in range(3)]
    at = checked(files(at).set_value([*content, ("notes.txt", b"text", "text/plain")]).run())
    for _ in range(20):  # each run goes a step further, as the ticks of a browser do
        batch = at.session_state["_batch"]
        if batch.done:
            break
        at = checked(at.run())
    assert [one.matches for one in batch.outcomes] == [N_PHOTOS] * 3
    assert "3 photos asked" in texts(at).replace("\\", "")
    assert batch.left_out[0].startswith("notes.txt: ")
    table = next(frame.value for frame in at.dataframe if "LSH found" in frame.value)
    assert list(table["Photo"]) == ["mine_0.jpg", "mine_1.jpg", "mine_2.jpg"]


def test_stop_resume_and_clear_on_the_page(page, database, monkeypatch):
    monkeypatch.setattr("pages.search.batch.AT_ONCE", 0)
    at = page(delta="1.50", scales="1")
    content = [(f"mine_{number}.jpg", jpeg(drawn_photo(number, (120, 90))), "image/jpeg") for number in range(4)]
    at = checked(files(at).set_value(content).run())
    at = checked(at.button(key="_batch stop").click().run())
    done = len(at.session_state["_batch"].outcomes)
    assert 0 < done < 4 and len(at.session_state["_batch"].outcomes) == len(
        checked(at.run()).session_state["_batch"].outcomes
    )
    at = checked(at.button(key="_batch resume").click().run())
    for _ in range(6):
        at = checked(at.run())
    assert at.session_state["_batch"].done and not buttons(at, "_batch resume")
    at = checked(at.button(key="_batch clear").click().run())
    assert at.session_state["_batch"] is None and not buttons(at, "_batch clear")


def test_a_row_becomes_the_query_with_the_settings_of_the_batch(database):
    batch = batch_of(database, uploaded(1), uploaded(4), delta=1.2)
    batch.work(database, 60)

    def script():
        from pages.search.batch import open_photo

        open_photo(1)

    at = AppTest.from_function(script, default_timeout=60)
    at.session_state["_batch"] = batch
    mine = checked(at.run()).session_state[KEY]
    assert (mine.query.name, mine.searched.box) == ("mine_4.jpg", (0, 0, 120, 90))
    assert (mine.choice.delta, mine.choice.scales, mine.choice.database) == (1.2, (1.0,), "tiny")


def test_a_server_folder_only_where_builds_are_allowed(page, tiny, monkeypatch):
    monkeypatch.setenv(folder_rules.PHOTOS, str(tiny.parent / "photos"))
    monkeypatch.setenv(permissions.BUILDS, "off")
    at = page()
    assert not [group for group in at.segmented_control if group.key == "_batch from"]
    monkeypatch.delenv(permissions.BUILDS)
    at = page(delta="1.50", scales="1")
    at.segmented_control(key="_batch from").set_value("folder")
    at = checked(at.run())
    at = checked(at.button(key="_batch ask").click().run())
    for _ in range(20):
        if at.session_state["_batch"].done:
            break
        at = checked(at.run())
    assert [one.photo for one in at.session_state["_batch"].outcomes] == [f"photo_{n}.jpg" for n in range(N_PHOTOS)]
    assert all(one.matches == N_PHOTOS - 1 for one in at.session_state["_batch"].outcomes), "each is in the database"
