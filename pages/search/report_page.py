"""One answer as a page of its own: a single HTML file with its pictures inside, without scripts or addresses."""

import base64
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path

from lsh_engine import Match

from ..common.drawing import card, crops_view, query_views
from ..common.text import count, one_line, scale_name
from .sheet import Column, Sheet

SHOWN = 60  # matches of a column, nearest first: about 1.5 MB of pictures
NOTHING_FROM_OUTSIDE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def as_html(sheet: Sheet) -> bytes:
    headline, *more = (escape(sentence) for sentence in sheet.verdict())
    title = escape(f"Lookalike: {one_line(sheet.question.query.name, 60)}")
    left, right = ("".join(_column(sheet, column)) for column in sheet.columns)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{NOTHING_FROM_OUTSIDE}">
<title>{title}</title>
<style>
{_style()}</style>
</head>
<body>
<main>
<section class="asked">
<div class="pictures">{_asked(sheet)}</div>
<div>
<h1>{headline}</h1>
{"".join(f"<p>{sentence}</p>" for sentence in more)}
{_terms(sheet.settings())}
</div>
</section>
<div class="columns">
{left}
{right}
</div>
</main>
<footer>Made with Lookalike, {datetime.now():%Y-%m-%d %H:%M}. Angles are in radians: 0 means identical, 1.57
unrelated. The chance is the one that LSH had to find the photo at its angle.</footer>
</body>
</html>
""".encode("utf-8", "replace")


@cache
def _style() -> str:
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def _asked(sheet: Sheet) -> str:
    query, crop = sheet.question.query, sheet.question.crop
    whole = crops_view(query.sha, crop.box, crop.more, query)
    alone = query_views(query.sha, crop.box, query)[1]
    return _figure(whole, "The query photo, its crop boxed", one_line(query.name, 90)) + _figure(
        alone, "The crop, enlarged", "the crop"
    )


def _figure(jpeg: bytes, alt: str, caption: str) -> str:
    return f"<figure>{_picture(jpeg, alt)}<figcaption>{escape(caption)}</figcaption></figure>"


def _picture(jpeg: bytes, alt: str) -> str:
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" alt="{escape(alt)}">'


def _terms(rows: Iterable[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in rows)}</dl>"


def _column(sheet: Sheet, column: Column) -> Iterator[str]:
    matches = column.answer.matches
    yield f'<section class="{escape(column.answer.method)}"><h2>{escape(column.title)}</h2>'
    yield _terms(sheet.figures(column.answer))
    if not matches:
        yield "<p>No photo within delta.</p>"
    yield "<ol>"
    for rank, match in enumerate(matches[:SHOWN], 1):
        yield _match(sheet, rank, match, match.image_id in column.missed)
    yield "</ol>"
    if len(matches) > SHOWN:
        rest = count(len(matches) - SHOWN, "photo")
        yield f"<p>The {SHOWN} nearest are shown; {rest} more are in the CSV and JSON files of this answer.</p>"
    yield "</section>"


def _match(sheet: Sheet, rank: int, match: Match, missed: bool) -> str:
    """A card: the photo with its region boxed, angle, scale, chance, name, box."""
    database, name = sheet.question.database, one_line(match.path, 90)
    jpeg = card(database.key, match.image_id, match.box, match.scale, missed, database.engine)
    left, top, right, bottom = (round(edge) for edge in match.box)
    mark = escape(sheet.mark(match, missed))
    return (
        f'<li class="{"missed" if missed else "found"}">'
        f"{_picture(jpeg, f'{name}, the matched region boxed')}"
        f"<b>{rank}. {match.angle:.3f} rad · {scale_name(match.scale)}</b>"
        f'<small><span class="chance">{mark}</span>'
        f"{escape(name)}<br>box {left}, {top} to {right}, {bottom}</small></li>"
    )
