"""Many pictures asked one after the other: what each found, and why some could not be asked."""

import csv
import io
import math
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import EngineError
from ..core.progress import Progress
from ..describe.windows import Box
from ..images.photo_folders import list_photos
from .report import QueryReport

EDGES = ("left", "top", "right", "bottom")
Ask = Callable[[Path | bytes, Box | None], QueryReport]


@dataclass(frozen=True)
class FileAnswer:
    """What one picture found. report: None where it could not be asked, and `problem` says why in one line.

    path: as the picture was named, untrusted text. box: what was asked for in it; None is the whole picture.
    """

    path: str
    box: Box | None
    report: QueryReport | None
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As an object for JSON: the picture, and what `query --json` prints or the problem."""
        asked = {"path": self.path, "box": None if self.box is None else list(self.box)}
        return asked | (self.report.to_dict() if self.report else {"problem": self.problem})


def answer_rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An answer, as `FileAnswer.to_dict` gives it, as rows of a table: a row for each method and match.

    A method without a match, and a picture with a problem, have one row.
    """
    asked = dict.fromkeys(COLUMNS) | {"query": answer["path"]}
    asked |= dict(zip(ASKED_EDGES, answer["box"] or (), strict=False))
    if "problem" in answer:
        return [asked | {"problem": answer["problem"]}]
    rows = []
    for method, found in answer.items():
        if isinstance(found, Mapping) and "matches" in found:
            told = asked | {"method": method, "matches": len(found["matches"])}
            rows += [told | _row(rank, match) for rank, match in enumerate(found["matches"], 1)] or [told]
    return rows


ASKED_EDGES = tuple(f"query_{edge}" for edge in EDGES)
COLUMNS = ("query", *ASKED_EDGES, "method", "matches", "rank", "path", "angle", *EDGES, "scale", "problem")


def _row(rank: int, match: Mapping[str, Any]) -> dict[str, Any]:
    edges = dict(zip(EDGES, match["box"], strict=True))
    return {"rank": rank, "path": match["path"], "angle": match["angle"], "scale": match["scale"]} | edges


def pictures_in(folder: Path) -> dict[str, Path]:
    """Every picture below a folder by its path in it, sorted. Raises DatabaseError where there is none."""
    return {path: folder / path for path in list_photos(folder)}


def read_asked_boxes(text: str) -> dict[str, Box]:
    """Path -> box of a CSV with the columns path, left, top, right, bottom, one line a picture. Raises EngineError."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    expected = f"expected a CSV with the columns path, {', '.join(EDGES)}"
    if rows.fieldnames is None or not {"path", *EDGES} <= set(rows.fieldnames):
        raise EngineError(f"{expected}; its first line names {', '.join(rows.fieldnames or ()) or 'nothing'!s:.80}")
    boxes: dict[str, Box] = {}
    for row in rows:
        path = row["path"] or ""
        try:
            left, top, right, bottom = (float(row[edge]) for edge in EDGES)
        except (TypeError, ValueError):
            raise EngineError(f"{expected}; line {rows.line_num} has no four numbers") from None
        if not path or path in boxes or not all(map(math.isfinite, (left, top, right, bottom))):
            raise EngineError(f"line {rows.line_num} of the boxes must name one picture, each once, and four numbers")
        boxes[path] = left, top, right, bottom
    return boxes


def answers_of(
    pictures: Mapping[str, Path | bytes],
    ask: Ask,
    boxes: Mapping[str, Box],
    known: Container[str],
    progress: Progress,
) -> Iterator[FileAnswer]:
    """Ask picture by picture. known: names that need not be asked any more; boxes of no picture are told first."""
    for path in boxes:
        if path not in pictures and path not in known:
            yield FileAnswer(path, boxes[path], None, "the list of boxes names it, but there is no such picture")
    for done, (path, picture) in enumerate(pictures.items()):
        progress(done, len(pictures), "query")
        if path in known:
            continue
        box = boxes.get(path)
        try:
            yield FileAnswer(path, box, ask(picture, box))
        except (EngineError, OSError) as error:  # it may vanish while it is read
            yield FileAnswer(path, box, None, " ".join(str(error).split()))
    progress(len(pictures), len(pictures), "query")
