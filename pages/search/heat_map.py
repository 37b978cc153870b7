"""What made them alike: how near each part of the photo is to the crop, and each part of the crop to the patch."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from lsh_engine import EngineError, LSHTrace, Match

from ..common.drawing import Box, crop_alone, photo_alone
from ..common.media import media_url
from ..common.messages import show_error
from ..common.photos import pixels
from ..common.question import Question
from ..common.widgets import choose_one
from .traces import box_of, described_crop, trace_of

FRONTEND = Path(__file__).parent / "frontend"
PATCHES, CELLS = "patches", "cells"
HINT = "Point at the picture to read a number."

_show = st.components.v2.component(
    "lookalike_heat",
    html=(FRONTEND / "heat.html").read_text(encoding="utf-8"),
    css=(FRONTEND / "heat.css").read_text(encoding="utf-8"),
    js=(FRONTEND / "heat.js").read_text(encoding="utf-8"),
)


def heat_map(question: Question, match: Match, side: str) -> None:
    """The photo on the left, by its patches or by the cells of the network's map; the crop on the right, by cells."""
    try:
        trace = trace_of(question, match, side)
        theirs, ours = st.columns([3, 2], gap="medium")
        with theirs:
            _photo(question, match, trace)
        with ours:
            _crop(question, match, trace)
    except EngineError as error:
        show_error(error)


def _photo(question: Question, match: Match, trace: LSHTrace) -> None:
    st.markdown("**The photo**: how near each part is to your crop")
    n_patches = len(question.database.engine.patch_boxes(match.image_id))
    by = choose_one("Measured by", {PATCHES: f"{n_patches} patches", CELLS: "Single cells"}, "heat-by")
    data = _by_cells(question, match) if by == CELLS else _by_patches(question, match)
    photo = photo_alone(question.database.key, match.image_id, question.database)
    size = question.database.engine.image_size(match.image_id)
    delta = round(trace.delta, 4) if by == PATCHES else None
    _draw("photo", "The photo as a heat map", photo, size, data | {"delta": delta, "n_patches": n_patches})
    if by == PATCHES:
        st.caption("Every place takes the colour of the nearest patch that covers it: the least angle, not a mean.")
    else:
        st.caption(
            "Every cell of the network's map as if it were a patch of its own. A cell sees little, so its angles are "
            "larger than those of patches; only how they compare with each other tells something."
        )


def _crop(question: Question, match: Match, trace: LSHTrace) -> None:
    st.markdown("**Your crop**: how near each part is to the matched patch")
    box = box_of(question, match)
    cells = _crop_cells(
        question.database.key, question.query.sha, box, trace.image_id, trace.patch, trace.scale, question
    )
    crop = crop_alone(question.query.sha, box, question.query)
    data = {"cells": _rounded(cells), "nearest": None, "boxes": None, "delta": None, "n_patches": 0}
    _draw("crop", "Your crop as a heat map", crop, (box[2] - box[0], box[3] - box[1]), data)
    st.caption(
        f"{cells.shape[1]} × {cells.shape[0]} cells, as the network saw the crop at the size that matched. "
        "Bright cells made the two alike."
    )


def _draw(name: str, title: str, picture: bytes, size: tuple[int, int], data: dict[str, Any]) -> None:
    address = media_url(picture, "image/jpeg", f"heat-{name}")
    _show(data=data | {"picture": address, "size": size, "name": title, "hint": HINT}, key=f"heat-{name}")


def _by_patches(question: Question, match: Match) -> dict[str, Any]:
    engine = question.database.engine
    painted = engine.patch_map(described_crop(question, match.crop), match.image_id)
    width, height = engine.image_size(match.image_id)
    boxes = np.array(engine.patch_boxes(match.image_id)) / [width, height, width, height]
    return {"cells": _rounded(painted.cells), "nearest": painted.nearest.tolist(), "boxes": np.round(boxes, 4).tolist()}


def _by_cells(question: Question, match: Match) -> dict[str, Any]:
    with st.spinner("Looking at the photo once more…"):
        number = match.crop
        cells = _photo_cells(question.database.key, match.image_id, question.crop, number, question)
    return {"cells": _rounded(cells), "nearest": None, "boxes": None}


@st.cache_data(max_entries=32, show_spinner=False)
def _photo_cells(key: str, image_id: int, crop: object, number: int, _question: Question) -> np.ndarray:
    engine = _question.database.engine
    return engine.cell_angles(engine.photo(image_id), None, described_crop(_question, number).vectors)


@st.cache_data(max_entries=32, show_spinner=False)
def _crop_cells(
    key: str, sha: str, box: Box, image_id: int, patch: int, scale: float, _question: Question
) -> np.ndarray:
    engine = _question.database.engine
    return engine.cell_angles(pixels(_question.query), box, engine.patch_descriptor(image_id, patch), scale)


def _rounded(cells: np.ndarray) -> list[list[float]]:
    return np.round(cells.astype(float), 4).tolist()
