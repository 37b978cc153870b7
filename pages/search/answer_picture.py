"""One answer as one picture: the crop, the verdict, the first rows of both columns."""

import io

from PIL import Image, ImageDraw

from lsh_engine import Match, load_image

from ..common.drawing import card, crops_view
from ..common.lettering import lettering, shortened, write_lines
from ..common.text import one_line, scale_name
from .sheet import Column, Sheet

WIDTH, MARGIN, GAP = 1600, 48, 16
IN_A_ROW, ROWS = 3, 2  # matches of a column
BETWEEN = 48  # the two columns
COLUMN = (WIDTH - 2 * MARGIN - BETWEEN) // 2
TILE = (COLUMN - (IN_A_ROW - 1) * GAP) // IN_A_ROW
TILE_HEIGHT = TILE * 3 // 4
CAPTION = 84  # pixels of text below a tile
PHOTO = (440, 330)
INK, QUIET, LINE = (20, 33, 31), (74, 89, 87), (217, 226, 225)
ORANGE = (154, 68, 7)
HEADS = {"lsh": (11, 95, 88), "exhaustive": (91, 58, 176)}


def as_png(sheet: Sheet) -> bytes:
    canvas = Image.new("RGB", (WIDTH, 4000), "white")  # cut to what was drawn
    top = _asked(canvas, sheet) + 36
    ends = [_column(canvas, place, top, sheet, column) for place, column in enumerate(sheet.columns)]
    bottom = max(ends)
    middle = WIDTH // 2
    ImageDraw.Draw(canvas).line((middle, top, middle, bottom), LINE, 2)
    stream = io.BytesIO()
    canvas.crop((0, 0, WIDTH, bottom + MARGIN)).save(stream, "PNG")
    return stream.getvalue()


def _asked(canvas: Image.Image, sheet: Sheet) -> int:
    """The photo with its crop beside the verdict; where they end."""
    draw, question = ImageDraw.Draw(canvas), sheet.question
    photo = crops_view(question.query.sha, question.crop.box, question.crop.more, question.query)
    _paste(canvas, photo, (MARGIN, MARGIN), PHOTO)
    left = MARGIN + PHOTO[0] + 40
    width = WIDTH - MARGIN - left
    headline, *more = sheet.verdict()
    top = write_lines(draw, (left, MARGIN - 8), headline, lettering(40, 700), INK, width) + 10
    for sentence in more:
        top = write_lines(draw, (left, top), sentence, lettering(23), INK, width) + 4
    top += 12
    for name, value in sheet.settings():
        draw.text((left, top), name, QUIET, lettering(20, 600))
        top = write_lines(draw, (left + 170, top), value, lettering(20), QUIET, width - 170) + 1
    return max(top, MARGIN + PHOTO[1])


def _column(canvas: Image.Image, place: int, top: int, sheet: Sheet, column: Column) -> int:
    draw, left = ImageDraw.Draw(canvas), MARGIN + place * (COLUMN + BETWEEN)
    draw.text((left, top), column.title, HEADS.get(column.answer.method, INK), lettering(32, 700))
    figures = " · ".join(f"{name.lower()}: {value}" for name, value in sheet.figures(column.answer))
    top = write_lines(draw, (left, top + 44), figures, lettering(20), QUIET, COLUMN) + 14
    matches = column.answer.matches
    for number, match in enumerate(matches[: IN_A_ROW * ROWS]):
        row, across = divmod(number, IN_A_ROW)
        corner = left + across * (TILE + GAP), top + row * (TILE_HEIGHT + CAPTION)
        _tile(canvas, corner, sheet, match, match.image_id in column.missed)
    n_rows = min(ROWS, -(-len(matches) // IN_A_ROW))
    top += n_rows * (TILE_HEIGHT + CAPTION)
    left_out = len(matches) - IN_A_ROW * ROWS
    if left_out > 0:
        top = write_lines(draw, (left, top), f"and {left_out:,} more", lettering(20), QUIET, COLUMN)
    if not matches:
        top = write_lines(draw, (left, top), "no photo within delta", lettering(22), QUIET, COLUMN)
    return top


def _tile(canvas: Image.Image, corner: tuple[int, int], sheet: Sheet, match: Match, missed: bool) -> None:
    """The match with its region boxed; angle and scale, chance, name."""
    draw, database = ImageDraw.Draw(canvas), sheet.question.database
    picture = card(database.key, match.image_id, match.box, match.scale, missed, database.engine)
    _paste(canvas, picture, corner, (TILE, TILE_HEIGHT))
    left, top = corner[0], corner[1] + TILE_HEIGHT + 4
    colour = ORANGE if missed else INK
    draw.text((left, top), f"{match.angle:.2f} rad · {scale_name(match.scale)}", colour, lettering(20, 700))
    marks = sheet.mark(match, missed)
    draw.text((left, top + 25), shortened(marks, lettering(17), TILE), ORANGE if missed else QUIET, lettering(17))
    draw.text((left, top + 46), shortened(one_line(match.path), lettering(17), TILE), QUIET, lettering(17))


def _paste(canvas: Image.Image, picture: bytes, corner: tuple[int, int], size: tuple[int, int]) -> None:
    canvas.paste(load_image(picture).resize(size, Image.Resampling.LANCZOS), corner)
