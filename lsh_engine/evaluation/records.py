"""Results of experiments, kept with their database as artefacts; each says what it was run on."""

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..collection.artefacts import artefacts_in, commit_artefact, read_part
from ..collection.database_format import open_database
from ..collection.staging import Staging
from ..collection.upgrading import RESULTS, former_state
from ..core.errors import DatabaseError
from ..core.journal import own_folder
from ..engine import Folder, RetrievalEngine
from .experiment_settings import EvaluationSettings
from .machine import machine

FORMAT = 1
KIND = "evaluation"  # of artefact
PART = "record.json"
WORK = ".evaluating"  # folder of unfinished runs
PACKAGES = ("numpy", "torch", "numba", "pillow")


@dataclass(frozen=True)
class EvaluationRecord:
    """The results of one experiment. tables: name -> rows of plain figures. published: the source's, where it has any.

    ran_on: database, photos, network, index, machine, date, versions. settings: as asked. current: whether the database
    still holds what it was run on.
    """

    name: str
    experiment: str
    settings: dict
    ran_on: dict
    tables: dict[str, list[dict]]
    published: dict
    current: bool = field(default=True, compare=False)

    def to_dict(self) -> dict:
        """One object, fit for JSON."""
        return {"format": FORMAT} | asdict(self)


def facts_of(engine: RetrievalEngine, settings: EvaluationSettings) -> dict:
    """What an experiment is run on, fit for JSON."""
    facts = engine.info()
    cpu = machine()
    return {
        "database": facts["name"],
        "database_state": engine.collection.fingerprint,
        "photos": facts["images"],
        "vectors": facts["vectors"],
        "photo_folders": [Path(folder).name for folder in facts["photos"]],
        "backbone": facts["backbone"],
        "weights": _weights_text(facts["weights"]),
        "dim": facts["dim"],
        "asked_among": _asked_among(settings, facts["patches_per_image"]),
        "presets": facts["presets"],
        "machine": cpu["cpu"],
        "cores": cpu["cores"],
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "note": settings.note,
    }


def _weights_text(noted: dict | None) -> str:
    if noted is None:
        return "not noted when the photos were described"
    return "as their maker published them" if noted["published"] else f"from the user's file {noted['source']}"


def _asked_among(settings: EvaluationSettings, n_patches: int) -> str:
    if settings.experiment == "growth":
        return "vectors drawn like its own"
    return f"{n_patches} patches a photo" if settings.patches else "one vector a photo"


def _load(seconds: float) -> float | None:
    """Mean number of busy threads on the machine over about so many seconds; None where the system does not tell."""
    if not hasattr(os, "getloadavg"):
        return None
    minute, five, fifteen = os.getloadavg()
    return round(minute if seconds < 120 else five if seconds < 600 else fifteen, 1)


@contextmanager
def only_run(root: Path, experiment: str) -> Iterator[Path]:
    """Hold the experiment, or say at once that another process runs it: a command and the page's job do not take each
    other's pieces. Gives the folder for them. The system lets go however the process ends.
    """
    folder = own_folder(root, WORK)
    lock = FileLock(folder / f"{experiment}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise DatabaseError(f"{root.name} is busy: {experiment} runs on it already, wait until that is done") from None
    try:
        yield folder / experiment
    finally:
        lock.release()


def staging_in(folder: Path, engine: RetrievalEngine, settings: EvaluationSettings) -> Staging:
    """Where the pieces of an unfinished run are. Other settings, or a changed database, start afresh."""
    return Staging(folder, {"settings": asdict(settings), "state": engine.collection.fingerprint})


def keep(
    engine: RetrievalEngine,
    settings: EvaluationSettings,
    tables: dict[str, list[dict]],
    published: dict,
    seconds: float,
) -> EvaluationRecord:
    """Keep the results with the database, under a name of their own."""
    ran_on = facts_of(engine, settings) | {"seconds": round(seconds, 1), "load": _load(seconds)}
    root, taken = engine.collection.root, {record.name for record in kept_records(engine.collection.root)}
    name = wanted = f"{settings.experiment}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 2
    while name in taken:  # a quick experiment ends twice within a second
        name, number = f"{wanted}-{number}", number + 1
    record = EvaluationRecord(name, settings.experiment, asdict(settings), ran_on, _rounded(tables), published)
    data = json.dumps(record.to_dict()).encode()
    of = engine.collection.fingerprint
    commit_artefact(root, f"{KIND}.{name}", KIND, asdict(settings), files={PART: data}, of=of)
    return _read(data, name, True)


def _rounded(content: Any) -> Any:
    """Figures to six digits: more say nothing and fill the disk."""
    if isinstance(content, float):
        return float(f"{content:.6g}")
    if isinstance(content, dict):
        return {name: _rounded(value) for name, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, list | tuple) else content


def kept_records(path: Folder) -> list[EvaluationRecord]:
    """Results kept with a database, the latest first; files that are no such results are passed over."""
    root = Path(path)
    generation, state = open_database(root), former_state(root)
    found = [
        _read(read_part(generation, kept.name, PART), kept.name.partition(".")[2], kept.current)
        for kept in artefacts_in(generation).values()
        if kept.kind == KIND
    ]
    for file in (root / RESULTS).glob("*.json"):  # of a database that was not upgraded yet
        try:
            record = _read(file.read_bytes(), file.stem, True)
        except (DatabaseError, OSError):
            continue
        found.append(replace(record, current=record.ran_on.get("database_state") == state))
    return sorted(found, key=lambda record: (record.ran_on.get("date", ""), record.name), reverse=True)


def _read(data: bytes, name: str, current: bool) -> EvaluationRecord:
    """Raises DatabaseError for what is no result of this version."""
    try:
        content = json.loads(data)
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return EvaluationRecord(**content | {"name": name, "current": current})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatabaseError(f"{name} is no result of this version: run the experiment again") from error
