"""The command `query`: the matches of a crop, found by LSH and by the exhaustive scan."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import EngineError
from ..engine import RetrievalEngine, warm_up
from ..images import load_image
from ..index import kinds
from ..index.lsh.config import LSHParams
from ..search.report import QueryReport
from ..search.searching import METHODS
from ..search.settings import SearchSettings
from .options import AsJson, DatabasePath, MovedPhotos
from .terminal import numbers, printable, show

MOST_LISTED = 20  # matches of an answer as text


def query(
    db: DatabasePath,
    image: Annotated[Path, typer.Argument(help="Picture that shows what you look for.")],
    box: Annotated[str | None, typer.Option(help="L,T,R,B in pixels of the upright picture; default: all.")] = None,
    scales: Annotated[str | None, typer.Option(help="Query scales, such as 0.5,1.")] = None,
    delta: Annotated[float | None, typer.Option(help="Largest angle of a match, radians. [default: same kind]")] = None,
    method: Annotated[str, typer.Option(help="lsh, exhaustive, both, or kinds of index: lsh,ivf_flat.")] = "both",
    plan: Annotated[str, typer.Option(help="auto, tables, multiprobe, sketch or exhaustive.")] = "auto",
    recall: Annotated[float | None, typer.Option(help="Recall the plan aims at, 0.5 to 0.9999.")] = None,
    photos: MovedPhotos = None,
    as_json: AsJson = False,
) -> None:
    """Find every photo that contains what a crop shows."""
    methods = _methods(method)
    engine = RetrievalEngine.open(db, photos)
    settings = SearchSettings(
        delta=engine.presets["same kind"] if delta is None else delta,
        scales=SearchSettings().scales if scales is None else numbers(scales, "scales"),
        params={"lsh": LSHParams(plan, recall)},
    )
    corners = None if box is None else _corners(box)
    picture = load_image(image)
    warm_up(engine)  # times below are those of a running program
    described = engine.describe(picture, corners, settings.scales)
    report = engine.search(described, settings, methods)
    show(as_json, report.to_dict(), filter(None, (*_lines(report), described.scale_note)))


def _methods(text: str) -> tuple[str, ...]:
    """The kinds of index asked for, each once."""
    if text == "both":
        return METHODS
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in kinds()]
    if unknown:
        known = ", ".join(kinds())
        raise typer.BadParameter(f"--method takes both or some of {known}; got {printable(unknown[0])!r:.40}")
    return names


def _corners(box: str) -> tuple[float, float, float, float]:
    edges = numbers(box, "box")
    if len(edges) != 4:
        raise EngineError(f"the box must be four numbers L,T,R,B, got {len(edges)}")
    return edges[0], edges[1], edges[2], edges[3]


def _lines(report: QueryReport) -> Iterator[str]:
    for answer in report.answers.values():
        share = answer.n_candidates / answer.n_vectors
        stages = ", ".join(f"{stage} {value * 1000:.1f} ms" for stage, value in answer.seconds.items())
        yield f"{answer.method}: {len(answer.matches):,} photos within {report.delta:g} rad"
        yield f"  looked at {answer.n_candidates:,} of {answer.n_vectors:,} vectors ({share:.2%}); {stages}"
        yield f"  plan {answer.plan}"
        for match in answer.matches[:MOST_LISTED]:
            box = ",".join(f"{edge:.0f}" for edge in match.box)
            yield f"  {match.angle:.3f} rad  box {box}  scale {match.scale:g}  {printable(match.path)}"
        if len(answer.matches) > MOST_LISTED:
            yield f"  ... and {len(answer.matches) - MOST_LISTED:,} more (--json prints all)"
    for name in (name for name in report.answers if name != report.reference):
        recall, predicted = report.recall_of(name), report.predicted_recall_of(name)
        if recall is not None:
            told = "" if predicted is None else f", predicted {predicted:.3f}"
            yield f"{'' if name == 'lsh' else f'{name}: '}index recall {recall:.3f}{told}"
        for match in report.missed_by(name):
            chance = "" if predicted is None else f", expected with {match.found_probability:.0%}"
            yield f"  missed {printable(match.path)} at {match.angle:.3f} rad{chance}"
    if report.exhaustive and not report.exhaustive.matches and report.nearest:
        yield f"nearest is {report.nearest.angle:.2f} rad, delta is {report.delta:.2f}"
