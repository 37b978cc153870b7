"""Kept results: JSON files in the folder `evaluations` of a database, each saying what it was run on."""

import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..collection.deleting import EVALUATIONS as FOLDER
from ..collection.staging import Staging
from ..core import generations as manifest
from ..core.errors import DatabaseError, EngineError
from ..engine import Folder, RetrievalEngine
from .experiment_settings import EvaluationSettings
from .machine import machine

FORMAT = 1
PACKAGES = ("numpy", "torch", "numba", "pillow")


@dataclass(frozen=True)
class EvaluationRecord:
    """The results of one experiment. tables: name -> rows of plain figures. published: the source's, where it has any.

    ran_on: database, photos, network, index, machine, date, versions. settings: as asked.
    """

    name: str
    experiment: str
    settings: dict
    ran_on: dict
    tables: dict[str, list[dict]]
    published: dict

    def to_dict(self) -> dict:
        """One object, fit for JSON."""
        return {"format": FORMAT} | asdict(self)


def facts_of(engine: RetrievalEngine, settings: EvaluationSettings) -> dict:
    """What an experiment is run on, fit for JSON."""
    facts = engine.info()
    cpu = machine()
    return {
        "database": facts["name"],
        "database_state": state_of(engine),
        "photos": facts["images"],
        "vectors": facts["vectors"],
        "photo_folders": [Path(folder).name for folder in facts["photos"]],
        "backbone": facts["backbone"],
        "weights": _weights_told(facts["weights"]),
        "dim": facts["dim"],
        "asked_among": _asked_among(settings, facts["patches_per_image"]),
        "presets": facts["presets"],
        "machine": cpu["cpu"],
        "cores": cpu["cores"],
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "note": settings.note,
    }


def _weights_told(noted: dict | None) -> str:
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


def state_of(engine: RetrievalEngine) -> str:
    """Names the generation of the database: another one makes other results."""
    return json.loads((engine.collection.root / manifest.POINTER).read_bytes())["sha256"][:16]


def staging_for(engine: RetrievalEngine, settings: EvaluationSettings) -> Staging:
    """Where the pieces of an unfinished run are. Other settings, or a changed database, start afresh."""
    folder = engine.collection.root / FOLDER / settings.experiment
    return Staging(folder, {"settings": asdict(settings), "state": state_of(engine)})


def keep(
    engine: RetrievalEngine,
    settings: EvaluationSettings,
    tables: dict[str, list[dict]],
    published: dict,
    seconds: float,
) -> EvaluationRecord:
    """Write the results into the database's folder; a name of its own for each."""
    ran_on = facts_of(engine, settings) | {"seconds": round(seconds, 1), "load": _load(seconds)}
    folder = engine.collection.root / FOLDER
    folder.mkdir(exist_ok=True)
    name = _free_name(folder, f"{settings.experiment}-{time.strftime('%Y%m%d-%H%M%S')}")
    record = EvaluationRecord(name, settings.experiment, asdict(settings), ran_on, _rounded(tables), published)
    manifest.replace_bytes(folder / f"{name}.json", json.dumps(record.to_dict()).encode())
    return read_record(folder / f"{name}.json")


def _free_name(folder: Path, name: str) -> str:
    """A quick experiment ends twice within a second."""
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not (folder / f"{name}.json").exists())


def _rounded(content: Any) -> Any:
    """Figures to six digits: more say nothing and fill the disk."""
    if isinstance(content, float):
        return float(f"{content:.6g}")
    if isinstance(content, dict):
        return {name: _rounded(value) for name, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, list | tuple) else content


def kept_records(path: Folder) -> list[EvaluationRecord]:
    """Results kept with a database, the latest first; files that are no such results are passed over."""
    found = []
    for file in (Path(path) / FOLDER).glob("*.json"):
        try:
            found.append(read_record(file))
        except EngineError:
            continue
    return sorted(found, key=lambda record: (record.ran_on.get("date", ""), record.name), reverse=True)


def read_record(file: Path) -> EvaluationRecord:
    """Raises DatabaseError for a file that is no result of this version."""
    try:
        content = json.loads(file.read_bytes())
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return EvaluationRecord(**content | {"name": file.stem})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatabaseError(f"{file.name} is no result of this version: run the experiment again") from error
