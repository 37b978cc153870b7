"""Command line: python -m lsh_engine COMMAND. Exit status 0 done, 1 a clear error, 2 wrong usage."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import LSHConfig, PatchConfig, RetrievalEngine, SearchSettings, load_image, warm_up
from ..core.errors import EngineError
from ..core.progress import progress_bar
from ..describe import backbones
from ..search.report import QueryReport
from . import maintenance_commands as commands
from .benchmark import benchmark
from .evaluate import app as evaluate
from .terminal import interruptible, printable

app = typer.Typer(
    help="Visual search you can trust: the LSH answer beside the exhaustive one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Photos = Annotated[Path, typer.Argument(help="Folder of photos, searched with all its subfolders.")]
Store = Annotated[Path, typer.Argument(metavar="DB", help="Database directory.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Moved = Annotated[Path | None, typer.Option(help="Where the photo folder is now, if it moved.")]


STOPPED = "stopped; what was done is kept, the same command goes on from there"


class Method(StrEnum):
    lsh = "lsh"
    exhaustive = "exhaustive"
    both = "both"


@app.command()
def build(
    photos: Photos,
    db: Store,
    backbone: Annotated[str, typer.Option(help="See the command `backbones`.")] = backbones.DEFAULT,
    dtype: Annotated[str, typer.Option(help="float32, or float16 for half the disk.")] = "float32",
    sizes: Annotated[str | None, typer.Option(help="Patch sizes, shares of each side, such as 1,0.5,0.3.")] = None,
    hyperplanes: Annotated[int, typer.Option(help="k, bits per key.")] = LSHConfig.n_hyperplanes,
    tables: Annotated[int, typer.Option(help="L, number of tables.")] = LSHConfig.n_tables,
    recall: Annotated[float, typer.Option(help="Recall that searches aim at.")] = LSHConfig.recall_target,
    as_json: Json = False,
) -> None:
    """Build a database from a folder of photos, or go on with a build that was stopped."""
    with interruptible(STOPPED) as progress:
        patches = None if sizes is None else PatchConfig.of_sizes(_numbers(sizes, "sizes"))
        lsh = LSHConfig(n_hyperplanes=hyperplanes, n_tables=tables, recall_target=recall)
        engine = RetrievalEngine.build(photos, db, backbone, progress, patches=patches, lsh=lsh, dtype=dtype)
    _tell_built(engine, as_json)


@app.command()
def add(db: Store, photos: Photos, as_json: Json = False) -> None:
    """Add the photos of a folder that the database does not hold yet; describe anew those that changed."""
    engine = RetrievalEngine.open(db)
    with interruptible(STOPPED) as progress:
        engine.add(photos, progress)
    _tell_built(engine, as_json)


@app.command()
def query(
    db: Store,
    image: Annotated[Path, typer.Argument(help="Picture that shows what you look for.")],
    box: Annotated[str | None, typer.Option(help="L,T,R,B in pixels of the upright picture; default: all.")] = None,
    scales: Annotated[str | None, typer.Option(help="Query scales, such as 0.5,1.")] = None,
    delta: Annotated[float | None, typer.Option(help="Largest angle of a match, radians. [default: same kind]")] = None,
    method: Annotated[Method, typer.Option(help="Which answer to compute.")] = Method.both,
    plan: Annotated[str, typer.Option(help="auto, tables, prefix, sketch or exhaustive.")] = "auto",
    recall: Annotated[float | None, typer.Option(help="Recall the plan aims at, 0.5 to 0.9999.")] = None,
    photos: Moved = None,
    as_json: Json = False,
) -> None:
    """Find every photo that contains what a crop shows."""
    engine = RetrievalEngine.open(db, photos)
    settings = SearchSettings(
        delta=engine.presets["same kind"] if delta is None else delta,
        scales=SearchSettings().scales if scales is None else _numbers(scales, "scales"),
        plan=plan,
        recall_target=recall,
    )
    corners = None if box is None else _numbers(box, "box")
    picture = load_image(image)
    warm_up(engine)  # times below are those of a running program
    described = engine.describe(picture, corners, settings.scales)
    lsh = engine.search_lsh(described, settings) if method != Method.exhaustive else None
    exhaustive = engine.search_exhaustive(described, settings) if method != Method.lsh else None
    report = QueryReport(None, exhaustive, delta=settings.delta)
    if lsh:
        report = engine.compare(lsh, exhaustive, described, settings)
    text = "\n".join(filter(None, (_as_text(report), described.scale_note)))
    typer.echo(json.dumps(report.to_dict()) if as_json else text)


@app.command()
def info(db: Store, photos: Moved = None, as_json: Json = False) -> None:
    """Facts of a database."""
    facts = RetrievalEngine.open(db, photos).info()
    typer.echo(json.dumps(facts) if as_json else "\n".join(f"{key:18}{value}" for key, value in facts.items()))


@app.command()
def verify(db: Store, as_json: Json = False) -> None:
    """Check every file of a database against its SHA-256."""
    with progress_bar(" files") as progress:
        n_files = RetrievalEngine.open(db).verify(lambda done, total: progress(done, total, "verify"))
    typer.echo(json.dumps({"files": n_files, "ok": True}) if as_json else f"{n_files} files checked, all as written")


app.command()(benchmark)
commands.register(app)
app.add_typer(evaluate, name="evaluate")


@app.command("backbones")
def list_backbones(as_json: Json = False) -> None:
    """The networks that can describe photos."""
    cards = [card | {"runtime": backbones.runtime_text(card["name"])} for card in backbones.facts()]
    typer.echo(json.dumps(cards) if as_json else "\n".join(map(_card_as_text, cards)))


@app.command()
def weights(
    backbone: Annotated[str, typer.Argument(help="See the command `backbones`.")],
    file: Annotated[Path | None, typer.Option(help="Take them from this .pth or .safetensors file.")] = None,
    as_json: Json = False,
) -> None:
    """Get the weights of a backbone, or check those that are here."""
    card = backbones.card(backbone)
    if file:
        backbones.install(backbone, file)
    with interruptible(STOPPED) as progress:
        backbones.prepare(backbone, progress)
    published = backbones.weights_in_use(backbone)["published"]
    if as_json:
        typer.echo(json.dumps({"name": backbone, "weights_here": True, "published": published}))
    elif published:
        typer.echo(f"the weights of {backbone} are here and as they should be")
    else:
        source = f"{card.weights_source}, SHA-256 {card.weights_sha256[:12]}..."
        typer.echo(f"the weights of {backbone} are here and fit, but come from a file other than {source}")


def _card_as_text(card: dict) -> str:
    layers, size = ", ".join(card["layers"]), f"{card['weights_bytes'] / 1e6:.0f} MB"
    here = "here" if card["weights_here"] else f"not here: python -m lsh_engine weights {card['name']}"
    lines = [
        f"{card['name']}: {card['title']}, {card['dim']} dimensions from {layers}; stride {card['stride']} px",
        f"    weights: {card['weights']} ({size}, {card['licence']}, SHA-256 {card['weights_sha256'][:12]}...); {here}",
        f"    runs on {card['runtime']}",
        "    delta: "
        + ", ".join(f"{name} {delta} rad" for name, delta in card["presets"].items())
        + f" ({card['presets_from']})",
    ]
    return "\n".join([*lines, f"    {card['note']}"] if card["note"] else lines)


def _tell_built(engine: RetrievalEngine, as_json: bool) -> None:
    facts = engine.info()
    if as_json:
        unreadable = [{"path": path, "reason": reason} for path, reason in engine.unreadable]
        typer.echo(json.dumps(facts | {"unreadable": unreadable}))
        return
    size = facts["bytes"] / 1e6
    typer.echo(f"{facts['name']}: {facts['images']:,} photos, {facts['vectors']:,} vectors, {size:,.1f} MB")
    typer.echo(f"  described by {facts['runtime']}")
    for path, reason in engine.unreadable:
        typer.echo(f"  passed over {printable(path)}: {reason}")


def _as_text(report: QueryReport) -> str:
    lines = []
    for answer in filter(None, (report.lsh, report.exhaustive)):
        share = answer.n_candidates / answer.n_vectors
        stages = ", ".join(f"{stage} {value * 1000:.1f} ms" for stage, value in answer.seconds.items())
        lines.append(f"{answer.method}: {len(answer.matches):,} photos within {report.delta:g} rad")
        lines.append(f"  looked at {answer.n_candidates:,} of {answer.n_vectors:,} vectors ({share:.2%}); {stages}")
        lines.append(f"  plan {answer.plan}")
        for match in answer.matches[:20]:
            box = ",".join(f"{edge:.0f}" for edge in match.box)
            lines.append(f"  {match.angle:.3f} rad  box {box}  scale {match.scale:g}  {printable(match.path)}")
        if len(answer.matches) > 20:
            lines.append(f"  ... and {len(answer.matches) - 20:,} more (--json prints all)")
    if report.index_recall is not None:
        lines.append(f"index recall {report.index_recall:.3f}, predicted {report.predicted_recall:.3f}")
    for match in report.missed:
        lines.append(
            f"  missed {printable(match.path)} at {match.angle:.3f} rad, expected with {match.found_probability:.0%}"
        )
    if report.exhaustive and not report.exhaustive.matches and report.nearest:
        lines.append(f"nearest is {report.nearest.angle:.2f} rad, delta is {report.delta:.2f}")
    return "\n".join(lines)


def _numbers(text: str, name: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise EngineError(
            f"--{name} takes numbers with commas between, such as 0.5,1; got {printable(text)!r:.60}"
        ) from None


def main() -> None:
    """Run the command; what a user can cause ends in one line on stderr."""
    try:
        app()
    except EngineError as error:
        typer.echo(f"error: {printable(str(error))}", err=True)
        sys.exit(1)
