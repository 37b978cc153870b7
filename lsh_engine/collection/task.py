"""What a build or an addition has to do, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..core.progress import Progress
from ..describe.describer import Describer
from ..describe.transform import Transform
from ..index.lsh.config import LSHConfig
from ..index.store import VectorStore
from .collection import Collection
from .id_map import IdMap


class Calibrate(Protocol):
    """Measures the presets of a collection that is being committed (`analysis.calibration`)."""

    def __call__(
        self,
        describer: Describer,
        transform: Transform | None,
        store: VectorStore,
        id_map: IdMap,
        file: Callable[[int], Path],
        former: dict | None,
        progress: Progress,
    ) -> dict | None:
        """The calibration of these photos, to be kept; None where `former` still holds, or they are too few.

        file: image id -> its original, or DatabaseError.
        """


@dataclass(frozen=True)
class Task:
    """What is being built, and what of it exists."""

    root: Path
    folder: Path
    paths: list[str]  # all photos below the folder
    describer: Describer
    lsh: LSHConfig
    calibrate: Calibrate
    existing: Collection | None = None
    replaced: dict[str, int] = field(default_factory=dict)  # path -> id of a photo that changed since it was described


@dataclass(frozen=True)
class BuildResult:
    """What came of a build: (path, reason) of each unreadable file, paths of the photos that were described anew."""

    unreadable: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()
