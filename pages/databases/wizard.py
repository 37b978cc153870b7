"""A new database in four steps: photos, network and patches, index, estimate. Then a process of its own builds it."""

from pathlib import Path

import streamlit as st

from lsh_engine import (
    DATASETS,
    BackboneCard,
    EngineError,
    Estimate,
    LSHConfig,
    PatchConfig,
    Request,
    backbone_cards,
    estimate_build,
    start_job,
    weights_here,
)

from ..common.controls import RECALLS
from ..common.folder_picker import folder_picker
from ..common.folder_rules import FETCHED, free_name, new_database, shown_place
from ..common.job_cards import start
from ..common.messages import show_error
from ..common.permissions import database_home, may_build
from ..common.text import count, long_duration, percent, plain, size
from ..common.widgets import choose_one, figure
from .upload_form import forget_upload, upload_photos

SIZES = PatchConfig().sizes
FOUND = "_wizard estimate"
SOURCES = {"folder": "Folder", "upload": "Upload", "public": "Public data"}
OFF = "Building is switched off on this server (LOOKALIKE_BUILDS). You can browse and search what is there."


def wizard() -> None:
    if not may_build():
        st.info(OFF, icon=":material/lock:")
        return
    left, right = st.columns(2, gap="small")
    with left.container(border=True, key="wizard-photos"):
        st.markdown("**1 · Photos**")
        folder = _photos()
    with left.container(border=True, key="wizard-network"):
        st.markdown("**2 · Network and patches**")
        backbone = _backbone()
        patches = _patches()
    with right.container(border=True, key="wizard-index"):
        st.markdown("**3 · Index**")
        lsh = _index()
    with right.container(border=True, key="wizard-start"):
        st.markdown("**4 · Name and estimate**")
        if folder is None:
            st.caption("First choose the photos, in step 1.")
        else:
            _start(folder, backbone, patches, lsh)


def _photos() -> Path | None:
    """The folder of photos to build from, from one of three sources; None while there is none."""
    source = choose_one("Photos from", SOURCES, "wizard-source")
    if source == "upload":
        return upload_photos()
    if source == "public":
        _public_data()
        return None
    folder = folder_picker("wizard-folder")
    st.caption("Every photo in this folder of the server and below it. They are only read, and stay where they are.")
    return folder


def _public_data() -> None:
    """A data set of torchvision, downloaded once by a job; then it is one more folder to choose photos from."""
    name = st.selectbox("Data set", list(DATASETS), key="wizard-dataset")
    st.caption(
        f"{DATASETS[name][2]}. Downloaded once with torchvision; its own terms of use apply. Then choose it under "
        f"“{SOURCES['folder']}”."
    )
    if st.button("Download", key="wizard-fetch", icon=":material/download:"):
        start(database_home() / f"{name}{FETCHED}", Request(kind="fetch", dataset=name))


def _backbone() -> BackboneCard:
    cards = backbone_cards()
    name = st.selectbox(
        "Backbone",
        list(cards),
        format_func=lambda name: cards[name].title,
        key="wizard-backbone",
        help="The network that turns each region of a photo into a vector. It cannot be changed later.",
    )
    card = cards[name]
    st.caption(
        f"{card.dim} numbers a vector · photos at {card.longest_side} px · cells of {card.stride} px · "
        f"weights {card.weights_bytes / 1e6:.0f} MB, {plain(card.licence)}"
    )
    if card.note:
        st.caption(plain(card.note, 200))
    if not weights_here(name):
        _get_weights(card)
    return card


def _get_weights(card: BackboneCard) -> None:
    st.caption(f":orange[Its weights, {size(card.weights_bytes)}, are not on this machine yet.]")
    if st.button("Download weights", key="wizard-weights", icon=":material/download:"):
        start(database_home() / f"{card.name}.weights", Request(kind="weights", backbone=card.name))


def _patches() -> PatchConfig:
    sizes = st.pills(
        "Patch sizes",
        SIZES,
        selection_mode="multi",
        default=list(SIZES),
        format_func=lambda size: "whole photo" if size == 1 else f"{100 * size:.0f} %",
        key="wizard-sizes",
        help="Each photo is cut into overlapping windows of these shares of its sides, each with a vector of its own. "
        "Small windows find small things; fewer sizes save time and disk.",
    )
    patches = PatchConfig.of_sizes([size for size in SIZES if size in sizes] or [1.0])
    st.caption(f"{count(patches.n_patches, 'vector')} a photo")
    return patches


def _index() -> LSHConfig:
    with st.container(horizontal=True, gap="medium"):
        k = st.number_input(
            "k, bits per key", 1, 32, LSHConfig.n_hyperplanes, key="wizard-k", width=140,
            help="Two vectors share a bucket when all k bits agree (AND). More bits: fewer candidates, more misses.",
        )  # fmt: skip
        n_tables = st.number_input(
            "L, tables", 1, 500, LSHConfig.n_tables, key="wizard-l", width=140,
            help="A vector is a candidate when it shares a bucket in any of L tables (OR). 4 bytes a vector each.",
        )  # fmt: skip
        half = st.toggle(
            "Half precision", key="wizard-half", help="16-bit vectors: half the disk, angles to 0.001 rad."
        )
    recall = st.select_slider(
        "Recall target",
        RECALLS,
        LSHConfig.recall_target,
        format_func=percent,
        key="wizard-recall",
        help="Share of the true matches right at delta that a search must be expected to find.",
    )
    lsh = LSHConfig(
        n_hyperplanes=int(k), n_tables=int(n_tables), recall_target=recall, storage="float16" if half else "float32"
    )
    st.caption(
        f"Classic hash tables with k = {lsh.n_hyperplanes}, L = {lsh.n_tables} find {percent(lsh.recall_at(0.4))} at "
        f"0.4 rad and {percent(lsh.recall_at(0.8))} at 0.8 rad. The automatic plan keeps the target at every delta."
    )
    return lsh


def _start(folder: Path, backbone: BackboneCard, patches: PatchConfig, lsh: LSHConfig) -> None:
    offered = free_name(folder.name)
    name = st.text_input("Name", offered, key=f"wizard-name-{offered}", max_chars=40)
    chosen = (str(folder), backbone.name, patches, lsh)
    try:
        root = new_database(name)
        if st.button("Estimate time and disk", key="wizard-estimate", icon=":material/timer:"):
            with st.spinner("Describing a few photos on the clock…", show_time=True):
                st.session_state[FOUND] = chosen, estimate_build(folder, root, backbone.name, patches, lsh)
        known = st.session_state.get(FOUND)
        if known and known[0] == chosen:
            _estimate(known[1])
            if st.button("Start building", key="wizard-start-build", type="primary", icon=":material/play_arrow:"):
                _begin(root, *chosen)
        else:
            st.caption("A dozen photos are described to tell how long all will take. Nothing is written.")
    except EngineError as error:
        show_error(error)


def _estimate(found: Estimate) -> None:
    with st.container(horizontal=True, gap="medium", key="wizard-figures"):
        figure("Photos", f"{found.photos:,}", width="content")
        figure("Vectors", f"{found.vectors:,}", width="content")
        figure("Time, about", long_duration(found.seconds), width="content")
        figure("Disk, about", size(found.bytes), width="content")
    trials = f"; {long_duration(found.trial_seconds)} of it to measure the presets" if found.trial_seconds else ""
    st.caption(
        f"{found.photos_per_second:.1f} photos/s on this machine as busy as it is now{trials}. "
        f"While it builds it takes up to {size(found.peak_bytes)}; {size(found.free_bytes)} are free."
    )
    if not found.fits:
        st.warning("The disk may be too small for this build: use fewer patch sizes or half precision.")
    if found.unreadable:
        st.caption(f":orange[{found.unreadable} of {found.timed} photos tried could not be read.]")


def _begin(root: Path, folder: str, backbone: str, patches: PatchConfig, lsh: LSHConfig) -> None:
    request = Request(kind="build", photos=folder, backbone=backbone, patches=vars(patches), lsh=vars(lsh))
    start_job(root, request)
    del st.session_state[FOUND]
    if st.session_state["wizard-source"] == "upload":
        forget_upload()
    place = plain(shown_place(Path(folder)), 60)
    st.toast(f"Building from {place}: see how far it is at the top of this page.", icon=":material/play_arrow:")
    st.rerun()
