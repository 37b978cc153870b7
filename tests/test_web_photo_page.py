"""A photo by its address on the Search page: only where it is switched on, one at a time, refusals in one line."""

import threading

import pytest
from page_data import checked, drawn_photo, jpeg, page_opener, texts
from page_data import tiny as tiny  # a fixture
from picture_server import PUBLIC, Internet, PictureServer, answered
from streamlit.testing.v1 import AppTest
from test_pages import SEARCH, browsers, me  # noqa: F401 # browsers is a fixture

from lsh_engine import EngineError
from pages.common import web_photo
from pages.common.permissions import URLS, may_fetch
from pages.common.web_photo import MOST, Fetching

PICTURE = jpeg(drawn_photo(4))
URL = "http://photos.example/bins/my%20bin.jpg"


@pytest.fixture
def page(tiny, monkeypatch):
    """Opens the Search page of a server that fetches pictures."""
    monkeypatch.setenv(URLS, "on")
    return page_opener(SEARCH, 60, tiny, monkeypatch)


@pytest.fixture
def serve(monkeypatch):
    """A server behind photos.example."""
    servers = []

    def start(*answers):
        servers.append(PictureServer(answers))
        return Internet(monkeypatch, servers[-1], photos_example=[[PUBLIC]], inside_example=[["192.168.1.10"]])

    yield start
    for server in servers:
        server.close()


def fields(at: AppTest) -> list[str]:
    return [field.key for field in at.text_input if field.key and field.key.startswith("web-address-")]


def get(at: AppTest, url: str) -> AppTest:
    key = fields(at)[0]
    at.text_input(key=key).set_value(url)
    return checked(at.button(key=key.replace("address", "get")).click().run())


def always_open() -> None:
    """A page with the dialog for another photo, which real browsers draw again without the page."""
    from pages.common.photo_sources import other_photo_dialog

    other_photo_dialog()


@pytest.fixture
def dialog(monkeypatch):
    monkeypatch.setenv(URLS, "on")
    return checked(AppTest.from_function(always_open, default_timeout=60).run())


@pytest.mark.parametrize("value", [None, "", "off", "0", "no", "false", "maybe", "onn"])
def test_it_is_off_unless_it_is_switched_on(value, tiny, monkeypatch):
    monkeypatch.delenv(URLS, raising=False)
    if value is not None:
        monkeypatch.setenv(URLS, value)
    assert not may_fetch()
    at = page_opener(SEARCH, 60, tiny, monkeypatch)()
    assert at.file_uploader and fields(at) == []


@pytest.mark.parametrize("value", ["on", " ON ", "1", "yes", "true"])
def test_it_is_switched_on_in_words(value, monkeypatch):
    monkeypatch.setenv(URLS, value)
    assert may_fetch()


def test_a_picture_from_an_address_is_the_query(page, serve, browsers):  # noqa: F811
    internet = serve(answered(PICTURE))
    at = get(page(), f" {URL} ")
    assert me(at).query.name == "my bin.jpg from photos.example"
    assert me(at).query.data == PICTURE and me(at).query.size == (240, 180)
    assert me(at).problem is None and not at.error
    assert len(me(at).query.upload) == 22, "it is kept as uploads are"
    assert internet.reached == [(PUBLIC, 80)]


def test_another_photo_in_the_dialog(dialog, serve):
    serve(answered(jpeg(drawn_photo(2, (300, 200)))))
    at = get(checked(dialog.file_uploader(key="_upload").upload("a.jpg", PICTURE).run()), URL)
    assert me(at).query.size == (300, 200) and not at.error


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://inside.example/bin.jpg", "expected a host on the public internet"),
        ("http://127.0.0.1:8501/_stcore/health", "expected an address of port 80 or 443"),
        ("ftp://photos.example/bin.jpg", "begins with https:// or http://"),
        ("http://me:secret@photos.example/bin.jpg", "without a user name or password"),
        ("http://[oops", "valid address"),
        ("", "begins with https:// or http://"),
        (URL, "expected a JPEG"),
    ],
)
def test_refusals_are_one_line_and_the_photo_before_stays(url, said, dialog, serve):
    serve(answered(b"%PDF-1.7 no picture", Content_Type="image/jpeg"))
    at = get(checked(dialog.file_uploader(key="_upload").upload("a.jpg", PICTURE).run()), url)
    assert me(at).query.data == PICTURE
    assert len(at.error) == 1 and "\n" not in at.error[0].value
    assert said in texts(at).replace("\u2060", "")
    assert fields(at), "the field is still there for another try"


def test_addresses_are_shown_letter_by_letter(page, dialog, serve):
    serve(answered(PICTURE))
    at = get(page(), "http://photos.example/:red[x]**y**<b>.jpg")
    assert me(at).query.name == ":red[x]**y**<b>.jpg from photos.example"
    shown = [element.value for element in at.markdown if "photos" in element.value]
    assert shown and all(":red[" not in value and "**y**" not in value for value in shown)
    at = get(dialog, "http://**y**.example/<b>:red[x]")
    assert ":red[" not in at.error[0].value and "**y**" not in at.error[0].value


def test_one_visitor_has_one_picture_on_its_way(page, monkeypatch):
    def fetch(url: str) -> bytes:
        raise AssertionError("a second one was fetched")

    monkeypatch.setattr(web_photo, "fetch_picture", fetch)
    monkeypatch.setattr(web_photo, "this_browser", lambda: "alice")
    with web_photo.fetching().of("alice"):
        at = get(page(), URL)
        assert "your former picture is still on its way" in texts(at)
    monkeypatch.setattr(web_photo, "fetch_picture", lambda url: PICTURE)
    assert me(get(at, URL)).query.data == PICTURE


def test_few_are_served_at_once_and_a_failure_frees_the_place():
    fetching = Fetching()
    for _ in range(2 * MOST):
        with pytest.raises(RuntimeError), fetching.of("alice"):
            raise RuntimeError
    go, errors = threading.Event(), []
    here = threading.Barrier(MOST + 1)

    def wait(visitor: str) -> None:
        with fetching.of(visitor):
            here.wait(10)
            go.wait(10)

    threads = [threading.Thread(target=wait, args=(f"visitor {number}",)) for number in range(MOST)]
    for thread in threads:
        thread.start()
    here.wait(10)
    for visitor, said in (("visitor 0", "still on its way"), ("one more", "for others just now")):
        with pytest.raises(EngineError, match=said), fetching.of(visitor):
            errors.append(visitor)
    go.set()
    for thread in threads:
        thread.join()
    with fetching.of("one more"):
        assert errors == []
