"""Commands for the care of a database: estimate, sync, remove, calibrate, delete."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .. import maintenance as upkeep
from ..core.errors import EngineError
from ..describe import backbones
from ..engine import RetrievalEngine
from ..images import datasets
from ..index.lsh.config import LSHConfig
from .terminal import interruptible, printable

Store = Annotated[Path, typer.Argument(metavar="DB", help="Database directory.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
STOPPED = "stopped; the database is as it was before this step, the same command does the rest"


def estimate(
    photos: Annotated[Path, typer.Argument(help="Folder of photos, searched with all its subfolders.")],
    backbone: Annotated[str, typer.Option(help="See the command `backbones`.")] = backbones.DEFAULT,
    dtype: Annotated[str, typer.Option(help="float32, or float16 for half the disk.")] = "float32",
    as_json: Json = False,
) -> None:
    """Tell what a build will take: describes a few photos on the clock, builds nothing."""
    found = upkeep.estimate_build(photos, photos, backbone, None, LSHConfig(storage=dtype))
    if as_json:
        typer.echo(json.dumps(vars(found)))
        return
    typer.echo(f"{found.photos:,} photos of {found.photo_bytes / 1e6:,.1f} MB, {found.vectors:,} vectors")
    typer.echo(f"about {found.seconds:,.0f} s at {found.photos_per_second:.1f} photos/s on this machine")
    typer.echo(f"about {found.bytes / 1e6:,.1f} MB of disk, twice that while it is built")


def sync(db: Store, as_json: Json = False) -> None:
    """Make a database say what its photo folders hold: add new photos, describe changed ones anew, drop vanished."""
    before = RetrievalEngine.open(db).n_images
    engine, removed = _with_bar(lambda progress: upkeep.sync_database(db, progress))
    added = engine.n_images - before + len(removed)
    unreadable = [{"path": path, "reason": reason} for path, reason in engine.unreadable]
    if as_json:
        told = {"added": added, "changed": engine.changed, "removed": removed, "unreadable": unreadable}
        typer.echo(json.dumps(told))
        return
    counts = f"{added:,} added, {len(engine.changed):,} changed, {len(removed):,} removed"
    typer.echo(f"{db.name}: {counts}, {engine.n_images:,} photos now")
    for entry in unreadable:
        typer.echo(f"  passed over {printable(entry['path'])}: {entry['reason']}")


def remove(db: Store, as_json: Json = False) -> None:
    """Remove the photos whose originals are gone. All other vectors stay as they are."""
    removed = _with_bar(lambda progress: upkeep.remove_vanished(db, progress))
    if as_json:
        typer.echo(json.dumps({"removed": removed}))
        return
    typer.echo(f"{db.name}: {len(removed):,} photos removed")
    for path in removed:
        typer.echo(f"  {printable(path)}")


def calibrate(db: Store, as_json: Json = False) -> None:
    """Measure the delta presets on the database's own photos."""
    facts = _with_bar(lambda progress: upkeep.calibrate_database(db, progress)).info()["calibration"]
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for name, delta in facts["presets"].items():
        share = facts["others_within"][name]
        typer.echo(f"{name:14}{delta:.2f} rad; of all other photos {share:.2%} lie within")


def delete(
    db: Store,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a database or an unfinished build. The photos stay."""
    if not yes and not typer.confirm(f"Delete {printable(db.name)} for good? The photos stay."):
        raise EngineError("nothing was deleted")
    whole = upkeep.delete_database(db)
    typer.echo(f"{db.name} is deleted" + ("" if whole else "; other files lie in its folder and stay"))


def dataset(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(datasets.DATASETS)}.")],
    folder: Annotated[Path, typer.Argument(help="Folder to keep it in.")],
    as_json: Json = False,
) -> None:
    """Download a public data set with torchvision; prints the folder of its photos, to build from."""
    photos = _with_bar(lambda progress: datasets.fetch_dataset(name, folder, progress))
    typer.echo(json.dumps({"photos": str(photos)}) if as_json else str(photos))


def register(app: typer.Typer) -> None:
    for command in (estimate, sync, remove, calibrate, delete, dataset):
        app.command()(command)


def _with_bar(work):
    with interruptible(STOPPED) as progress:
        return work(progress)
