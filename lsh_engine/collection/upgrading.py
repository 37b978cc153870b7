"""A database of the former format written in today's, once and for all. Nothing is described or hashed again."""

import json
import os
from contextlib import suppress
from pathlib import Path

from ..core import generations as manifest
from ..core.writer_lock import only_writer
from .artefacts import Artefact, with_artefact
from .collection import Collection
from .database_format import KIND, commit_database

RESULTS = "evaluations"  # the folder in which the former format kept results of experiments, and lists of labels


def upgrade_database(path: str | os.PathLike) -> int:
    """Write a database in today's format, and take the kept results of experiments in. Returns how many those were.

    A database that needs neither is left as it is. Raises DatabaseError for what is no database.
    """
    root = Path(os.path.abspath(path))
    state, is_former = former_state(root), manifest.format_of(root, KIND) != manifest.FORMAT
    if not is_former and not (root / RESULTS).is_dir():
        return 0
    with only_writer(root):
        collection, taken = Collection(root), []
        collection.generation.check()
        meta, entries = collection.generation.meta, collection.generation.entries
        for file in sorted((root / RESULTS).glob("*")):
            if artefact := _artefact_of(root, file, collection.fingerprint, state):
                meta, entries = with_artefact(meta, entries, artefact)
                taken.append(file)
        if is_former or taken:
            commit_database(root, meta, entries)
        for file in taken:
            file.unlink(missing_ok=True)
        with suppress(OSError):  # it is not there, or holds something of somebody else
            (root / RESULTS).rmdir()
    return len(taken)


def former_state(root: Path) -> str:
    """What results of the former format call the generation they were computed from."""
    try:
        return json.loads((root / manifest.POINTER).read_bytes())["sha256"][:16]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _artefact_of(root: Path, file: Path, now: str, state: str) -> Artefact | None:
    """A result or a list of labels as an artefact; None for other files. now: the fingerprint of the collection."""
    if file.suffix == ".csv" and file.stem.startswith("labels-"):
        part = manifest.write_file(root, "labels", file.read_bytes(), "csv")
        return Artefact(_list_name(file.name), "labels", parts={"labels.csv": part}, of=now)
    try:
        record = json.loads(file.read_bytes())
        ran_on, config = record["ran_on"], record["settings"]
        of = now if ran_on["database_state"] == state else "earlier"
        ran_on["database_state"], config["labels"] = of, _list_name(config.get("labels", ""))
        if not {"format", "experiment", "tables"} <= record.keys():
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    name = file.stem.replace(" ", "-")
    part = manifest.write_file(root, f"evaluation-{name}", json.dumps(record).encode(), "json")
    return Artefact(f"evaluation.{name}", "evaluation", config, {}, {"record.json": part}, of, ran_on["date"])


def _list_name(labels: str) -> str:
    """What a list that the former format kept is called now; anything else as it is."""
    name = labels.rpartition("/")[2]
    kept = name.startswith("labels-") and name.endswith(".csv")
    return f"labels.{name.removeprefix('labels-').removesuffix('.csv')}" if kept else labels
