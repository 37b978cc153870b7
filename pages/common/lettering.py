"""Text on pictures, in the app's own typeface: the one that Streamlit brings for its pages."""

import functools
from pathlib import Path

import streamlit
from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int] | str
NO_GLYPH = "\uffff"  # no typeface draws it: what stands for letters that are missing
PLAIN_SIGNS = str.maketrans("×−–", "x--")  # for the typeface that Pillow brings


@functools.cache
def lettering(size: int, weight: int = 400) -> Font:
    """weight: 400 is regular, 700 bold."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "media"
    for file in sorted(folder.glob("SourceSansVF-Upright*")):
        try:
            font = ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
            font.set_variation_by_axes([weight])
            return font
        except (OSError, NotImplementedError):  # a FreeType that reads no WOFF2, or knows no variable typefaces
            continue
    return ImageFont.load_default(size)


def drawable(text: str, font: Font) -> str:
    """The text with a question mark for every letter that the typeface has no picture of."""
    return "".join(letter if _has(font, letter) else "?" for letter in _plain_signs(text, font))


def shortened(text: str, font: Font, width: float) -> str:
    """As much of the text as fits into so many pixels, its end kept: names of files differ there."""
    text = drawable(text, font)
    if font.getlength(text) <= width:
        return text
    for kept in range(len(text) - 1, 0, -1):
        cut = f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"
        if font.getlength(cut) <= width:
            return cut
    return ""


def write_lines(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, font: Font, colour: Colour, width: float
) -> int:
    """Write text, broken between words to so many pixels; where the next line begins."""
    left, top = place
    height = round(1.3 * getattr(font, "size", 12))
    line = ""
    for word in [*drawable(text, font).split(), ""]:
        longer = f"{line} {word}".strip()
        if word and font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            draw.text((left, top), shortened(line, font, width), colour, font)
            top += height
        line = word
    return top


def _plain_signs(text: str, font: Font) -> str:
    return text if _has(font, "×") else text.translate(PLAIN_SIGNS)


@functools.lru_cache(maxsize=4096)
def _has(font: Font, letter: str) -> bool:
    return letter == " " or bytes(font.getmask(letter)) != bytes(font.getmask(NO_GLYPH))
