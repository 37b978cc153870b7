"""Addresses for pictures that our own components show: the browser fetches and keeps them as it does `st.image`'s."""

import base64

import streamlit as st
from streamlit import runtime

FOR_TESTS = "/mock/"  # what AppTest's storage answers: nothing is served there


def media_url(data: bytes, mimetype: str, name: str) -> str:
    """An address under which this visitor's browser finds `data`; a data: URL where no server runs.

    name: where on the page it stands, such as "cropper" or "board-17". New data under the same name let the old go.
    Ask anew on every run and never keep the address: files that a whole run did not ask for are forgotten after it.
    """
    if runtime.exists():
        url = runtime.get_instance().media_file_mgr.add(data, mimetype, f"lookalike-{name}")
        if not url.startswith(FOR_TESTS):
            return _below_base(url)
    return f"data:{mimetype};base64,{base64.b64encode(data).decode('ascii')}"


def _below_base(url: str) -> str:
    """Streamlit's own frontend puts the base path before an address; a component gets it as it is."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{url}" if base and url.startswith("/") else url
