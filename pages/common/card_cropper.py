"""streamlit-cropper, the fallback of our own cropper: a rectangle on a photo, as a box in the photo's own pixels.

The widget is used as little as it can be. It gets a small picture whose PNG is made once, a key that names the photo
and its size on the page, and a start rectangle that never changes under one key. What it reports is inset by half the
stroke, scaled back and clamped here. Number fields show the same box for the keyboard and for exact work.
"""

import io
from dataclasses import dataclass

import streamlit as st
from PIL import Image
from streamlit_cropper import st_cropper

from .boxes import clamp
from .photos import pixels
from .session import Box, Query, session, whole_box

STROKE = 4  # px; even, so that half of it is whole
SHOWN_SIDE = 420  # px; larger costs time on every rerun and does not fit beside the controls
NARROWEST, ON_A_PHONE = 240, 320
BOX_COLOUR = "#12A594"

_WIDTH_JS = """
export default function ({ parentElement, setStateValue }) {
  const host = parentElement.host ?? parentElement;
  const width = Math.floor(host.getBoundingClientRect().width / 20) * 20;
  if (width > 0 && width < SHOWN_SIDE && host.dataset.sent !== String(width)) {
    host.dataset.sent = String(width);
    setStateValue("width", width);
  }
}
""".replace("SHOWN_SIDE", str(SHOWN_SIDE))
_report_width = st.components.v2.component("lookalike_column_width", html="<div></div>", js=_WIDTH_JS)


def card_crop(query: Query) -> None:
    """Draw the photo with its rectangle and the number fields; what the user does to them becomes the session's box.
    Call inside a fragment.
    """
    me = session()
    shown = shown_size(query.size, column_width())
    key = _mounted_key(query, shown)
    start = st.session_state[f"{key}-start"]
    rectangle = st_cropper(
        _thumbnail(query.sha, shown, query),
        should_resize_image=False,
        return_type="box",
        default_coords=(start[0], start[0] + start[2], start[1], start[1] + start[3]),  # left, RIGHT, top, BOTTOM
        box_color=BOX_COLOUR,
        stroke_width=STROKE,
        key=key,
    )
    reported = tuple(rectangle[side] for side in ("left", "top", "width", "height"))
    if reported != start and (key, reported) != me.crop_seen:
        me.crop_seen = (key, reported)
        _moved(to_photo(reported, shown, query.size))
    _number_fields(query)
    st.caption(":material/crop: Click the rectangle, then drag it or its corners. Or type pixels.")
    _measure_column()


def _moved(box: Box | None) -> None:
    """The user let go of the rectangle. Where it became a dot or left the picture, the last good box is drawn again."""
    me = session()
    if box is not None:
        me.box = box
        return
    me.put_box(me.box)
    st.rerun()


def _mounted_key(query: Query, shown: tuple[int, int]) -> str:
    """The widget's key. Streamlit forgets a widget that a page did not draw, so one that returns is a new one, which
    starts at the box the session remembers.
    """
    me, name = session(), f"crop-{query.sha[:16]}-{shown[0]}x{shown[1]}"
    key = f"{name}-{me.crop_version}"
    if key not in st.session_state:
        if f"{key}-start" in st.session_state:
            me.crop_version += 1
            key = f"{name}-{me.crop_version}"
        st.session_state[f"{key}-start"] = to_shown(me.box, shown, query.size)
    return key


def column_width() -> int:
    """Width of the column when it is narrower than the picture wants to be, as on a phone; else SHOWN_SIDE.
    The widget cannot shrink, and Python cannot see the window: `_report_width` tells.
    """
    expected = ON_A_PHONE if "Mobi" in st.context.headers.get("User-Agent", "") else SHOWN_SIDE
    reported = (st.session_state.get("column-width") or {}).get("width") or expected
    return int(min(SHOWN_SIDE, max(NARROWEST, reported)))


def _measure_column() -> None:
    """Where the column proves narrower than expected, the fragment runs again with a smaller picture."""
    _report_width(key="column-width", default={"width": 0}, on_width_change=lambda: None)


def _number_fields(query: Query) -> None:
    left, top, right, bottom = session().box
    width, height = query.size
    values = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    with st.container(key="crop-numbers", horizontal=True, gap="xsmall"):
        for side, value in values.items():
            st.session_state[f"_crop_{side}"] = value  # in step with the rectangle, on every run
            st.number_input(
                side.capitalize(),
                min_value=0,
                max_value=width if side in ("left", "width") else height,
                step=1,
                key=f"_crop_{side}",
                on_change=_typed,
                args=(query.size,),
                help="Pixels of the original photo" if side == "left" else None,
                width=74,  # four fit on a phone
            )


def _typed(size: tuple[int, int]) -> None:
    """A number was typed: the rectangle follows. size: of the photo."""
    me = session()
    left, top, width, height = (st.session_state[f"_crop_{side}"] for side in ("left", "top", "width", "height"))
    me.put_box(clamp((left, top, left + width, top + height), size) or me.box)


# ---- the arithmetic, free of Streamlit ----


def shown_size(size: tuple[int, int], widest: int, tallest: int = SHOWN_SIDE) -> tuple[int, int]:
    """The size at which a photo is shown: as large as fits, its shape kept, small photos enlarged."""
    ratio = min(widest / size[0], tallest / size[1])
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def to_shown(box: Box, shown: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box of the photo -> the widget's (left, top, width, height) in whole pixels of the shown picture: left and top
    are the stroke's outer edge, width and height go from the middle of the stroke to the middle of the other.
    """
    x, y, inset = shown[0] / size[0], shown[1] / size[1], STROKE // 2
    left, top, right, bottom = round(box[0] * x), round(box[1] * y), round(box[2] * x), round(box[3] * y)
    return left - inset, top - inset, max(1, right - left), max(1, bottom - top)


def to_photo(
    rectangle: tuple[float, float, float, float], shown: tuple[int, int], size: tuple[int, int], stroke: float = STROKE
) -> Box | None:
    """(left, top, width, height) as the widget reports a rectangle that was touched, the whole stroke included
    -> box in the photo's pixels; None when it is too small or beside the photo.
    """
    left, top, width, height = rectangle
    x, y, inset = size[0] / shown[0], size[1] / shown[1], stroke / 2
    box = ((left + inset) * x, (top + inset) * y, (left + width - inset) * x, (top + height - inset) * y)
    return clamp(whole_box(box), size)


@dataclass(frozen=True)
class ReadyPng:
    """Stands in for a PIL image in st_cropper, which copies, converts and encodes its picture on every rerun."""

    width: int
    height: int
    png: bytes

    def copy(self) -> "ReadyPng":
        return self

    def convert(self, mode: str) -> "ReadyPng":
        return self

    def save(self, stream: io.BytesIO, format: str) -> None:
        stream.write(self.png)


@st.cache_data(max_entries=32, show_spinner=False)
def _thumbnail(sha: str, shown: tuple[int, int], _query: Query) -> ReadyPng:
    picture = pixels(_query).resize(shown, Image.Resampling.LANCZOS, reducing_gap=2.0)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return ReadyPng(*shown, stream.getvalue())
