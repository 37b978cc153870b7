"""What photos show, as their folders or a CSV file say."""

import csv
import hashlib
import io
from pathlib import Path, PurePosixPath

from ..collection.deleting import EVALUATIONS
from ..core.errors import EngineError
from ..core.generations import replace_bytes
from ..engine import RetrievalEngine
from .experiment_settings import FOLDERS, EvaluationSettings

NAMES = ("file", "path")  # of the column that says which photo
MOST_BYTES = 20_000_000  # of a list


def is_below(path: str, folder: str) -> bool:
    """Whether a photo lies in a folder of this name, at any depth."""
    return folder in PurePosixPath(path).parts[:-1]


def labels_of(paths: list[str], settings: EvaluationSettings, root: Path = Path()) -> list[str | None]:
    """The label of each photo; None: no score counts it.

    From folders: the innermost one's name, or `targets` for every photo below a folder of that name. From a file: what
    it says, and "" for photos it does not name, which are targets of nobody. root: of the database, where a file lies
    that was named relatively.
    """
    if settings.labels != FOLDERS:
        file = root / settings.labels
        try:
            told = _told(file.read_bytes(), file.name)
        except OSError as error:
            raise EngineError(f"cannot read {file.name}: {error.strerror}; check the path") from error
        return [None if label in settings.left_out else label for label in _by_path(paths, told, file.name)]
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
    _by_path(paths, _told(content, name), name)
    kept = PurePosixPath(EVALUATIONS, f"labels-{hashlib.sha256(content).hexdigest()[:16]}.csv")
    file = engine.collection.root / kept
    try:
        file.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise EngineError(f"cannot write to {engine.collection.root.name}: {error.strerror}") from error
    replace_bytes(file, content)
    return str(kept)


def _told(content: bytes, name: str) -> dict[str, str]:
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


def _by_path(paths: list[str], told: dict[str, str], name: str) -> list[str]:
    """Photos are named by their path or the end of it."""
    labels = [next((told[end] for end in _ends(path) if end in told), "") for path in paths]
    if not any(labels):
        raise EngineError(f"{name:.60} names no photo of the database: paths are relative to the photo folder")
    return labels


def _ends(path: str) -> list[str]:
    """'a/b/c.jpg' -> itself, 'b/c.jpg', 'c.jpg'."""
    parts = PurePosixPath(path).parts
    return ["/".join(parts[i:]) for i in range(len(parts))]
