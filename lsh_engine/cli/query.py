"""The command `query`: the matches of a crop or several, found by LSH and by the exhaustive scan."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import EngineError
from ..engine import RetrievalEngine, warm_up
from ..images import load_image
from ..index import kinds
from ..index.lsh.config import LSHParams
from ..search.crops import AskedCrops
from ..search.report import Box, QueryReport
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
    more: Annotated[list[str] | None, typer.Option(help="Another box to look for; may be given again.")] = None,
    avoid: Annotated[list[str] | None, typer.Option(help="A box that is not meant; may be given again.")] = None,
    every: Annotated[bool, typer.Option("--all", help="A photo must show all boxes, not any of them.")] = False,
    leave_own_out: Annotated[bool, typer.Option("--leave-own-out", help="IMAGE is no match of itself.")] = False,
    plan: Annotated[str, typer.Option(help="auto, tables, multiprobe, sketch or exhaustive.")] = "auto",
    recall: Annotated[float | None, typer.Option(help="Recall the plan aims at, 0.5 to 0.9999.")] = None,
    photos: MovedPhotos = None,
    as_json: AsJson = False,
) -> None:
    """Find every photo that contains what a crop shows."""
    methods = methods_of(method)
    engine = RetrievalEngine.open(db, photos)
    settings = settings_of(engine, scales, delta, plan, recall)
    wanted: Sequence[Box | None] = [_corners(each) for each in (*([box] if box else []), *(more or []))] or [None]
    avoided = [_corners(each) for each in avoid or []]
    picture = load_image(image)
    own = engine.own_photo(image.read_bytes()) if leave_own_out else None
    warm_up(engine)  # times below are those of a running program
    look = tuple(engine.describe(picture, corners, settings.scales) for corners in wanted)
    not_meant = tuple(engine.describe(picture, corners, settings.scales) for corners in avoided)
    report = engine.search(AskedCrops(look, not_meant, "all" if every else "any", own), settings, methods)
    notes = dict.fromkeys(crop.scale_note for crop in look + not_meant)
    show(as_json, report.to_dict(), filter(None, (*_lines(report), *notes)))


def settings_of(
    engine: RetrievalEngine, scales: str | None, delta: float | None, plan: str = "auto", recall: float | None = None
) -> SearchSettings:
    """The settings that options name; those not named are the database's own."""
    return SearchSettings(
        delta=engine.presets["same kind"] if delta is None else delta,
        scales=SearchSettings().scales if scales is None else numbers(scales, "scales"),
        params={"lsh": LSHParams(plan, recall)},
    )


def methods_of(text: str) -> tuple[str, ...]:
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
    if report.own:
        yield f"{printable(report.own.path)} is the picture itself, at {report.own.angle:.3f} rad: it is left out"
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
