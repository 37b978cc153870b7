"""What is being built, and how it tells of its progress."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..describe.describer import Describer
from ..index.lsh.config import LSHConfig
from .collection import Collection

Progress = Callable[[int, int, str], None]  # photos done, photos in all, what is being done; may raise to stop


@dataclass(frozen=True)
class Task:
    """What is being built, and what of it exists."""

    root: Path
    folder: Path
    paths: list[str]  # all photos below the folder
    describer: Describer
    lsh: LSHConfig
    existing: Collection | None = None
    replaced: dict[str, int] = field(default_factory=dict)  # path -> id of a photo that changed since it was described


@dataclass(frozen=True)
class Outcome:
    """What came of a build: (path, reason) of each unreadable file, paths of the photos that were described anew."""

    unreadable: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()
