"""Rectangles on the query photo: our own component, or streamlit-cropper where LOOKALIKE_CROPPER asks for it.

The browser keeps its own state for one photo and one revision (`Session.crop_version`), so that nothing it sent is
drawn over by an older answer; boxes set from code come with a new revision. What it reports is untrusted.
"""

import io
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from .boxes import COLOURS, MOST, clamp
from .card_cropper import card_crop
from .media import media_url
from .photos import pixels
from .session import Box, Combine, Crop, Query, session, whole_box

VARIABLE = "LOOKALIKE_CROPPER"
KEY = "cropper"
LONGEST = 1600  # px of the picture that the browser gets: enough to look closely
FRONTEND = Path(__file__).parent / "frontend"
SCRIPTS = ("cropper_boxes.js", "cropper_view.js", "cropper_gestures.js", "cropper_panel.js", "cropper.js")

_component = st.components.v2.component(
    "lookalike_cropper",
    html='<div class="cropper"></div>',
    css=(FRONTEND / "cropper.css").read_text(encoding="utf-8"),
    js="\n".join((FRONTEND / name).read_text(encoding="utf-8") for name in SCRIPTS),
)


def crop(query: Query) -> None:
    """Draw the photo with its rectangles; what the visitor does to them becomes the session's box, more and combine.
    Call inside a fragment, once on a page. EngineError when the photo cannot be read.
    """
    if os.environ.get(VARIABLE, "").strip().lower() == "streamlit-cropper":
        card_crop(query)
        return
    me = session()
    crops = (Crop(me.box), *me.more)[:MOST]
    data = {
        "photo": query.sha,
        "revision": me.crop_version,
        "url": media_url(_picture(query.sha, query), "image/jpeg", KEY),
        "size": list(query.size),
        "boxes": [{"box": list(one.box), "role": one.role} for one in crops],
        "combine": me.combine,
        "colours": COLOURS,
        "most": MOST,
    }
    _component(key=KEY, data=data, on_crops_change=partial(_report, query))


def _report(query: Query) -> None:
    """The hand has let go in the browser. What belongs to another photo or an older revision is late: it is dropped."""
    me, value = session(), st.session_state[KEY].get("crops")
    if not isinstance(value, Mapping) or (value.get("photo"), value.get("revision")) != (query.sha, me.crop_version):
        return
    reported = reported_crops(value, query.size)
    if reported is None:
        me.put_box(me.box)  # the last good ones are drawn again
    else:
        me.box, me.more, me.combine = reported.box, reported.more, reported.combine


# ---- what a browser may say ----


@dataclass(frozen=True)
class ReportedCrops:
    """What the session remembers of them: the first looked for, those besides it, and how they belong together."""

    box: Box
    more: tuple[Crop, ...]
    combine: Combine


def reported_crops(value: Mapping[str, Any], size: tuple[int, int]) -> ReportedCrops | None:
    """The rectangles, cut to the photo, those looked for first; None when anything about them is wrong."""
    rows, combine = value.get("boxes"), value.get("combine")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST or combine not in ("any", "all"):
        return None
    crops = [_crop(row, size) for row in rows]
    good = [one for one in crops if one is not None]
    look = [one for one in good if one.role == "look"]
    if len(good) < len(crops) or not look:
        return None
    more = (*look[1:], *(one for one in good if one.role == "avoid"))
    return ReportedCrops(look[0].box, more, "all" if combine == "all" else "any")


def _crop(row: Any, size: tuple[int, int]) -> Crop | None:
    if not isinstance(row, Mapping) or row.get("role") not in ("look", "avoid"):
        return None
    edges = row.get("box")
    if not isinstance(edges, list) or len(edges) != 4 or not all(_is_number(edge) for edge in edges):
        return None
    box = clamp(whole_box(edges), size)
    return None if box is None else Crop(box, "avoid" if row["role"] == "avoid" else "look")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@st.cache_data(max_entries=32, show_spinner=False)
def _picture(sha: str, _query: Query) -> bytes:
    picture = pixels(_query)
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=88)
    return stream.getvalue()
