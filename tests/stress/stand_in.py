"""A small collection, the four writers that the bars interrupt, and processes to do it in.

The stand-in backbone takes milliseconds. Everything runs in processes forked from one that has all modules and compiled
loops in memory; that one opens nothing itself, so that it stays free of threads.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import build_help
import numpy as np
import pandas  # noqa: F401  before forking, so that a child need not
import pyarrow.parquet  # noqa: F401
import small_photos
import torch

from lsh_engine import EngineError, HyperplaneLSH, LSHConfig, RetrievalEngine, index, remove_vanished
from lsh_engine.collection import describing
from lsh_engine.core import generations as manifest
from lsh_engine.index.lsh import snapshot as snapshots

N_PHOTOS, N_MORE, N_GONE, DIM = 7, 4, 2, 24


@dataclass(frozen=True)
class Outcome:
    """How a forked process ended: "done" with a value for JSON, "refused" by an EngineError, "killed", "crashed"."""

    kind: str
    value: object = None


def forked(work: Callable[[], object]) -> Outcome:
    """Run `work` in a forked process and wait for it."""
    return started(work)()


def started(work: Callable[[], object]) -> Callable[[], Outcome]:
    """Begin `work` in a forked process; call what is returned to wait for its outcome."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        try:
            outcome = ("done", work())
        except EngineError as error:
            outcome = ("refused", str(error))
        except BaseException as error:  # whatever else comes out is what the bar looks for
            outcome = ("crashed", repr(error))
        with open(sending, "w") as pipe:
            json.dump(outcome, pipe)
        os._exit(0)
    os.close(sending)
    return partial(_outcome, child, receiving)


def _outcome(child: int, receiving: int) -> Outcome:
    with open(receiving) as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGKILL:
        return Outcome("killed")
    return Outcome(*json.loads(said)) if said and not status else Outcome("crashed", f"status {status}")


@dataclass(frozen=True)
class Writer:
    """Something that changes a directory. before: a directory to start from a copy of, None for nothing.

    state: what a reader finds there, None where there is nothing yet. again: a commit that changes nothing.
    """

    name: str
    before: Path | None
    write: Callable[[Path], None]
    state: Callable[[Path], str | None]
    again: Callable[[Path], None]

    def copied(self, root: Path) -> Path:
        if self.before:
            shutil.copytree(self.before, root, dirs_exist_ok=True)
        return root


def prepare() -> None:
    """Import, compile and shrink everything once."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    os.fsync = lambda descriptor: None  # what a killed process wrote the system keeps; and it takes most of the time
    torch.set_num_threads(1)
    small_photos.plug_in()
    describing.PIECE, describing.SAMPLE = 3, 4
    snapshots.SETTLED = 200  # rows: additions get segments of their own, which merge
    index.warm_up()


def writers(work: Path) -> list[Writer]:
    """Build, add, remove and save over a small collection laid out in `work`."""
    photos = small_photos.write_photos(work / "photos", range(N_PHOTOS))
    more = small_photos.write_photos(work / "more", range(20, 20 + N_MORE))
    shrinking = small_photos.write_photos(work / "shrinking", range(N_PHOTOS))

    def start() -> None:
        RetrievalEngine.build(photos, work / "start.db", "tiny")
        RetrievalEngine.build(shrinking, work / "shrinking.db", "tiny")
        saved = HyperplaneLSH(LSHConfig(n_tables=4, n_hyperplanes=8, centred=True))
        saved.add(unit_rows(0, 300))
        saved.save(work / "start.index")

    if (made := forked(start)).kind != "done":
        raise RuntimeError(f"the collection could not be made: {made.value}")
    for number in range(N_GONE):
        (shrinking / f"thing_{number}.png").unlink()
    return [
        Writer("build", None, lambda root: _build(photos, root), state_of_database, again_database),
        Writer("add", work / "start.db", lambda root: _add(more, root), state_of_database, again_database),
        Writer("remove", work / "shrinking.db", lambda root: _remove(root), state_of_database, again_database),
        Writer("save", work / "start.index", _save, state_of_index, _save_again),
    ]


def _build(photos: Path, root: Path) -> None:
    RetrievalEngine.build(photos, root, "tiny")


def _add(more: Path, root: Path) -> None:
    RetrievalEngine.open(root).add(more)


def _remove(root: Path) -> None:
    remove_vanished(root)


def _save(root: Path) -> None:
    saved = HyperplaneLSH.load(root)
    if len(saved) == 300:
        saved.remove([7, 70])
        saved.add(unit_rows(1, 250))
        saved.save(root)


def _save_again(root: Path) -> None:
    HyperplaneLSH.load(root).save(root)


def again_database(root: Path) -> None:
    now = manifest.open_generation(root, "database")
    manifest.commit(root, now.kind, now.meta, now.entries)


def unit_rows(seed: int, n: int) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def state_of_database(root: Path) -> str | None:
    """A digest of all that a search depends on, every file verified; None before the first generation."""
    if not (root / manifest.POINTER).exists():
        return None
    engine = RetrievalEngine.open(root)
    engine.verify()
    return hashlib.sha256(repr(build_help.contents(engine)).encode()).hexdigest()


def state_of_index(root: Path) -> str | None:
    if not (root / manifest.POINTER).exists():
        return None
    generation = manifest.open_generation(root, "hyperplane index")
    generation.verify()
    hits = HyperplaneLSH.load(root).range_search(unit_rows(2, 1)[0], 1.4)
    return hashlib.sha256(repr([sorted(e.sha256 for e in generation.entries.values()), hits.ids]).encode()).hexdigest()


def orphans(root: Path) -> list[str]:
    """Files that neither the current nor a former generation needs, locks aside."""
    pointer = json.loads((root / manifest.POINTER).read_bytes())
    known = {pointer["manifest"], manifest.POINTER, ".lock", ".written"}
    known |= {entry["file"] for entry in json.loads((root / pointer["manifest"]).read_bytes())["files"].values()}
    left = sorted(path.name for path in root.iterdir() if path.name not in known)
    former = [name for name in left if name.startswith("manifest-")]
    if len(former) == 1:  # the generation before, which readers may still be opening
        files = json.loads((root / former[0]).read_bytes())["files"].values()
        left = [name for name in left if name not in {former[0], *(entry["file"] for entry in files)}]
    return left


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
