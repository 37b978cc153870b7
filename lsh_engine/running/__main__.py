"""The process of one job: python -m lsh_engine.running DATABASE. It reads what is asked and tells how far it is."""

import os
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from filelock import Timeout

from .. import maintenance as upkeep
from ..core.errors import BuildCancelled, EngineError
from ..describe import backbones
from ..describe.patch_config import PatchConfig
from ..engine import RetrievalEngine
from ..evaluation.experiment_settings import EvaluationSettings
from ..evaluation.experiments import evaluate_database
from ..images.datasets import fetch_dataset
from ..images.photo_folders import list_photos
from ..index.lsh.config import LSHConfig
from .job import FOLDER, MOST_LISTED, Request, State, life_line, read_job, write
from .slots import my_turn

REMEMBERED = 30.0  # seconds over which the rate is taken


class Teller:
    """Writes the state down, and stops the work where someone asked for it."""

    def __init__(self, root: Path):
        self.root, self.state = root, State(status="running", began=time.time())
        self.seen: deque[tuple[float, str, int]] = deque()  # (time, stage, photos done)
        self.stop = False
        self.tell()

    def progress(self, done: int, total: int, stage: str) -> None:
        """As every build calls it. Raises BuildCancelled when the job was cancelled or the process asked to end."""
        now = time.time()
        if self.seen and self.seen[-1][1] != stage:
            self.seen.clear()
        self.seen.append((now, stage, done))
        while len(self.seen) > 2 and now - self.seen[0][0] > REMEMBERED:
            self.seen.popleft()
        first = self.seen[0]
        rate = (done - first[2]) / (now - first[0]) if done > first[2] else None
        if rate is None and stage == "describe":
            rate = self.state.rate  # the stage before it told
        self.tell(stage=stage, done=done, total=total, rate=rate)
        if self.stop or (self.root / FOLDER / "cancel").exists():
            raise BuildCancelled("stopped; what was done is kept")

    def tell(self, **changes) -> None:
        self.state = replace(self.state, told=time.time(), **changes)
        with suppress(EngineError):  # a full disk ends the build itself, in its own words
            write(self.root, "state", self.state)

    def end_soon(self, *_) -> None:
        self.stop = True


def perform(root: Path, request: Request, teller: Teller) -> str:
    """Do what is asked; returns what came of it, in one line."""
    progress = teller.progress
    match request.kind:
        case "build":
            patches = PatchConfig.stored(request.patches) if request.patches else None
            lsh = LSHConfig(**request.lsh) if request.lsh else None
            dtype = lsh.storage if lsh else "float32"
            engine = RetrievalEngine.build(
                request.photos, root, request.backbone, progress, patches=patches, lsh=lsh, dtype=dtype
            )
            return _built(engine, teller, "ready to search")
        case "add":
            engine = RetrievalEngine.open(root)
            before = engine.n_images
            if request.photos:
                engine.add(request.photos, progress)
            else:
                engine = upkeep.update_database(root, progress)
            counts = f"{engine.n_images - before:,} added, {len(engine.changed):,} changed"
            return _built(engine, teller, counts)
        case "remove":
            return f"{len(upkeep.remove_vanished(root, progress)):,} vanished photos removed"
        case "sync":
            before = RetrievalEngine.open(root).n_images
            engine, removed = upkeep.sync_database(root, progress)
            added = engine.n_images - before + len(removed)
            counts = f"{added:,} added, {len(engine.changed):,} changed, {len(removed):,} removed"
            return _built(engine, teller, counts)
        case "fetch":
            photos = fetch_dataset(request.dataset, root, progress)
            return f"{len(list_photos(photos)):,} photos are there: build a database from the folder {root.name}"
        case "weights":
            backbones.prepare(request.backbone, progress)
            return "the weights are here: databases can be built with this network"
        case "evaluate":
            settings = EvaluationSettings(**request.evaluation or {})
            return f"finished, kept as {evaluate_database(root, settings, progress).name}"
        case "calibrate":
            presets = upkeep.calibrate_database(root, progress).presets
            return "measured: " + ", ".join(f"{name} {delta:.2f} rad" for name, delta in presets.items())
        case _:
            n_files = RetrievalEngine.open(root).verify(lambda done, total: progress(done, total, "verify"))
            return f"{n_files:,} files checked, all as written"


def _built(engine: RetrievalEngine, teller: Teller, what: str) -> str:
    teller.state = replace(
        teller.state, unreadable=engine.unreadable[:MOST_LISTED], n_unreadable=len(engine.unreadable)
    )
    return f"{engine.n_images:,} photos and {engine.n_vectors:,} vectors, {what}"


def work(root: Path) -> None:
    """The whole life of the process. A second one for the same database ends at once."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    try:
        with life_line(root):
            job = read_job(root)
            if job is None:
                return
            teller = Teller(root)
            signal.signal(signal.SIGTERM, teller.end_soon)
            try:
                with my_turn(root, job.request, teller.state.began, teller.progress):
                    message = perform(root, job.request, teller)
                teller.tell(status="done", message=message)
            except BuildCancelled as stopped:
                teller.tell(status="cancelled", message=str(stopped))
            except EngineError as error:
                teller.tell(status="failed", message=str(error))
            except Exception as error:
                teller.tell(status="failed", message=f"unexpected trouble ({type(error).__name__}): try again")
                raise  # for the log
    except Timeout:
        return


if __name__ == "__main__":
    with suppress(OSError, AttributeError):
        os.nice(10)  # searches come first
    work(Path(sys.argv[1]))
