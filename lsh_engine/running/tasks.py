"""What each kind of job does, through the same functions as the commands, and the line it says at its end."""

from dataclasses import dataclass
from pathlib import Path

from ..collection.removing import remove_vanished
from ..core.progress import Progress
from ..describe import backbones
from ..describe.patch_config import PatchConfig
from ..engine import RetrievalEngine
from ..evaluation.experiment_settings import EvaluationSettings
from ..evaluation.experiments import evaluate_database
from ..images.datasets import fetch_dataset
from ..images.photo_folders import list_photos
from ..index.lsh.config import LSHConfig
from .job import Request


@dataclass(frozen=True)
class Result:
    """What came of a job: one line, and (path, reason) of the files that could not be read."""

    message: str
    unreadable: tuple[tuple[str, str], ...] = ()


def perform(root: Path, request: Request, progress: Progress) -> Result:
    """Do what the request asks, with the database or in the folder `root`. Raises EngineError."""
    match request.kind:
        case "build":
            lsh = LSHConfig(**request.lsh) if request.lsh else None
            engine = RetrievalEngine.build(
                request.photos,
                root,
                request.backbone or backbones.DEFAULT,
                progress,
                patches=PatchConfig.stored(request.patches) if request.patches else None,
                lsh=lsh,
                dtype=lsh.storage if lsh else "float32",
            )
            return _sizes(engine, "ready to search")
        case "add":
            engine = RetrievalEngine.open(root)
            before = engine.n_images
            if request.photos:
                engine.add(request.photos, progress)
            else:
                engine.update(progress)
            return _sizes(engine, f"{engine.n_images - before:,} added, {len(engine.changed):,} changed")
        case "remove":
            return Result(f"{len(remove_vanished(root, progress)):,} vanished photos removed")
        case "sync":
            engine = RetrievalEngine.open(root)
            before, removed = engine.n_images, engine.sync(progress)
            added = engine.n_images - before + len(removed)
            return _sizes(engine, f"{added:,} added, {len(engine.changed):,} changed, {len(removed):,} removed")
        case "fetch":
            n_photos = len(list_photos(fetch_dataset(request.dataset, root, progress)))
            return Result(f"{n_photos:,} photos are there: build a database from the folder {root.name}")
        case "weights":
            backbones.prepare(request.backbone, progress)
            return Result("the weights are here: databases can be built with this network")
        case "evaluate":
            settings = EvaluationSettings(**request.evaluation or {})
            return Result(f"finished, kept as {evaluate_database(root, settings, progress).name}")
        case "calibrate":
            engine = RetrievalEngine.open(root)
            engine.calibrate(progress)
            presets = (f"{name} {delta:.2f} rad" for name, delta in engine.presets.items())
            return Result("measured: " + ", ".join(presets))
        case _:
            n_files = RetrievalEngine.open(root).verify(progress)
            return Result(f"{n_files:,} files checked, all as written")


def _sizes(engine: RetrievalEngine, what: str) -> Result:
    return Result(f"{engine.n_images:,} photos and {engine.n_vectors:,} vectors, {what}", engine.unreadable)
