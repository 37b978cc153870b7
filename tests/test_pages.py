"""The pages under AppTest: every page cold, upload to result, refusals, links, and what must survive."""

import os
import shutil
from pathlib import Path

import pytest
from page_data import (
    N_PHOTOS,
    board_of,
    checked,
    drawn_photo,
    found,
    jpeg,
    of_another_version,
    page_opener,
    sideways_jpeg,
    texts,
)
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import RetrievalEngine
from pages.common import catalog, cropper, kept_photos, photos
from pages.common.session import KEY, Crop
from pages.common.text import one_line, plain
from pages.search.events import Wish, take
from tests.stress.corpus import HOSTILE_NAMES
from tests.stress.corpus.polyglots import no_pictures

ROOT = Path(__file__).parents[1]
SEARCH = str(ROOT / "pages" / "1_Search.py")
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("[0-9]*.py"))]


UPLOAD_NAMES = [name for name in HOSTILE_NAMES if name and name.isprintable() and "/" not in name]


@pytest.fixture
def page(tiny, monkeypatch):
    """Opens the Search page on the tiny database, with a link if one is given."""
    return page_opener(SEARCH, 60, tiny, monkeypatch)


def upload(at: AppTest, data: bytes, name: str = "photo.jpg") -> AppTest:
    """Into the page while there is no photo, else into the dialog for another one."""
    if not any(field.key == "_upload" for field in at.file_uploader):
        at = wish(at, "photo") if me(at).searched else checked(at.button(key="other-photo").click().run())
    return checked(at.file_uploader(key="_upload").upload(name, data).run())


def search(at: AppTest, delta: float = 1.5) -> AppTest:
    me(at).choose(delta=delta)
    return checked(at.button(key="search").click().run())


def wish(at: AppTest, what: str, image_id: int = -1, side: int = 0) -> AppTest:
    """As a click on the board."""
    me(at).wish = Wish(what, image_id, side)
    return checked(at.run())


def me(at: AppTest):
    return at.session_state[KEY]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_opens_cold(path, monkeypatch, tmp_path):
    checked(AppTest.from_file(str(path), default_timeout=60).run())
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no.db")
    monkeypatch.setattr(photos, "SAMPLES", tmp_path / "samples.json")
    monkeypatch.chdir(tmp_path)
    photos.samples.clear()
    checked(AppTest.from_file(str(path), default_timeout=60).run())
    photos.samples.clear()


def test_without_a_database_the_page_says_how_to_build_one(monkeypatch, tmp_path):
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no.db")
    (tmp_path / "new").mkdir()
    monkeypatch.setenv(catalog.VARIABLE, os.pathsep.join(map(str, (tmp_path / "gone", tmp_path / "new"))))
    monkeypatch.chdir(tmp_path)
    at = checked(AppTest.from_file(SEARCH, default_timeout=60).run())
    assert "no database" in at.info[0].value
    assert "python -m lsh_engine build" in at.code[0].value
    told = [caption.value for caption in at.sidebar.caption if "No database in" in caption.value]
    assert len(told) == 1 and "gone" in told[0], "a folder that waits for its first database is as it should be"


def test_upload_to_result(page):
    at = search(upload(page(), jpeg(drawn_photo(3).resize((300, 225)))))
    told = board_of(at)
    assert found(at)[1] == N_PHOTOS  # at 1.5 rad the scan finds all
    assert found(at)[0] <= N_PHOTOS
    assert "ms" in told["sides"][0]["figures"] and "looked at" in told["sides"][0]["figures"]
    assert "index recall" in told["facts"].lower()
    assert "described in" in told["facts"]
    assert told["sides"][0]["stages"].endswith(("ms", " s"))


def test_the_same_photo_saved_again_is_the_nearest_match(page):
    at = search(upload(page(), jpeg(drawn_photo(3), subsampling=0)))
    assert board_of(at)["photos"][0]["id"] == 3


def test_the_query_photo_itself_is_left_out_and_counted_on_request(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    told = board_of(at)
    assert found(at)[1] == N_PHOTOS - 1
    assert 3 not in {photo["id"] for photo in told["photos"]}
    assert "Your photo is in this database" in told["notes"]
    me(at).choose(count_own=True)
    at = checked(at.run())
    assert found(at)[1] == N_PHOTOS
    assert board_of(at)["photos"][0]["id"] == 3


def test_a_camera_picture_is_a_query_too(page):
    at = page()
    at.toggle(key="_camera_on").set_value(True)
    at = checked(at.run())
    at = checked(at.camera_input[0].upload("camera.jpg", jpeg(drawn_photo(2))).run())
    assert found(search(at))[1] == N_PHOTOS - 1


def test_twenty_bad_uploads_and_then_a_good_one(page):
    at = search(upload(page(), jpeg(drawn_photo(1))))
    bad = [(file.name, file.data) for file in no_pictures()][:22]
    bad += [("notes.txt", b"not a picture at all"), ("cut.jpg", jpeg(drawn_photo(2))[:900]), ("empty.png", b"")]
    assert len(bad) >= 20
    for name, data in bad:
        at = upload(at, data, name)
        assert len(at.error) == 1, name
        assert "\n" not in at.error[0].value and 0 < len(at.error[0].value) < 400
        assert me(at).query is not None, "the photo before it must stay"
    at = search(upload(at, jpeg(drawn_photo(4))))
    assert not at.error
    assert found(at)[1] == N_PHOTOS - 1


@pytest.mark.parametrize("name", UPLOAD_NAMES)
def test_a_hostile_name_is_only_text(page, name):
    at = upload(page(), jpeg(drawn_photo(0)), name)
    assert f"**{plain(one_line(name, 80), 60)}**" in [element.value for element in at.markdown]
    at = upload(at, b"no picture", name)
    assert len(at.error) == 1


def test_a_sideways_phone_photo_stands_upright(page):
    at = upload(page(), sideways_jpeg(drawn_photo(2, (180, 240))))
    assert me(at).query.size == (180, 240)
    assert me(at).box == (36, 48, 144, 192)


def test_streamlit_cropper_takes_the_croppers_place_where_the_environment_asks_for_it(page, monkeypatch):
    assert not page().get("component_instance")
    monkeypatch.setenv(cropper.VARIABLE, "streamlit-cropper")
    at = upload(page(), jpeg(drawn_photo(2, (840, 420))))
    key = f"crop-{me(at).query.sha[:16]}-420x210-{me(at).crop_version}"
    # The widget reports the outer edge of its 4 px stroke: 20..120 and 10..60 on the shown half-size picture.
    at.session_state[key] = {"coords": {"left": 18, "top": 8, "width": 104, "height": 54}}
    at = checked(at.run())
    assert me(at).box == (40, 20, 240, 120)
    assert at.number_input(key="_crop_width").value == 200
    at.number_input(key="_crop_width").set_value(300)
    at = checked(at.run())
    assert me(at).box == (40, 20, 340, 120)


def test_moving_delta_searches_again_without_the_network(page, monkeypatch):
    calls = []
    describe = RetrievalEngine.describe
    monkeypatch.setattr(RetrievalEngine, "describe", lambda *args, **named: calls.append(1) or describe(*args, **named))
    at = search(upload(page(), jpeg(drawn_photo(5, (250, 190)))), 1.2)
    before = len(calls)
    me(at).choose(delta=0.05)
    at = checked(at.run())
    assert found(at) == [0, 0]
    me(at).choose(plan="tables")
    assert board_of(checked(at.run()))["sides"][0]["plan"] == "tables"
    assert len(calls) == before


def test_an_empty_answer_names_the_nearest_and_goes_there(page):
    at = search(upload(page(), jpeg(drawn_photo(3).resize((300, 200)))), 0.0)
    told = board_of(at)
    assert "nearest photo lies at" in told["says"]["nothing"] and float(told["nearest"]) > 0
    me(at).choose(delta=told["reach"])
    assert found(checked(at.run()))[1] >= 1


def test_new_scales_search_again(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    at.pills(key="_scales").set_value([1.0])
    at = checked(at.run())
    assert me(at).searched.scales == (1.0,)
    assert {photo["scale"] for photo in board_of(at)["photos"]} == {"×1"}
    at.pills(key="_scales").set_value([])
    assert me(checked(at.run())).choice.scales == (1.0,)


def test_use_as_query_takes_the_match_and_its_region(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    nearest = board_of(at)["photos"][0]
    at = wish(at, "use", nearest["id"])
    assert me(at).query.image_id == nearest["id"]
    assert me(at).searched.box == me(at).box
    assert found(at)[1] >= 1


def test_details_open(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    at = wish(at, "open", board_of(at)["photos"][0]["id"], 1)
    assert {"Angle", "Query scale"} <= {metric.label for metric in at.metric}


def test_marks_refine_the_query_and_can_be_forgotten(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    first = board_of(at)["photos"][0]
    take({"type": "like", "id": first["id"], "patch": first["patch"]}, me(at))
    at = checked(at.run())
    assert board_of(at)["photos"][0]["liked"]
    at = wish(at, "refine")
    again = next(photo for photo in board_of(at)["photos"] if photo["id"] == first["id"])
    assert again["angle"] < first["angle"], "the query moved towards what was liked"
    at = wish(at, "forget")
    assert board_of(at)["photos"][0]["angle"] == first["angle"]


def test_two_settings_stand_side_by_side(page):
    at = search(upload(page(), jpeg(drawn_photo(3))), 0.9)
    me(at).choose(plan="tables", right_plan="sketch", right_delta=1.4)
    told = board_of(checked(at.run()))
    assert [side["plan"] for side in told["sides"]] == ["tables", "sketch"]
    assert [side["delta"] for side in told["sides"]] == [0.9, 1.4]
    assert told["rightDelta"] == 1.4


def test_an_answer_can_be_saved_in_five_forms(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    labels = [button.proto.label for button in at.get("download_button")]
    assert labels == ["PNG", "HTML", "CSV", "JSON", "ZIP"]


def test_a_link_restores_everything(page):
    at = page(
        delta="1.31", scales="0.5-1", plan="tables", recall="0.9", image="2", box="10-20-110-140", database="tiny"
    )
    assert me(at).choice.delta == 1.31
    assert me(at).choice.scales == (0.5, 1.0)
    assert (me(at).choice.plan, me(at).choice.recall_target) == ("tables", 0.9)
    assert me(at).searched.box == (10, 20, 110, 140)
    assert board_of(at)["delta"] == 1.31
    assert dict(at.query_params)["image"] in ("2", ["2"])


def test_a_small_crop_says_which_scales_it_cannot_have(page):
    at = page(scales="0.5-1", image="2", box="10-20-40-50", database="tiny")
    assert "too small to be asked at ×0.5, ×1" in texts(at)


BAD_LINKS = [
    ({"delta": "nan"}, "delta is an angle"),
    ({"delta": "-3"}, "delta is an angle"),
    ({"delta": "1e400", "scales": "0,nan,-3,99", "plan": "rm -rf"}, "scales is some of"),
    ({"scales": ",".join(["7"] * 100_000)}, "scales is some of"),
    ({"plan": "rm -rf"}, "plan is one of auto"),
    ({"against": "nothing", "against-delta": "9"}, "against is one of"),
    ({"recall": "7", "database": "../../etc"}, "no such database as ../../etc here, this is tiny"),
    ({"database": "elsewhere", "image": "1"}, "its photo is not here, it belongs to that database"),
    ({"image": "99999999"}, "tiny has 6 photos, and none with the number 99999999"),
    ({"image": "-1"}, "its photo is not here"),
    ({"sample": "no-such"}, "no such sample as no-such"),
    ({"sample": "[x](http://evil.example)", "database": "tiny"}, "no such sample as [x]"),
    ({"photo": "x" * 22}, "its photo has gone"),
    ({"image": "1", "box": "a,b,c,d"}, "box should be whole pixels"),
    ({"image": "1", "box": "-1e9,0,1e9,nan"}, "box should be whole pixels"),
    ({"image": "1", "more": "look-1-2-3"}, "more should be whole pixels"),
    ({"image": "1", "more": ".".join(["look-1-2-30-40"] * 12)}, "more should be whole pixels"),
    ({"image": "1", "combine": "none"}, "combine is any or all"),
]


@pytest.mark.parametrize(("link", "words"), BAD_LINKS, ids=lambda value: str(value)[:40])
def test_what_a_link_asks_for_and_is_not_here_is_said(page, link, words):
    at = page(**link)
    assert not at.error and len(at.warning) == 1
    told = at.warning[0].value.replace("\\", "").replace("\u2060", "")
    assert words in told and "\n" not in told and len(told) < 600
    assert me(at).choice.plan == "auto"
    assert 0 <= at.sidebar.selectbox[0].index < 9
    assert checked(at.run()).warning, "it stays while nothing changes"
    me(at).choose(delta=0.31)
    assert not checked(at.run()).warning, "and goes when something does"


def test_a_good_link_says_nothing(page):
    assert not page(database="tiny", image="1", box="9-9-90-90").warning


def test_a_link_holds_every_rectangle_and_both_sides(page):
    link = {"database": "tiny", "image": "2", "box": "10-20-110-140", "more": "look-5-6-70-80.not-100-90-200-150"}
    link |= {"combine": "all", "against": "tables", "against-delta": "1.10"}
    at = page(**link)
    assert me(at).searched.more == (Crop((5, 6, 70, 80)), Crop((100, 90, 200, 150), "avoid"))
    assert me(at).searched.combine == "all" and me(at).more == me(at).searched.more
    assert (me(at).choice.right_plan, me(at).choice.right_delta) == ("tables", 1.1)
    assert me(at).link == link, "the link is written as it was read"


def at_link(at: AppTest, link: dict[str, str]) -> AppTest:
    """The page with another link in its address bar."""
    for name in list(at.query_params):
        del at.query_params[name]
    for name, value in link.items():
        at.query_params[name] = value
    return at


def test_back_to_a_former_link_takes_away_what_came_after_it(page):
    at = page(database="tiny", image="2", box="10-20-110-140")
    first = dict(me(at).link)
    me(at).choose(plan="tables", delta=0.4)
    at = checked(at.run())
    assert me(at).link["plan"] == "tables"
    at = checked(at_link(at, first).run())
    assert me(at).choice.plan == "tables", "a browser that had not heard of the change yet changes nothing"
    me(at).former_links = [(replaced - 60, link) for replaced, link in me(at).former_links]
    at = checked(at_link(at, first).run())
    assert (me(at).choice.plan, me(at).choice.delta) == ("auto", None) and me(at).link == first


@pytest.fixture
def browsers(monkeypatch):
    """Who is at the page: AppTest has no cookies. The store is a fresh one."""
    shelf, who = kept_photos.KeptPhotos(), ["alice"]
    monkeypatch.setattr(kept_photos, "store", lambda: shelf)
    monkeypatch.setattr(kept_photos, "this_browser", lambda: who[0])
    return who, shelf


def test_an_upload_is_there_after_a_reload(page, browsers):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    link = dict(me(at).link)
    assert len(link["photo"]) == 22 and link["box"] == "48-36-192-144"
    me(at).put_box((60, 40, 160, 120))
    assert me(checked(at.run())).link["crop"] == "60-40-160-120"
    before, link = found(at), dict(me(at).link)
    at = page(**link)
    assert me(at).query.name == "photo.jpg" and me(at).searched.box == (48, 36, 192, 144)
    assert me(at).box == (60, 40, 160, 120), "the rectangle that was not searched yet"
    assert found(at) == before and not at.warning


def test_an_upload_before_its_search_is_there_after_a_reload(page, browsers):
    at = upload(page(), jpeg(drawn_photo(3)))
    me(at).put_box((60, 40, 160, 120))
    at = page(**me(checked(at.run())).link)
    assert me(at).box == (60, 40, 160, 120) and me(at).searched is None


@pytest.mark.parametrize("other", ["bob", None])
def test_another_visitor_gets_the_rest_of_the_link_and_not_the_photo(page, browsers, other):
    at = search(upload(page(), jpeg(drawn_photo(3))), 1.31)
    browsers[0][0] = other
    at = page(**me(at).link)
    assert "kept for the visitor who uploaded it only" in at.warning[0].value
    assert me(at).query is None and me(at).choice.delta == 1.31
    assert at.file_uploader, "and may bring one"


def test_without_cookies_an_upload_works_and_no_link_names_it(page, browsers):
    browsers[0][0] = None
    at = search(upload(page(), jpeg(drawn_photo(3))))
    assert found(at) and "photo" not in me(at).link


def test_the_databases_page_reads_and_writes_its_database(tiny, tmp_path, monkeypatch):
    shutil.copytree(tiny, tmp_path / "other.db")
    monkeypatch.setenv(catalog.VARIABLE, f"{tiny}{os.pathsep}{tmp_path}")
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no.db")
    for name in ("other", "tiny"):
        at = AppTest.from_file(str(ROOT / "pages" / "3_Databases.py"), default_timeout=60)
        at.query_params["database"] = name
        at = checked(at.run())
        assert at.sidebar.selectbox(key="_database").value == name and not at.main.warning
    at.sidebar.selectbox(key="_database").set_value("other")
    assert dict(checked(at.run()).query_params)["database"] in ("other", ["other"])
    at = AppTest.from_file(str(ROOT / "pages" / "3_Databases.py"), default_timeout=60)
    at.query_params["database"] = "nowhere"
    assert "no such database as nowhere" in checked(at.run()).main.warning[0].value


def test_a_database_of_another_version_is_one_line(page, tiny, tmp_path, monkeypatch):
    of_another_version(tiny, tmp_path / "future.db")
    monkeypatch.setenv(catalog.VARIABLE, f"{tiny}{os.pathsep}{tmp_path}")
    at = search(upload(page(), jpeg(drawn_photo(3))))
    at.sidebar.selectbox(key="_database").set_value("future")
    at = checked(at.run())
    assert len(at.error) == 1 and "future" in at.error[0].value
    at.sidebar.selectbox(key="_database").set_value("tiny")
    at = checked(at.run())
    assert found(at), "nothing is lost"


def test_a_missing_photo_folder_is_one_line(tiny, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg(drawn_photo(1)))
    RetrievalEngine.build(folder, tmp_path / "moved.db")
    folder.rename(tmp_path / "elsewhere")
    monkeypatch.setenv(catalog.VARIABLE, str(tmp_path / "moved.db"))
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no.db")
    at = checked(AppTest.from_file(SEARCH, default_timeout=60).run())
    assert "photo folder" in at.sidebar.warning[0].value
    at = search(upload(at, jpeg(drawn_photo(1))))
    told = board_of(at)
    assert found(at)[1] == 1 and not told["photos"][0]["usable"]
    wish(at, "open", told["photos"][0]["id"])


def test_delta_survives_a_page_change(page):
    page()
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/1_Search.py").run()
    at = upload(at, jpeg(drawn_photo(3)))
    me(at).choose(delta=0.77)
    at = checked(at.run())
    other = [path for path in PAGES[2:]]
    checked(at.switch_page(str(other[0].relative_to(ROOT)) if other else "app.py").run())
    at = checked(at.switch_page("pages/1_Search.py").run())
    assert me(at).choice.delta == 0.77
    assert me(at).query is not None


def test_samples_answer_at_one_click():
    if not photos.samples():
        pytest.skip("no samples in assets")
    at = checked(AppTest.from_file(SEARCH, default_timeout=60).run())
    at = checked(at.button(key="open-sample-0").click().run())
    assert found(at)[1] >= 1
