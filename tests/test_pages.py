"""The pages under AppTest: every page cold, upload to result, refusals, links, and what must survive."""

import os
from pathlib import Path

import pytest
from page_data import (
    N_PHOTOS,
    buttons,
    checked,
    drawn_photo,
    jpeg,
    of_another_version,
    page_opener,
    sideways_jpeg,
    texts,
)
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import RetrievalEngine
from pages.common import catalog, cropper, photos
from pages.common.session import KEY
from pages.common.text import one_line, plain
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
    return checked(at.file_uploader[0].upload(name, data).run())


def search(at: AppTest, delta: float = 1.5) -> AppTest:
    at.slider(key="_delta").set_value(delta)
    return checked(at.button(key="search").click().run())


def metrics(at: AppTest) -> dict[str, list[str]]:
    """Label -> values, LSH first, exhaustive second."""
    found: dict[str, list[str]] = {}
    for metric in at.metric:
        found.setdefault(metric.label, []).append(metric.value)
    return found


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
    at = search(upload(page(), jpeg(drawn_photo(3))))
    numbers = metrics(at)
    assert numbers["Photos found"][1] == str(N_PHOTOS)  # at 1.5 rad the scan finds all
    assert int(numbers["Photos found"][0]) <= N_PHOTOS
    assert all(value.endswith(("ms", " s")) for value in numbers["Search time"])
    assert len(numbers["Vectors compared"]) == 2
    assert any("Index recall" in box.value for box in [*at.success, *at.info])
    assert "describe" in " ".join(caption.value for caption in at.caption)


def test_the_same_photo_is_the_nearest_match(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    nearest = buttons(at, "open-exhaustive-")[0].label
    assert next(button.key for button in at.button if button.label == nearest).endswith("-3")


def test_a_camera_picture_is_a_query_too(page):
    at = page()
    at.toggle(key="_camera_on").set_value(True)
    at = checked(at.run())
    at = checked(at.camera_input[0].upload("camera.jpg", jpeg(drawn_photo(2))).run())
    assert metrics(search(at))["Photos found"][1] == str(N_PHOTOS)


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
    assert metrics(at)["Photos found"][1] == str(N_PHOTOS)


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
    at.slider(key="_delta").set_value(0.05)
    at = checked(at.run())
    assert metrics(at)["Photos found"] == ["0", "0"]
    at.selectbox(key="_plan").set_value("tables")
    checked(at.run())
    assert len(calls) == before


def test_an_empty_answer_names_the_nearest_and_goes_there(page):
    at = search(upload(page(), jpeg(drawn_photo(3).resize((300, 200)))), 0.0)
    assert any("the nearest is" in info.value for info in at.info)
    at = checked(at.button(key="reach").click().run())
    assert int(metrics(at)["Photos found"][1]) >= 1


def test_new_scales_make_the_results_stale_until_search_is_pressed(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    at.pills(key="_scales").set_value([1.0])
    at = checked(at.run())
    assert any("press Search to update" in caption.value for caption in at.caption)
    at = search(at)
    assert not any("press Search to update" in caption.value for caption in at.caption)
    assert me(at).searched.scales == (1.0,)
    at.pills(key="_scales").set_value([])
    assert me(checked(at.run())).choice.scales == (1.0,)


def test_use_as_query_takes_the_match_and_its_region(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    use = buttons(at, "use-lsh-")[0]
    at = checked(use.click().run())
    assert me(at).query.image_id == int(use.key.rsplit("-", 1)[1])
    assert me(at).searched.box == me(at).box
    assert metrics(at)["Photos found"]


def test_details_open(page):
    at = search(upload(page(), jpeg(drawn_photo(3))))
    checked(buttons(at, "open-exhaustive-")[0].click().run())
    assert {"Angle", "Cosine", "Query scale"} <= metrics(at).keys()


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
    assert at.slider(key="_delta").value == 1.31
    assert metrics(at)["Photos found"]
    assert dict(at.query_params)["image"] in ("2", ["2"])


def test_a_small_crop_says_which_scales_it_cannot_have(page):
    at = page(scales="0.5-1", image="2", box="10-20-40-50", database="tiny")
    assert "too small to be asked at ×0.5, ×1" in texts(at)


BAD_LINKS = [
    {"delta": "nan"},
    {"delta": "-3"},
    {"delta": "1e400", "scales": "0,nan,-1,99", "plan": "rm -rf"},
    {"scales": ",".join(["1"] * 100_000)},
    {"recall": "7", "database": "../../etc"},
    {"image": "99999999"},
    {"image": "-1", "sample": "no-such"},
    {"image": "1", "box": "9,9,9,9"},
    {"image": "1", "box": "a,b,c,d"},
    {"image": "1", "box": "-1e9,0,1e9,nan"},
]


@pytest.mark.parametrize("link", BAD_LINKS, ids=lambda link: str(link)[:40])
def test_a_bad_link_falls_back_silently(page, link):
    at = page(**link)
    assert not at.error
    assert me(at).choice.plan == "auto"
    assert 0 <= at.sidebar.selectbox[0].index < 9


def test_a_database_of_another_version_is_one_line(page, tiny, tmp_path, monkeypatch):
    of_another_version(tiny, tmp_path / "future.db")
    monkeypatch.setenv(catalog.VARIABLE, f"{tiny}{os.pathsep}{tmp_path}")
    at = search(upload(page(), jpeg(drawn_photo(3))))
    at.sidebar.selectbox(key="_database").set_value("future")
    at = checked(at.run())
    assert len(at.error) == 1 and "future" in at.error[0].value
    at.sidebar.selectbox(key="_database").set_value("tiny")
    at = checked(at.run())
    assert metrics(at)["Photos found"], "nothing is lost"


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
    assert metrics(at)["Photos found"][1] == "1"
    assert all(button.disabled for button in buttons(at, "use-"))
    checked(buttons(at, "open-")[0].click().run())


def test_delta_survives_a_page_change(page):
    page()
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/1_Search.py").run()
    at = upload(at, jpeg(drawn_photo(3)))
    at.slider(key="_delta").set_value(0.77)
    at = checked(at.run())
    other = [path for path in PAGES[2:]]
    checked(at.switch_page(str(other[0].relative_to(ROOT)) if other else "app.py").run())
    at = checked(at.switch_page("pages/1_Search.py").run())
    assert at.slider(key="_delta").value == 0.77
    assert me(at).query is not None


def test_samples_answer_at_one_click():
    if not photos.samples():
        pytest.skip("no samples in assets")
    at = checked(AppTest.from_file(SEARCH, default_timeout=60).run())
    at = checked(at.button(key="open-sample-0").click().run())
    assert int(metrics(at)["Photos found"][1].replace(",", "")) >= 1
