"""The commands that make, keep and delete databases."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ..collection.deleting import delete_database
from ..collection.removing import remove_vanished
from ..collection.upgrading import upgrade_database
from ..core.errors import EngineError
from ..core.progress import progress_bar
from ..describe import backbones
from ..describe.patch_config import PatchConfig
from ..engine import RetrievalEngine, estimate_build
from ..images import datasets
from ..index.lsh.config import LSHConfig
from .options import AsJson, Backbone, DatabasePath, Dtype, Hyperplanes, MovedPhotos, PhotosPath, Tables
from .terminal import interruptible, numbers, printable, show

UNDONE = "stopped; the database is as it was before this step, the same command does the rest"


def estimate(
    photos: PhotosPath,
    backbone: Backbone = backbones.DEFAULT,
    dtype: Dtype = "float32",
    as_json: AsJson = False,
) -> None:
    """Tell what a build will take: describes a few photos on the clock, builds nothing."""
    found = estimate_build(photos, photos, backbone, None, LSHConfig(storage=dtype))
    lines = [
        f"{found.photos:,} photos of {found.photo_bytes / 1e6:,.1f} MB, {found.vectors:,} vectors",
        f"about {found.seconds:,.0f} s at {found.photos_per_second:.1f} photos/s on this machine, "
        f"{found.trial_seconds:,.0f} s of it to measure the presets",
        f"about {found.bytes / 1e6:,.1f} MB of disk, a tenth more while it is built",
    ]
    show(as_json, vars(found), lines)


def build(
    photos: PhotosPath,
    db: DatabasePath,
    backbone: Backbone = backbones.DEFAULT,
    dtype: Dtype = "float32",
    sizes: Annotated[str | None, typer.Option(help="Patch sizes, shares of each side, such as 1,0.5,0.3.")] = None,
    hyperplanes: Hyperplanes = LSHConfig.n_hyperplanes,
    tables: Tables = LSHConfig.n_tables,
    recall: Annotated[float, typer.Option(help="Recall that searches aim at.")] = LSHConfig.recall_target,
    as_json: AsJson = False,
) -> None:
    """Build a database from a folder of photos, or go on with a build that was stopped."""
    patches = None if sizes is None else PatchConfig.of_sizes(numbers(sizes, "sizes"))
    lsh = LSHConfig(n_hyperplanes=hyperplanes, n_tables=tables, recall_target=recall)
    with interruptible() as progress:
        engine = RetrievalEngine.build(photos, db, backbone, progress, patches=patches, lsh=lsh, dtype=dtype)
    _show_built(engine, as_json)


def add(db: DatabasePath, photos: PhotosPath, as_json: AsJson = False) -> None:
    """Add the photos of a folder that the database does not hold yet; describe anew those that changed."""
    engine = RetrievalEngine.open(db)
    with interruptible() as progress:
        engine.add(photos, progress)
    _show_built(engine, as_json)


def sync(db: DatabasePath, as_json: AsJson = False) -> None:
    """Make a database say what its photo folders hold: add new photos, describe changed ones anew, drop vanished."""
    engine = RetrievalEngine.open(db)
    before = engine.n_images
    with interruptible(UNDONE) as progress:
        removed = engine.sync(progress)
    added = engine.n_images - before + len(removed)
    counts = f"{added:,} added, {len(engine.changed):,} changed, {len(removed):,} removed"
    lines = [f"{db.name}: {counts}, {engine.n_images:,} photos now", *_passed_over(engine)]
    facts = {"added": added, "changed": engine.changed, "removed": removed, "unreadable": _unreadable(engine)}
    show(as_json, facts, lines)


def remove(db: DatabasePath, as_json: AsJson = False) -> None:
    """Remove the photos whose originals are gone. All other vectors stay as they are."""
    with interruptible(UNDONE) as progress:
        removed = remove_vanished(db, progress)
    lines = [f"{db.name}: {len(removed):,} photos removed", *(f"  {printable(path)}" for path in removed)]
    show(as_json, {"removed": removed}, lines)


def calibrate(db: DatabasePath, as_json: AsJson = False) -> None:
    """Measure the delta presets on the database's own photos."""
    engine = RetrievalEngine.open(db)
    with interruptible(UNDONE) as progress:
        engine.calibrate(progress)
    facts = engine.info()["calibration"]
    shares = facts["others_within"]
    lines = [
        f"{name:14}{delta:.2f} rad; of all other photos {shares[name]:.2%} lie within"
        for name, delta in facts["presets"].items()
    ]
    if facts["note"]:
        lines.append(f"these are the usual values of {engine.info()['backbone']}: {facts['note']}")
    show(as_json, facts, lines)


def info(db: DatabasePath, photos: MovedPhotos = None, as_json: AsJson = False) -> None:
    """Facts of a database."""
    facts = RetrievalEngine.open(db, photos).info()
    lines = [f"{key:18}{value}" for key, value in facts.items() if key != "artefacts"]
    for kept in facts["artefacts"]:
        state = "current" if kept["current"] else "stale: of earlier photos"
        lines.append(f"{'artefacts':18}{printable(kept['name'])}, {kept['bytes'] / 1e6:,.1f} MB, {state}")
    show(as_json, facts, lines)


def verify(db: DatabasePath, as_json: AsJson = False) -> None:
    """Check every file of a database against its SHA-256."""
    with progress_bar(" files") as progress:
        n_files = RetrievalEngine.open(db).verify(progress)
    show(as_json, {"files": n_files, "ok": True}, [f"{n_files} files checked, all as written"])


def upgrade(db: DatabasePath, as_json: AsJson = False) -> None:
    """Write a database of the former format in today's. No photo is described again."""
    n_results = upgrade_database(db)
    taken = f"; {n_results:,} kept results and lists were taken in" if n_results else ""
    show(as_json, {"taken_in": n_results}, [f"{db.name} has today's format{taken}"])


def delete(
    db: DatabasePath,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a database or an unfinished build. The photos stay."""
    if not yes and not typer.confirm(f"Delete {printable(db.name)} for good? The photos stay."):
        raise EngineError("nothing was deleted")
    whole = delete_database(db)
    typer.echo(f"{db.name} is deleted" + ("" if whole else "; other files lie in its folder and stay"))


def dataset(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(datasets.DATASETS)}.")],
    folder: Annotated[Path, typer.Argument(help="Folder to keep it in.")],
    as_json: AsJson = False,
) -> None:
    """Download a public data set with torchvision; prints the folder of its photos, to build from."""
    with interruptible(UNDONE) as progress:
        photos = str(datasets.fetch_dataset(name, folder, progress))
    show(as_json, {"photos": photos}, [photos])


def _show_built(engine: RetrievalEngine, as_json: bool) -> None:
    facts = engine.info()
    size = f"{facts['images']:,} photos, {facts['vectors']:,} vectors, {facts['bytes'] / 1e6:,.1f} MB"
    lines = [f"{facts['name']}: {size}", f"  described by {facts['runtime']}", *_passed_over(engine)]
    show(as_json, facts | {"unreadable": _unreadable(engine)}, lines)


def _unreadable(engine: RetrievalEngine) -> list[dict[str, str]]:
    return [{"path": path, "reason": reason} for path, reason in engine.unreadable]


def _passed_over(engine: RetrievalEngine) -> Iterable[str]:
    return (f"  passed over {printable(path)}: {reason}" for path, reason in engine.unreadable)
