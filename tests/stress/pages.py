"""The pages under AppTest, on a database of one's own, and the pictures they hand to the browser."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.common import catalog, cropper

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


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    return at.file_uploader[0].upload(name, data).run()


def search(at: AppTest, delta: float = 3.0) -> AppTest:
    """Everything within delta; the slider's end where that is less."""
    slider = at.slider(key="_delta")
    slider.set_value(min(delta, slider.max))
    return at.button(key="search").click().run()


def first(at: AppTest, start: str):
    """The first button whose key starts so."""
    return next(button for button in at.button if button.key.startswith(start))


def pictures_shown(database: Path, upload_data: bytes) -> dict[str, bytes]:
    """Every picture that a search, its details and the browser of photos hand to the browser."""
    shown: dict[str, bytes] = {}
    image, media_url = st.image, cropper.media_url

    def seen_image(picture, *args, **options):
        shown[f"picture {len(shown)}"] = picture
        return image(picture, *args, **options)

    def seen_crop(picture, mimetype, name):
        shown[f"picture {len(shown)}"] = picture
        return media_url(picture, mimetype, name)

    with (
        only(database),
        mock.patch.object(st, "image", seen_image),
        mock.patch.object(cropper, "media_url", seen_crop),
    ):
        at = search(upload(opened(SEARCH), "photo.jpg", upload_data))
        assert not at.exception, at.exception
        first(at, "open-exhaustive-").click().run()
        first(at, "use-lsh-").click().run()
        at = opened(DATABASES)
        first(at, "open-browse-").click().run()
    return shown
