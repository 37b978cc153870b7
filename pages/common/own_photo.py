"""A visitor's own photo: uploaded, pasted, from the camera, or from an address where the server allows that."""

import streamlit as st

from lsh_engine import EngineError

from .clipboard import paste
from .kept_photos import keep
from .photos import from_bytes
from .session import session
from .text import one_line
from .web_photo import photo_from_web

LIMITS = "JPEG, HEIC, PNG, WebP, AVIF, BMP, GIF or TIFF, up to 20 MB. Your photo stays on this machine."


def own_photo(key: str, listen: bool) -> None:
    """Draw the ways to bring a photo. listen: Ctrl+V anywhere brings one, too."""
    with st.container(key=f"own-{key}", horizontal=True, vertical_alignment="bottom", gap="small"):
        # No `type=`: a wrong extension would fail inside Streamlit. What a file is, its content tells.
        st.file_uploader("Upload a photo", key="_upload", on_change=_take, args=("_upload",), help=LIMITS, width=460)
        with st.container(width="content", gap="small"):
            paste(f"paste-{key}", _pasted, button=True, listen=listen)
        camera = st.toggle("Use the camera", key="_camera_on", width="content")
    photo_from_web(key, bring)
    if camera:
        st.camera_input("Take a photo", key="_camera", on_change=_take, args=("_camera",))


def listen_for_paste() -> None:
    """Ctrl+V brings a photo, with nothing to see on the page."""
    with st.container(key="paste-anywhere"):
        paste("paste-page", _pasted, button=False, listen=True)


def _take(key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        session().problem = None
    else:
        bring(file.name, file.getvalue())


def _pasted(data: bytes) -> None:
    bring("Pasted picture", data)


def bring(name: str, data: bytes) -> None:
    """A new photo: in the cropper when it is a picture, one line when it is not. The photo before it stays then."""
    me = session()
    me.problem = None
    try:
        me.take(keep(from_bytes(one_line(name, 80), data)))
    except EngineError as error:
        me.problem = f"{one_line(name, 60)}: {error}"
