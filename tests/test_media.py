"""Addresses of pictures for our own components: served by Streamlit, let go when replaced, inline without a server."""

import base64
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest

from pages.common.media import media_url


@pytest.fixture
def manager(monkeypatch):
    """Streamlit's own store of media files, as a running server has it."""
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=manager))
    return manager


def kept(manager: MediaFileManager, url: str) -> bytes | None:
    file = manager.read_file(url.rsplit("/", 1)[1])
    return None if file is None else file.content


def test_a_server_serves_the_picture_until_another_takes_its_place(manager):
    first, second = media_url(b"one", "image/jpeg", "cropper"), media_url(b"two", "image/jpeg", "board-1")
    assert first.startswith("/media/") and first.endswith(".jpg")
    assert media_url(b"one", "image/jpeg", "cropper") == first, "the browser need not fetch it again"
    manager.remove_orphaned_files()
    assert (kept(manager, first), kept(manager, second)) == (b"one", b"two")
    third = media_url(b"three", "image/jpeg", "cropper")
    manager.remove_orphaned_files()
    assert (kept(manager, first), kept(manager, third)) == (None, b"three")


def test_the_address_goes_below_the_base_path(manager, monkeypatch):
    monkeypatch.setattr(st, "get_option", lambda name: "/shop/" if name == "server.baseUrlPath" else None)
    assert media_url(b"one", "image/png", "x").startswith("/shop/media/")


def test_without_a_server_the_picture_is_inline():
    url = media_url(b"\xff\x00", "image/jpeg", "x")
    assert url == "data:image/jpeg;base64," + base64.b64encode(b"\xff\x00").decode()


def test_under_the_page_tests_the_picture_is_inline():
    def script():
        import streamlit as st

        from pages.common.media import media_url

        st.text(media_url(b"one", "image/jpeg", "x"))

    at = AppTest.from_function(script).run()
    assert not at.exception and at.text[0].value.startswith("data:image/jpeg;base64,")
