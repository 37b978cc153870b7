"""Pictures with boxes on them, as JPEG bytes: PIL draws, the browser only shows."""

import functools
import io

import streamlit as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from lsh_engine import EngineError, Match, RetrievalEngine, load_image

from .catalog import Database
from .photos import Sample, pixels
from .session import Crop, Query, whole_box
from .text import scale_name

Box = tuple[float, float, float, float]
Size = tuple[int, int]
Colour = tuple[int, int, int]
CARD, LARGE = (320, 240), (640, 480)
FOUND, MISSED = (18, 165, 148), (235, 122, 22)  # teal; orange, which is dashed as well
DASH = 10


@st.cache_data(max_entries=2000, show_spinner=False)
def card(key: str, image_id: int, box: Box, scale: float, missed: bool, _engine: RetrievalEngine) -> bytes:
    """A match for the grid: its thumbnail, the matched region boxed, the winning query scale written on it."""
    thumbnail = load_image(_engine.thumbnail(image_id))
    return _framed(thumbnail, box, _engine.image_size(image_id), MISSED if missed else FOUND, missed, _tag(scale))


@st.cache_data(max_entries=64, show_spinner=False)
def sample_card(sample: Sample, path: str) -> bytes:
    """A sample query with its crop boxed."""
    picture = load_image(path)
    return _framed(picture, sample.box, picture.size, FOUND, False, "")


@st.cache_data(max_entries=64, show_spinner=False)
def query_views(sha: str, box: tuple, _query: Query) -> tuple[bytes, bytes]:
    """(the query photo with its crop boxed, the crop alone)."""
    return _views(pixels(_query), box, _query.size, False)


@st.cache_data(max_entries=64, show_spinner=False)
def crops_view(sha: str, box: tuple, more: tuple[Crop, ...], _query: Query) -> bytes:
    """The query photo with every rectangle on it; those of what is not meant are dashed."""
    canvas, (left, top), shown = _on_card(pixels(_query), LARGE)
    for crop in (*more, Crop(whole_box(box))):
        edges = _scaled(crop.box, _query.size, shown)
        place = (edges[0] + left, edges[1] + top, edges[2] + left, edges[3] + top)
        avoided = crop.role == "avoid"
        _draw_box(canvas, place, MISSED if avoided else FOUND, avoided)
    return _jpeg(canvas)


@st.cache_data(max_entries=128, show_spinner=False)
def match_views(key: str, match: Match, missed: bool, _database: Database) -> tuple[bytes, bytes]:
    """(the match with its region boxed, the region alone): from the original, or from the thumbnail where the photo
    folder has gone.
    """
    photo, size = _original(_database, match.image_id), _database.engine.image_size(match.image_id)
    return _views(photo, match.box, size, missed)


@st.cache_data(max_entries=32, show_spinner=False)
def photo_alone(key: str, image_id: int, _database: Database) -> bytes:
    """A photo as it is: from the original too, or from the thumbnail."""
    return _jpeg(_within(_original(_database, image_id), LARGE))


@st.cache_data(max_entries=32, show_spinner=False)
def crop_alone(sha: str, box: Box, _query: Query) -> bytes:
    """The crop of the query photo in its own shape, with nothing round it."""
    left, top, right, bottom = (round(edge) for edge in box)
    return _jpeg(_within(pixels(_query).crop((left, top, max(left + 1, right), max(top + 1, bottom))), LARGE))


def _within(picture: Image.Image, size: Size) -> Image.Image:
    """As large as fits."""
    ratio = min(size[0] / picture.width, size[1] / picture.height)
    shown = max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio))
    return picture.resize(shown, Image.Resampling.BICUBIC, reducing_gap=2.0)


@st.cache_data(max_entries=64, show_spinner=False)
def photo_with_boxes(key: str, image_id: int, boxes: tuple[Box, ...], line: int, _database: Database) -> bytes:
    """A photo with boxes drawn in lines of so many pixels: from the original too, or from the thumbnail."""
    photo = _original(_database, image_id)
    ratio = max(LARGE) / max(photo.size)
    shown = max(1, round(photo.width * ratio)), max(1, round(photo.height * ratio))
    picture = photo.resize(shown, Image.Resampling.BICUBIC)
    for box in boxes:
        _draw_box(picture, _scaled(box, _database.engine.image_size(image_id), shown), FOUND, False, line)
    return _jpeg(picture)


def _original(database: Database, image_id: int) -> Image.Image:
    try:
        return database.engine.photo(image_id)
    except EngineError:  # it is not where it was
        return load_image(database.engine.thumbnail(image_id))


def _views(photo: Image.Image, box: Box, size: Size, missed: bool) -> tuple[bytes, bytes]:
    box = _scaled(box, size, photo.size)
    whole = _framed(photo, box, photo.size, MISSED if missed else FOUND, missed, "", LARGE)
    left, top, right, bottom = (round(value) for value in box)
    region = photo.crop((left, top, max(left + 1, right), max(top + 1, bottom)))
    return whole, _jpeg(_on_card(region, LARGE)[0])


def _framed(
    picture: Image.Image, box: Box, size: Size, colour: Colour, dashed: bool, tag: str, card: Size = CARD
) -> bytes:
    canvas, (left, top), shown = _on_card(picture, card)
    box = _scaled(box, size, shown)
    box = (box[0] + left, box[1] + top, box[2] + left, box[3] + top)
    _draw_box(canvas, box, colour, dashed)
    if tag:
        _draw_tag(canvas, box, colour, tag)
    return _jpeg(canvas)


def _on_card(picture: Image.Image, card: Size) -> tuple[Image.Image, tuple[int, int], Size]:
    """(card, top left corner of the picture on it, size of the picture on it): whatever its shape, on a card of one
    size, over a blurred and darkened copy of itself.
    """
    ratio = min(card[0] / picture.width, card[1] / picture.height)
    shown = max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio))
    front = picture.resize(shown, Image.Resampling.BICUBIC, reducing_gap=2.0)
    if shown == card:
        return front, (0, 0), shown
    small = picture.resize((32, 24), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(2))
    canvas = small.resize(card, Image.Resampling.BILINEAR).point(lambda value: round(value * 0.55))
    corner = ((card[0] - shown[0]) // 2, (card[1] - shown[1]) // 2)
    canvas.paste(front, corner)
    return canvas, corner, shown


def _scaled(box: Box, size: Size, shown: Size) -> Box:
    x, y = shown[0] / size[0], shown[1] / size[1]
    return box[0] * x, box[1] * y, box[2] * x, box[3] * y


def _draw_box(picture: Image.Image, box: Box, colour: Colour, dashed: bool, line: int = 5) -> None:
    """A coloured line on a dark one, so that it shows on any photo."""
    left, top, right, bottom = (round(value) for value in box)
    right, bottom = min(right, picture.width - 1), min(bottom, picture.height - 1)
    left, top = max(0, min(left, right - 4)), max(0, min(top, bottom - 4))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left, top, right, bottom), outline=(10, 20, 20), width=line + 2)
    inner = (left + 1, top + 1, right - 1, bottom - 1)
    if not dashed:
        draw.rectangle(inner, outline=colour, width=line)
        return
    for x in range(inner[0], inner[2], 2 * DASH):
        end = min(x + DASH, inner[2])
        draw.line((x, inner[1] + 2, end, inner[1] + 2), colour, 5)
        draw.line((x, inner[3] - 2, end, inner[3] - 2), colour, 5)
    for y in range(inner[1], inner[3], 2 * DASH):
        end = min(y + DASH, inner[3])
        draw.line((inner[0] + 2, y, inner[0] + 2, end), colour, 5)
        draw.line((inner[2] - 2, y, inner[2] - 2, end), colour, 5)


def _draw_tag(picture: Image.Image, box: Box, colour: Colour, tag: str) -> None:
    """White on the box's colour, inside the box's corner."""
    draw, font = ImageDraw.Draw(picture), _font()
    width, height = draw.textlength(tag, font=font) + 18, 38
    left = min(max(0, box[0]), picture.width - width)
    top = min(max(0, box[1]), picture.height - height)
    dark = tuple(round(value * 0.55) for value in colour)
    draw.rounded_rectangle((left, top, left + width, top + height), 8, fill=dark)
    draw.text((left + width / 2, top + height / 2), tag, "white", font, anchor="mm")


def _tag(scale: float) -> str:
    return scale_name(scale).replace("×", "x")  # the font that comes with Pillow has no ×


@functools.cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=27)  # a card is shown at less than half its size


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=84)
    return stream.getvalue()
