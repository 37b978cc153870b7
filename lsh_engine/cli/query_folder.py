"""The command `query-folder`: every picture of a folder is a query."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import EngineError
from ..engine import RetrievalEngine, warm_up
from ..search.folder_queries import FileAnswer, read_asked_boxes
from .answers_file import AnswersFile
from .options import DatabasePath, MovedPhotos, PhotosPath
from .query import methods_of, settings_of
from .terminal import interruptible, printable


def query_folder(
    db: DatabasePath,
    folder: PhotosPath,
    out: Annotated[Path | None, typer.Option(help="Write every match into this .csv or .json file.")] = None,
    boxes: Annotated[Path | None, typer.Option(help="CSV of path,left,top,right,bottom: what is asked for.")] = None,
    scales: Annotated[str | None, typer.Option(help="Query scales, such as 0.5,1.")] = None,
    delta: Annotated[float | None, typer.Option(help="Largest angle of a match, radians. [default: same kind]")] = None,
    method: Annotated[str, typer.Option(help="lsh, exhaustive, both, or kinds of index: lsh,ivf_flat.")] = "both",
    own: Annotated[bool, typer.Option("--own", help="A picture that is in the database may find itself.")] = False,
    photos: MovedPhotos = None,
) -> None:
    """Ask every picture of a folder, whole or with one box each.

    With --out, the same command goes on where it was stopped. A picture that cannot be asked is told and stops nothing.
    """
    methods = methods_of(method)
    engine = RetrievalEngine.open(db, photos)
    settings = settings_of(engine, scales, delta)
    asked_boxes = read_asked_boxes(_text(boxes)) if boxes else {}
    asked: dict[str, Any] = {
        "database": engine.collection.fingerprint,
        "folder": str(folder.absolute()),
        "methods": methods,
    }
    asked |= {"delta": settings.delta, "scales": settings.scales, "boxes": asked_boxes, "own": own}
    file = AnswersFile(out, asked) if out else None
    known = {answer["path"] for answer in file.answers} if file else set()
    warm_up(engine)
    n_problems = sum("problem" in answer for answer in file.answers) if file else 0
    with interruptible(unit=" pictures") as progress:
        for answer in engine.query_folder(
            folder, settings, methods, boxes=asked_boxes, known=known, own=own, progress=progress
        ):
            if file:
                file.add(answer.to_dict())
            known.add(answer.path)
            n_problems += bool(answer.problem)
            typer.echo(_line(answer))
    if file:
        file.finish()
    kept = f", answers in {printable(file.file.name)}" if file else ""
    typer.echo(f"{len(known) - n_problems:,} pictures asked at {settings.delta:g} rad, {n_problems:,} not{kept}")


def _line(answer: FileAnswer) -> str:
    """One picture: how many photos each method found, or why it was not asked."""
    name = printable(answer.path)
    if answer.report is None:
        return f"{name}: not asked: {printable(answer.problem)}"
    found = ", ".join(f"{method} {len(each.matches):,}" for method, each in answer.report.answers.items())
    first = next((each.matches[0] for each in answer.report.answers.values() if each.matches), None)
    nearest = f"; nearest {printable(first.path)} at {first.angle:.3f} rad" if first else ""
    return f"{name}: {found}{nearest}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise EngineError(f"cannot read {file.name}: {reason}; check the path of --boxes") from error
