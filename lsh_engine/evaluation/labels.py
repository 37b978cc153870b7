"""What photos show, as their folders or a CSV file say."""

import csv
import hashlib
import io
from pathlib import Path, PurePosixPath

from ..collection.artefacts import artefacts_in, commit_artefact
from ..collection.collection import Collection
from ..collection.database_format import open_database
from ..core.errors import EngineError
from ..engine import RetrievalEngine
from .experiment_settings import FOLDERS, EvaluationSettings

NAMES = ("file", "path")  # of the column that says which photo
KIND, PART = "labels", "labels.csv"  # of artefact
MOST_BYTES = 20_000_000  # of a list


def is_below(path: str, folder: str) -> bool:
    """Whether a photo lies in a folder of this name, at any depth."""
    return folder in PurePosixPath(path).parts[:-1]


def labels_of(paths: list[str], settings: EvaluationSettings, collection: Collection | None = None) -> list[str | None]:
    """The label of each photo; None: no score counts it.

    From folders: the innermost one's name, or `targets` for every photo below a folder of that name. From a list, a
    file or one that `collection` keeps: what it says, and "" for photos it does not name, which are targets of nobody.
    """
    if settings.labels != FOLDERS:
        kept = [] if collection is None else [artefact.name for artefact in collection.artefacts(KIND)]
        if collection is not None and settings.labels in kept:
            content, name = collection.read(settings.labels, PART), settings.labels
        else:
            content, name = _content(Path(settings.labels)), Path(settings.labels).name
        return [
            None if label in settings.left_out else label for label in _by_path(paths, _read_list(content, name), name)
        ]
    found = []
    for path in paths:
        folders = PurePosixPath(path).parts[:-1]
        label = folders[-1] if folders else ""
        label = settings.targets if settings.targets and is_below(path, settings.targets) else label
        found.append(None if set(folders) & set(settings.left_out) else label)
    return found


def keep_labels(engine: RetrievalEngine, content: bytes, name: str) -> str:
    """Keep a list that was uploaded as `name` with the database; returns what `EvaluationSettings.labels` takes.

    The same list is kept once. Raises EngineError where it is no list of labels of these photos.
    """
    paths = [engine.path(i) for i in range(engine.n_images)]
    _by_path(paths, _read_list(content, name), name)
    kept = f"{KIND}.{hashlib.sha256(content).hexdigest()[:16]}"
    root = engine.collection.root
    if kept not in artefacts_in(open_database(root)):
        commit_artefact(root, kept, KIND, {"name": name[:100]}, files={PART: content})
    return kept


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EngineError(f"cannot read {file.name}: {error.strerror}; check the path") from error


def _read_list(content: bytes, name: str) -> dict[str, str]:
    """Photo -> label of a CSV file."""
    if len(content) > MOST_BYTES:
        raise EngineError(f"{name:.60} has {len(content) / 1e6:,.0f} MB: lists of up to 20 MB are read")
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        which = next(column for column in NAMES if column in (rows.fieldnames or ()))
        return {row[which].replace("\\", "/"): (row["label"] or "").strip() for row in rows}
    except (StopIteration, KeyError, AttributeError, ValueError, csv.Error) as error:
        raise EngineError(
            f"{name:.60} is no list of labels: expected a CSV file in UTF-8 with columns file and label"
        ) from error


def _by_path(paths: list[str], listed: dict[str, str], name: str) -> list[str]:
    """Photos are named by their path or the end of it."""
    labels = [next((listed[end] for end in _ends(path) if end in listed), "") for path in paths]
    if not any(labels):
        raise EngineError(f"{name:.60} names no photo of the database: paths are relative to the photo folder")
    return labels


def _ends(path: str) -> list[str]:
    """'a/b/c.jpg' -> itself, 'b/c.jpg', 'c.jpg'."""
    parts = PurePosixPath(path).parts
    return ["/".join(parts[i:]) for i in range(len(parts))]
