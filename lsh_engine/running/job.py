"""What is known of a job: its request and its state, in small files inside the database, each replaced in one step."""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..core.errors import DatabaseError, EngineError
from ..core.files import temporary_name

KINDS = ("build", "add", "remove", "sync", "calibrate", "verify", "fetch", "weights", "evaluate")
FOLDER = ".job"  # inside the database, or the folder that a download fills
REQUEST, CANCEL = "request.json", "cancel"  # files there; the second one asks the work to stop
STARTING = 30.0  # seconds that a process may take to show itself
WAIT = "wait"  # the stage of a job that waits for a slot
MOST_LISTED = 500  # unreadable files whose names are kept


@dataclass(frozen=True, kw_only=True)
class Request:
    """Work on one database, or in a folder of its own: a data set or a network's weights to download.

    photos: the folder of a build or an addition; an addition without one goes through the folders that the database
    has. patches, lsh: as in `build`, as JSON. evaluation: the settings of an experiment, as JSON.
    """

    kind: str
    dataset: str = ""  # what a fetch downloads into the folder
    photos: str = ""
    backbone: str = ""
    patches: dict[str, Any] | None = None
    lsh: dict[str, Any] | None = None
    evaluation: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise EngineError(f"a job is one of {', '.join(KINDS)}, got {self.kind!r:.40}")


@dataclass(frozen=True, kw_only=True)
class State:
    """How far the work is, as its process wrote last. Times are seconds since 1970."""

    status: str  # starting, running, done, cancelled, failed
    stage: str = "start"
    done: int = 0
    total: int = 0
    rate: float | None = None  # photos a second
    started: float = 0.0
    updated: float = field(default_factory=time.time)
    message: str = ""
    unreadable: tuple[tuple[str, str], ...] = ()  # (path, reason), at most MOST_LISTED
    n_unreadable: int = 0


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as others see it. A process that died without a word, as in a power cut, leaves it `stopped`."""

    root: Path
    request: Request
    state: State
    alive: bool

    @property
    def status(self) -> str:
        """running, done, cancelled, failed or stopped."""
        if self.state.status not in ("starting", "running"):
            return self.state.status
        fresh = self.state.status == "starting" and time.time() - self.state.updated < STARTING
        return "running" if self.alive or fresh else "stopped"

    @property
    def can_resume(self) -> bool:
        return self.status in ("cancelled", "failed", "stopped")

    @property
    def waiting(self) -> bool:
        """Whether it waits for other jobs to finish; `state.done` is how many wait before it."""
        return self.status == "running" and self.state.stage == WAIT

    @property
    def cancelling(self) -> bool:
        return self.status == "running" and (self.root / FOLDER / CANCEL).exists()

    @property
    def seconds_left(self) -> float | None:
        """Of the stage that counts photos."""
        state = self.state
        return (state.total - state.done) / state.rate if state.rate and state.stage in ("learn", "describe") else None


def read_job(path: str | os.PathLike) -> Job | None:
    """The last job of a database; None where there was none."""
    root = Path(path)
    alive = is_alive(root)
    try:
        request, state = Request(**_read(root, Request)), State(**_read(root, State))
        state = replace(state, unreadable=tuple((path, reason) for path, reason in state.unreadable))
    except (OSError, ValueError, TypeError, AttributeError):  # none, or not ours
        return None
    alive = alive or is_alive(root)  # its process may have begun or ended while the state was read
    return Job(root=root, request=request, state=state, alive=alive)


def write(root: Path, part: Request | State) -> None:
    """Replace the file of the request or of the state in one step: readers see the old content or the new. It is not
    flushed to the disk: several times a second that would slow down the work.
    """
    path = root / FOLDER / FILES[type(part)]
    fresh = path.with_name(temporary_name(path.name))
    try:
        fresh.write_bytes(json.dumps(asdict(part)).encode())
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise cannot_write(root, error) from error


def cannot_write(folder: Path, error: OSError) -> DatabaseError:
    return DatabaseError(f"cannot write to {folder.name}: {error.strerror}; choose another folder")


def alive_lock(root: Path) -> FileLock:
    """Held by the process that works on a job; the system lets go of it however that process ends."""
    return FileLock(root / FOLDER / "alive.lock", timeout=2.0)


def is_alive(root: Path) -> bool:
    """Whether a process works on the job."""
    if not (root / FOLDER / "alive.lock").exists():
        return False
    try:
        with alive_lock(root).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # not ours to lock
        return False


def _read(root: Path, kind: type[Request | State]) -> dict[str, Any]:
    """The fields this version knows."""
    content, names = json.loads((root / FOLDER / FILES[kind]).read_bytes()), {part.name for part in fields(kind)}
    return {name: value for name, value in content.items() if name in names}


FILES = {Request: REQUEST, State: "state.json"}
