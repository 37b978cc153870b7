"""What photos show, as their folders or a CSV file say."""

import csv
from pathlib import Path, PurePosixPath

from ..errors import EngineError
from .settings import FOLDERS, Settings


def is_below(path: str, folder: str) -> bool:
    """Whether a photo lies in a folder of this name, at any depth."""
    return folder in PurePosixPath(path).parts[:-1]


def labels_of(paths: list[str], settings: Settings) -> list[str | None]:
    """The label of each photo; None: no score counts it.

    From folders: the innermost one's name, or `targets` for every photo below a folder of that name. From a file: what
    it says, and "" for photos it does not name, which are targets of nobody.
    """
    if settings.labels != FOLDERS:
        return [_without(settings, label) for label in _from_file(paths, Path(settings.labels))]
    found = []
    for path in paths:
        folders = PurePosixPath(path).parts[:-1]
        label = folders[-1] if folders else ""
        label = settings.targets if settings.targets and is_below(path, settings.targets) else label
        found.append(None if set(folders) & set(settings.left_out) else label)
    return found


def _without(settings: Settings, label: str) -> str | None:
    return None if label in settings.left_out else label


def _from_file(paths: list[str], file: Path) -> list[str]:
    """Photos are named by their path or the end of it."""
    try:
        with open(file, encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            told = {row["file"].replace("\\", "/"): row["label"] for row in rows}
            if not {"file", "label"} <= set(rows.fieldnames or ()):
                raise KeyError("file, label")
    except OSError as error:
        raise EngineError(f"cannot read {file.name}: {error.strerror}; check the path") from error
    except (KeyError, AttributeError, ValueError, csv.Error) as error:
        raise EngineError(
            f"{file.name} is no list of labels: expected a CSV file with columns file and label"
        ) from error
    labels = [next((told[end] for end in _ends(path) if end in told), "") for path in paths]
    if not any(labels):
        raise EngineError(f"{file.name} names no photo of the database: paths are relative to the photo folder")
    return labels


def _ends(path: str) -> list[str]:
    """'a/b/c.jpg' -> itself, 'b/c.jpg', 'c.jpg'."""
    parts = PurePosixPath(path).parts
    return ["/".join(parts[i:]) for i in range(len(parts))]
