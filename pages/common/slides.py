"""Prepared queries as slides: a JSON file that people edit and share, read and checked line by line.

A slide names its query by a sample, or by a photo of a database and a box on it; then delta, query scales, and the
plans that stand left and right.
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from lsh_engine import PLANS

from .catalog import ROOT
from .controls import ALL_SCALES, near
from .photos import samples
from .session import Box, Choice
from .text import one_line

SHIPPED = ROOT / "assets" / "slides.json"
VARIABLE = "LOOKALIKE_SLIDES"
MOST_SLIDES, MOST_BYTES, LONGEST_LINE = 100, 200_000, 200
FIELDS = ("title", "say", "sample", "database", "image", "box", "delta", "scales", "left", "right", "right_delta")


@dataclass(frozen=True)
class Slide:
    """One prepared query. None: the database's own value, or the sample's."""

    title: str  # untrusted text, as is `say`
    say: str = ""
    sample: str | None = None  # its name in a share link
    database: str | None = None  # name in the picker
    image: int | None = None
    box: Box | None = None
    delta: float | None = None
    scales: tuple[float, ...] | None = None
    left: str = Choice().plan
    right: str = Choice().right_plan
    right_delta: float | None = None


@dataclass(frozen=True)
class Slides:
    """What a file holds. Where there is any mistake there are no slides."""

    slides: tuple[Slide, ...] = ()
    mistakes: tuple[str, ...] = ()


def prepared() -> Slides:
    """The slides of the file that the environment names, else those that come with the app."""
    path = Path(os.environ.get(VARIABLE) or SHIPPED)
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return Slides(mistakes=(f"{path.name}: expected a file of slides, but it cannot be read: check {VARIABLE}.",))
    return _kept(str(path), stamp)


@st.cache_data(max_entries=8, show_spinner=False)
def _kept(path: str, stamp: int) -> Slides:
    return read(Path(path))


def read(path: Path) -> Slides:
    """The slides of a file, or one line for each mistake in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            return Slides(mistakes=(f"{path.name} is larger than {MOST_BYTES // 1000} kB: make it shorter.",))
        content = json.loads(data.decode("utf-8"))
    except OSError:
        return Slides(mistakes=(f"{path.name} cannot be read: check that it is there and may be read.",))
    except UnicodeDecodeError:
        return Slides(mistakes=(f"{path.name} is no text in UTF-8: save it as UTF-8.",))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return Slides(mistakes=(f"{path.name} is no valid JSON at {where}: {error.msg}.",))
    except (RecursionError, ValueError):
        return Slides(mistakes=(f"{path.name} is no valid JSON: it is nested too deep or holds too long a number.",))
    return checked(content)


def checked(content: Any) -> Slides:
    """The slides of parsed JSON, or one line for each mistake in it."""
    rows = content.get("slides") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_SLIDES:
        return Slides(mistakes=(f'Expected {{"slides": [...]}} with 1 to {MOST_SLIDES} slides.',))
    mistakes = [f"Slide {number}: {line}" for number, row in enumerate(rows, 1) for line in _mistakes(row)]
    if mistakes:
        return Slides(mistakes=tuple(mistakes))
    return Slides(tuple(_slide(row) for row in rows))


def _slide(row: dict[str, Any]) -> Slide:
    values = dict(row)
    if "box" in row:
        values["box"] = tuple(row["box"])
    if "scales" in row:
        values["scales"] = tuple(scale for scale in ALL_SCALES if near(scale, row["scales"]))
    return Slide(**values)


def _mistakes(row: Any) -> list[str]:
    """One plain line for each thing that is wrong with a slide."""
    if not isinstance(row, dict):
        return [f"expected an object in braces, got {_shown(row)}."]
    unknown = [
        f"there is no field {_shown(name)}: choose among {', '.join(FIELDS)}." for name in row.keys() - {*FIELDS}
    ]
    checks = (_text_mistakes, _query_mistakes, _number_mistakes, _plan_mistakes)
    return unknown + [line for check in checks for line in check(row)]


def _text_mistakes(row: dict[str, Any]) -> list[str]:
    lines = []
    if not isinstance(row.get("title"), str) or not row["title"].strip():
        lines.append("title is missing: expected a line of text.")
    for name in ("title", "say"):
        value = row.get(name, "")
        if name == "say" and not isinstance(value, str):
            lines.append(f"say must be a line of text, not {_shown(value)}.")
        elif isinstance(value, str) and len(value) > LONGEST_LINE:
            lines.append(f"{name} has {len(value)} letters: {LONGEST_LINE} at most.")
    return lines


def _query_mistakes(row: dict[str, Any]) -> list[str]:
    """The photo and the rectangle: a sample, or a database with an image and a box."""
    lines = []
    if ("sample" in row) == ("image" in row):
        lines.append("expected either a sample, or a database with image and box.")
    known = [sample.slug for sample in samples()]
    if "sample" in row and row["sample"] not in known:
        lines.append(f"there is no sample {_shown(row['sample'])}: choose among {', '.join(known)}.")
    if "database" in row and not (isinstance(row["database"], str) and row["database"].strip()):
        lines.append(f"database must be a name as the picker shows it, not {_shown(row['database'])}.")
    if "image" in row:
        if not _is_whole(row["image"]) or row["image"] < 0:
            lines.append(f"image must be a photo's number, 0 or more, not {_shown(row['image'])}.")
        lines += [f"image needs {name} beside it." for name in ("database", "box") if name not in row]
    if "box" in row:
        box = row["box"]
        fits = isinstance(box, list) and len(box) == 4 and all(_is_whole(edge) and 0 <= edge <= 10**6 for edge in box)
        if not fits or box[0] >= box[2] or box[1] >= box[3]:
            lines.append(f"box must be [left, top, right, bottom] in whole pixels, not {_shown(box)}.")
    return lines


def _number_mistakes(row: dict[str, Any]) -> list[str]:
    lines = []
    for name in ("delta", "right_delta"):
        if name in row and not (_is_number(row[name]) and 0 <= row[name] <= math.pi):
            lines.append(f"{name} must be an angle from 0 to 3.14 radians, not {_shown(row[name])}.")
    if "scales" in row:
        scales = row["scales"]
        known = isinstance(scales, list) and scales and all(_is_number(one) and near(one, ALL_SCALES) for one in scales)
        if not known:
            offered = ", ".join(f"{scale:.4g}" for scale in ALL_SCALES)
            lines.append(f"scales must be a list of some of {offered}, not {_shown(scales)}.")
    return lines


def _plan_mistakes(row: dict[str, Any]) -> list[str]:
    return [
        f"{side} must be one of {', '.join(PLANS)}, not {_shown(row[side])}."
        for side in ("left", "right")
        if side in row and row[side] not in PLANS
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """A value from the file, as short as a line allows."""
    return one_line(json.dumps(value, ensure_ascii=False), 40)
