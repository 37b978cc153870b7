"""The pages under AppTest, on a database of one's own, and the pictures they hand to the browser."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.common import catalog, cropper, media
from pages.common.session import KEY, Session
from pages.search import board_data
from pages.search.events import Wish

ROOT = Path(__file__).parents[2]
SEARCH, DATABASES = (str(ROOT / "pages" / name) for name in ("1_Search.py", "3_Databases.py"))


@contextmanager
def only(database: Path) -> Iterator[None]:
    """The app knows this database and no other."""
    folder = {catalog.VARIABLE: str(database)}
    with mock.patch.dict(os.environ, folder), mock.patch.object(catalog, "DEMO", database.parent / "no-demo.db"):
        yield


def opened(page: str, **link: str) -> AppTest:
    at = AppTest.from_file(page, default_timeout=120)
    for name, value in link.items():
        at.query_params[name] = value
    return at.run()


def me(at: AppTest) -> Session:
    return at.session_state[KEY]


def wish(at: AppTest, what: str, image_id: int = -1) -> AppTest:
    """As a click on the board of answers."""
    me(at).wish = Wish(what, image_id)
    return at.run()


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    """Into the page while there is no photo, else into the dialog for another one."""
    if not any(field.key == "_upload" for field in at.file_uploader):
        at = wish(at, "photo") if me(at).searched else at.button(key="other-photo").click().run()
    return at.file_uploader(key="_upload").upload(name, data).run()


def search(at: AppTest, delta: float = 3.0) -> AppTest:
    """Everything within delta; the slider's end where that is less."""
    me(at).choose(delta=delta)
    return at.button(key="search").click().run()


def first(at: AppTest, start: str):
    """The first button whose key starts so."""
    return next(button for button in at.button if button.key.startswith(start))


def pictures_shown(database: Path, upload_data: bytes) -> dict[str, bytes]:
    """Every picture that a search, its details and the browser of photos hand to the browser."""
    shown: dict[str, bytes] = {}
    image, media_url = st.image, media.media_url

    def seen_image(picture, *args, **options):
        shown[f"picture {len(shown)}"] = picture
        return image(picture, *args, **options)

    def seen_media(picture, mimetype, name):
        shown[f"picture {len(shown)}"] = picture
        return media_url(picture, mimetype, name)

    with (
        only(database),
        mock.patch.object(st, "image", seen_image),
        mock.patch.object(cropper, "media_url", seen_media),
        mock.patch.object(board_data, "media_url", seen_media),
    ):
        at = search(upload(opened(SEARCH), "photo.jpg", upload_data))
        assert not at.exception, at.exception
        for what in ("open", "use"):
            wish(at, what, 0)
        at = opened(DATABASES)
        first(at, "open-browse-").click().run()
    return shown
