"""Many photos asked one after another: what is to be asked, how far it is, what came. Knows no page."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from lsh_engine import EngineError, LSHParams, SearchSettings, csv_text, list_photos

from ..common.catalog import Database
from ..common.photos import from_bytes
from ..common.session import Choice, Query
from ..common.text import count, one_line, size

MOST_PHOTOS = 500
MOST_BYTES = 80_000_000  # of uploaded photos: they stay in memory, so that each can become the query
LARGEST_FILE = 2**26  # bytes read of one: the door of pictures refuses far smaller ones
COLUMNS = ("photo", "matches", "lsh_found", "nearest", "nearest_rad", "problem")


@dataclass(frozen=True)
class PhotoFile:
    """A photo below a folder of the server."""

    folder: Path
    name: str  # its path from there


Photo = Query | PhotoFile


@dataclass(frozen=True)
class Outcome:
    """What one photo found. problem: why it could not be asked; all else is empty then."""

    photo: str
    matches: int | None = None  # of the exhaustive answer
    found: int | None = None  # of those, by LSH
    nearest: str = ""
    angle: float | None = None  # of the nearest, radians
    problem: str = ""


@dataclass
class Batch:
    """The photos, how each is asked, and the outcomes so far, in the same order."""

    database: str  # its path
    database_name: str
    choice: Choice
    delta: float
    photos: list[Photo] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # in one line each
    running: bool = False

    @property
    def done(self) -> bool:
        return len(self.outcomes) >= len(self.photos)

    def add(self, photos: Iterable[Photo]) -> None:
        """As many as there is room for; the others are named in `left_out`."""
        too_many = 0
        for photo in photos:
            held = sum(len(one.data or b"") for one in self.photos if isinstance(one, Query))
            if len(self.photos) >= MOST_PHOTOS:
                too_many += 1
            elif isinstance(photo, Query) and held + len(photo.data or b"") > MOST_BYTES:
                self.left_out.append(f"{name_of(photo)}: uploads may hold {size(MOST_BYTES)} together")
            else:
                self.photos.append(photo)
        if too_many:
            self.left_out.append(f"{count(too_many, 'photo')} more: a batch takes {MOST_PHOTOS} at most")

    def work(self, database: Database, seconds: float) -> None:
        """Ask the next photos, at least one, for about so long."""
        until = perf_counter() + seconds
        while self.running and not self.done:
            self.outcomes.append(outcome_of(self.photos[len(self.outcomes)], self, database))
            if perf_counter() > until:
                return
        self.running = False


def outcome_of(photo: Photo, batch: Batch, database: Database) -> Outcome:
    """Ask for the whole photo. What is wrong with it is part of the outcome: the others go on."""
    name = name_of(photo)
    picture = photo.data or b"" if isinstance(photo, Query) else photo.folder / photo.name
    params = {"lsh": LSHParams(batch.choice.plan, batch.choice.recall_target)}
    settings = SearchSettings(scales=batch.choice.scales, delta=batch.delta, params=params)
    try:
        answer = next(iter(database.engine.query_folder({name: picture}, settings)))
    except EngineError as error:  # of the database or the settings
        return Outcome(name, problem=one_line(error, 200))
    report = answer.report
    if report is None:
        return Outcome(name, problem=one_line(answer.problem, 200))
    total, near = len(report.answers["exhaustive"].matches), report.nearest
    found = total - len(report.missed)
    return Outcome(name, total, found, near.path if near else "", near.angle if near else None)


def opened(photo: Photo) -> Query:
    """The photo with its bytes. EngineError when it cannot be read."""
    if isinstance(photo, Query):
        return photo
    try:
        with (photo.folder / photo.name).open("rb") as file:
            return from_bytes(name_of(photo), file.read(LARGEST_FILE))
    except OSError as error:
        raise EngineError(f"the file cannot be read any more: {error.strerror}") from error


def photos_in(folder: Path) -> list[Photo]:
    """The photos below a folder, sorted by name. EngineError where there are none."""
    return [PhotoFile(folder, name) for name in list_photos(folder)]


def name_of(photo: Photo) -> str:
    return one_line(photo.name, 90)


def rows_of(batch: Batch) -> list[dict[str, object]]:
    """The outcomes as rows of a table or of JSON."""
    rows: list[dict[str, object]] = []
    for one in batch.outcomes:
        angle = None if one.angle is None else round(one.angle, 4)
        cells = (one.photo, one.matches, one.found, one_line(one.nearest, 200), angle, one.problem)
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def as_csv(batch: Batch) -> str:
    return csv_text(rows_of(batch), COLUMNS)


def as_dict(batch: Batch) -> dict[str, object]:
    """All of it, fit for JSON. Angles in radians."""
    settings = {
        "database": one_line(batch.database_name),
        "delta": batch.delta,
        "degrees": round(math.degrees(batch.delta), 1),
        "scales": batch.choice.scales,
        "plan": batch.choice.plan,
    }
    return {"settings": settings, "photos": rows_of(batch), "left_out": batch.left_out}
