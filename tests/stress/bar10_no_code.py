"""Bar 10: data is never run. No call of ours could, and planted files that want to be are refused."""

import ast
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from lsh_engine import BuildCancelled, EngineError, ExhaustiveIndex, HyperplaneLSH, RetrievalEngine
from lsh_engine.collection.staging import FOLDER as STAGING
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import efficientnet_lite
from lsh_engine.evaluation.box_queries import read_boxes
from lsh_engine.evaluation.vector_file import read_vectors
from lsh_engine.running.job import FOLDER, read_job
from tests import small_nets, small_photos

from . import evil
from .bars import Figure

TITLE = "No code from data"
BAR = (
    "0 pickle.load, allow_pickle=True, weights_only=False; planted evil .npy, .pt, .pth, .safetensors as index, "
    "database, staging, weights: refused, marker file absent"
)
ROOT = Path(__file__).parents[2]
FOLDERS = ("lsh_engine", "pages", "benchmarks", "tools")  # and app.py: what runs on data
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
Case = tuple[str, Callable[[], object]]


def measure(work: Path) -> Figure:
    sources = [ROOT / "app.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]
    calls = [f"{path.name}: {call}" for path in sources for call in unsafe_calls(ast.parse(path.read_text("utf-8")))]
    marker = work / "marker"
    taken, sprung, n_planted = [], [], 0
    for name, use in _cases(work, marker):
        n_planted += 1
        if _is_taken(use):
            taken.append(name)
        if marker.exists():
            sprung.append(name)
            marker.unlink()
    live = _springs(work, marker)
    measured = (
        f"{len(calls)} unsafe calls in {len(sources)} files; {n_planted} evil files planted: {len(taken)} taken, "
        f"{len(sprung)} ran (the same trap under pickle: {'runs' if live else 'DEAD'})"
    )
    passed = live and not (calls or taken or sprung) and n_planted >= 50
    return Figure(passed, "; ".join([measured, *calls[:2], *taken[:3], *sprung[:3]]))


def unsafe_calls(source: ast.Module) -> list[str]:
    """Calls that could run what they read."""
    found = []
    for node in ast.walk(source):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        package, _, function = name.rpartition(".")
        options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        pickled = package.split(".")[0] in PICKLES and function in ("load", "loads", "Unpickler", "open")
        array = function == "load" and options.get("allow_pickle", "False") != "False"
        tensor = (name in ("torch.load", "load") and "map_location" in options) or name == "torch.load"
        if pickled or array or (tensor and options.get("weights_only") != "True") or name in ("eval", "exec"):
            found.append(ast.unparse(node))
        if function in ("unsafe_load", "full_load", "read_pickle"):
            found.append(ast.unparse(node))
    return found


def _is_taken(use: Callable[[], object]) -> bool:
    try:
        use()
    except EngineError:
        return False
    return True


def _springs(work: Path, marker: Path) -> bool:
    """Whether the trap works at all: a careless reader, in a process of its own, leaves the marker."""
    trap = work / "trap"
    trap.write_bytes(evil.files(marker)["plain.pickle"])
    subprocess.run([sys.executable, "-c", f"import pickle; pickle.load(open({str(trap)!r}, 'rb'))"], check=True)
    return marker.exists()


def _cases(work: Path, marker: Path) -> Iterator[Case]:
    small_photos.plug_in()
    yield from _indexes(work, marker)
    yield from _databases(work, marker)
    yield from _staging(work, marker)
    yield from _weights(work, marker)
    yield from _small_files(work, marker)


def _indexes(work: Path, marker: Path) -> Iterator[Case]:
    vectors = np.random.default_rng(0).standard_normal((300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for kind in (HyperplaneLSH, ExhaustiveIndex):
        index = kind()
        index.add(vectors)
        root = work / f"{kind.__name__}.index"
        index.save(root)

        def use(path: Path, kind=kind) -> None:
            loaded = kind.load(path)
            loaded.range_search(vectors[0], 1.0)

        for name, copy in evil.planted(root, work / "indexes", marker):
            yield f"{kind.__name__} {name}", lambda copy=copy, use=use: use(copy)


def _databases(work: Path, marker: Path) -> Iterator[Case]:
    photos = small_photos.write_photos(work / "photos", range(40), ".jpg")
    RetrievalEngine.build(photos, work / "small.db", "tiny")
    picture = small_photos.photo(0)

    def use(path: Path) -> None:
        engine = RetrievalEngine.open(path)
        engine.query(picture)
        engine.thumbnail(0), engine.angle_histogram(), engine.info(), engine.photo(0)

    for name, copy in evil.planted(work / "small.db", work / "databases", marker):
        if not name.startswith("type of"):
            yield name, lambda copy=copy: use(copy)
            continue
        yield name, lambda copy=copy: (use(copy), _refuse())  # an unknown type is read as what it is stored as


def _refuse() -> None:
    raise EngineError("read as plain data")


def _staging(work: Path, marker: Path) -> Iterator[Case]:
    """Every array that a build reads again which was stopped while it learned, or before it hashed."""
    array = evil.files(marker)["array.npy"]
    for stage, kinds in {"learn": "pooled", "hash": "described transform"}.items():
        first = _stopped(work, f"{stage}.db", stage)
        for record in (path for kind in kinds.split() for path in sorted(first.glob(f"{kind}-*.json"))):
            for name in json.loads(record.read_bytes())["arrays"]:
                staging = _stopped(work, f"{stage} {record.stem} {name}.db", stage)
                told = json.loads((staging / record.name).read_bytes())
                (staging / told["arrays"][name]["file"]).write_bytes(array)
                told["arrays"][name] |= {"dtype": "|O", "shape": [1]}
                (staging / record.name).write_text(json.dumps(told))
                use = lambda root=staging.parent: RetrievalEngine.build(work / "photos", root, "tiny")  # noqa: E731
                yield f"staged {record.stem} {name}", use


def _stopped(work: Path, name: str, stage: str) -> Path:
    """The staging folder of a build that was stopped there."""

    def stopping(done: int, total: int, now: str) -> None:
        if now == stage and done >= 32:
            raise BuildCancelled("stopped")

    with suppress(BuildCancelled):
        RetrievalEngine.build(work / "photos", work / name, "tiny", stopping)
    return work / name / STAGING


def _weights(work: Path, marker: Path) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        small = small_nets.plug_in(patch, work)
        small.folder.mkdir(exist_ok=True)
        for name, content in evil.files(marker).items():
            file = work / name
            file.write_bytes(content)
            yield f"given weights {name}", lambda file=file: backbones.install(small_nets.NAME, file)
            card = small.published(file)  # even where the SHA-256 is the evil file's own
            own = small.folder / card.weights_source.rpartition("/")[2]
            own.write_bytes(content)
            yield f"own weights {name}", lambda: backbones.load(small_nets.NAME)
            own.write_bytes(content + b"0")
            yield f"own weights of another sum {name}", lambda: backbones.load(small_nets.NAME)
            own.unlink()
            kept = f"{own.stem}.{small_nets.NAME}.{hashlib.sha256(content).hexdigest()[:16]}.safetensors"
            (small.folder / kept).write_bytes(content)
            yield f"kept weights {name}", lambda: backbones.load(small_nets.NAME)
            (small.folder / kept).unlink()
            with mock.patch.object(efficientnet_lite, "_weights_path", return_value=file):
                yield f"default weights {name}", lambda: efficientnet_lite.load(efficientnet_lite.CARDS[0])


def _small_files(work: Path, marker: Path) -> Iterator[Case]:
    for name, content in evil.files(marker).items():
        file = work / f"vectors {name}"
        file.write_bytes(content)
        yield f"vectors {name}", lambda file=file: read_vectors(file)
        yield f"boxes {name}", lambda file=file: read_boxes(file)
        job = work / f"job {name}" / FOLDER
        job.mkdir(parents=True)
        (job / "request.json").write_bytes(content)
        (job / "state.json").write_bytes(content)
        yield f"job {name}", lambda job=job: read_job(job.parent) or _refuse()
