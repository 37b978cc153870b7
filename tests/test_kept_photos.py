"""The store of uploads: bounded in bytes and time, and every browser gets its own back only."""

import threading
from types import SimpleNamespace

import pytest
import streamlit as st

from lsh_engine import EngineError
from pages.common import kept_photos
from pages.common.kept_photos import MOST_BYTES, MOST_OF_ONE, MOST_SECONDS, KeptPhotos, this_browser
from pages.common.session import Query

MB = 2**20


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def photo(number: int, n_bytes: int = 10) -> Query:
    return Query(f"{number}.jpg", f"sha{number}", (4, 3), bytes(n_bytes))


def gone(shelf: KeptPhotos, token: str, owner: str | None = "alice") -> str:
    with pytest.raises(EngineError) as caught:
        shelf.find(token, owner)
    return str(caught.value)


def test_a_photo_comes_back_to_its_browser_only():
    shelf = KeptPhotos()
    kept = shelf.keep(photo(1), "alice")
    assert shelf.find(kept.upload, "alice") == kept and kept.data == photo(1).data
    assert "for the visitor who uploaded it only" in gone(shelf, kept.upload, "bob")
    assert "for the visitor who uploaded it only" in gone(shelf, kept.upload, None)
    assert "has gone" in gone(shelf, "x" * 22) and "has gone" in gone(shelf, "")


def test_tokens_cannot_be_guessed_and_the_same_photo_keeps_its_own():
    shelf = KeptPhotos()
    tokens = {shelf.keep(photo(number), "alice").upload for number in range(200)}
    assert len(tokens) == 200 and all(len(token) == 22 for token in tokens)
    again = shelf.keep(photo(5), "alice").upload
    assert again in tokens and shelf.keep(photo(5), "bob").upload not in tokens


def test_a_visitor_who_left_leaves_nothing_and_others_keep_theirs():
    shelf = KeptPhotos()
    tokens = [shelf.keep(photo(number), "alice").upload for number in (1, 2)]
    of_bob = shelf.keep(photo(1), "bob").upload
    shelf.forget("alice")
    assert all("has gone" in gone(shelf, token) for token in tokens) and shelf.find(of_bob, "bob")


def test_what_nobody_asks_for_goes_after_a_while():
    clock = Clock()
    shelf = KeptPhotos(clock)
    asked, idle = shelf.keep(photo(1), "alice").upload, shelf.keep(photo(2), "alice").upload
    clock.now += MOST_SECONDS - 1
    shelf.find(asked, "alice")
    clock.now += 2
    assert shelf.find(asked, "alice") and "has gone" in gone(shelf, idle)


def test_one_browser_cannot_take_the_room_of_others():
    shelf = KeptPhotos()
    others = shelf.keep(photo(0, 5 * MB), "bob").upload
    mine = [shelf.keep(photo(number, 20 * MB), "alice").upload for number in range(1, 7)]
    assert MOST_OF_ONE == 80 * MB and shelf.find(others, "bob")
    assert all("has gone" in gone(shelf, token) for token in mine[:2])
    assert all(shelf.find(token, "alice") for token in mine[2:])


def test_all_together_stay_within_the_limit_and_the_longest_unused_go():
    shelf = KeptPhotos()
    tokens = [
        (shelf.keep(photo(number, 20 * MB), f"visitor {number}").upload, f"visitor {number}") for number in range(12)
    ]
    shelf.find(*tokens[0])
    shelf.keep(photo(99, 20 * MB), "late")
    assert MOST_BYTES == 256 * MB and shelf.find(*tokens[0])
    assert "has gone" in gone(shelf, *tokens[1]) and shelf.find(*tokens[2])


def test_many_threads_at_once():
    shelf, errors = KeptPhotos(), []

    def work(owner: str) -> None:
        try:
            for number in range(200):
                token = shelf.keep(photo(number), owner).upload
                assert shelf.find(token, owner).sha == f"sha{number}"
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"visitor {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def with_cookie(monkeypatch, value: object) -> str | None:
    monkeypatch.setattr(kept_photos, "st", SimpleNamespace(context=SimpleNamespace(cookies={"_streamlit_xsrf": value})))
    return this_browser()


def masked(secret: bytes, mask: bytes) -> str:
    """As Streamlit writes its cookie."""
    return f"2|{mask.hex()}|{bytes(b ^ mask[i % 4] for i, b in enumerate(secret)).hex()}|1763000000"


def test_a_browser_is_known_under_every_mask(monkeypatch):
    secret, other = bytes(range(16)), bytes(range(1, 17))
    names = {with_cookie(monkeypatch, masked(secret, mask)) for mask in (b"\1\2\3\4", b"\xff\0\xaa\x11")}
    assert len(names) == 1 and secret.hex() not in str(names)
    assert with_cookie(monkeypatch, masked(other, b"\1\2\3\4")) not in names


def test_the_cookie_is_read_as_streamlit_writes_it(monkeypatch):
    from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

    first, again = (generate_xsrf_token_string(b"0123456789abcdef", 1) for _ in range(2))
    assert first != again and with_cookie(monkeypatch, first) == with_cookie(monkeypatch, again) is not None


@pytest.mark.parametrize(
    "value", [None, "", "2", "2|zz|zz|1", "2|01020304|0102|1", "2|01|" + "00" * 16 + "|1", 7, "|||"]
)
def test_without_a_proper_cookie_there_is_no_browser(monkeypatch, value):
    assert with_cookie(monkeypatch, value) is None


def test_the_store_is_one_for_all_sessions():
    assert kept_photos.store() is kept_photos.store()
    st.cache_resource.clear()
