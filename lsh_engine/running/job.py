"""What is known of a job: its request and its state, in small files inside the database, each replaced in one step."""

import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..core.errors import DatabaseError, EngineError
from ..core.journal import own_folder

KINDS = ("build", "add", "remove", "sync", "calibrate", "verify", "fetch", "weights", "evaluate")
FOLDER = ".job"  # inside the database, or the folder that a download fills
REQUEST, STATE, CANCEL = "request.json", "state.json", "cancel"  # the files there
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
    dataset: str | None = None  # what a fetch downloads into the folder
    photos: str | None = None
    backbone: str | None = None
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
        request = Request(**_known(Request, json.loads((root / FOLDER / REQUEST).read_bytes())))
        state = State(**_known(State, json.loads((root / FOLDER / STATE).read_bytes())))
        state = State(**asdict(state) | {"unreadable": tuple(map(tuple, state.unreadable))})
    except (OSError, ValueError, TypeError, AttributeError):  # none, or not ours
        return None
    alive = alive or is_alive(root)  # its process may have begun or ended while the state was read
    return Job(root=root, request=request, state=state, alive=alive)


def write_request(root: Path, request: Request) -> None:
    own_folder(root, FOLDER)
    _replace(root, REQUEST, asdict(request))


def write_state(root: Path, state: State) -> None:
    _replace(root, STATE, asdict(state))


def _replace(root: Path, name: str, content: dict[str, Any]) -> None:
    """Readers see the old content or the new. Not flushed to the disk: several a second would slow down the work."""
    path = root / FOLDER / name
    fresh = path.with_name(f".{name}.{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(json.dumps(content).encode())
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


def _known(kind: type[Request | State], content: dict[str, Any]) -> dict[str, Any]:
    """The fields this version knows."""
    names = {part.name for part in fields(kind)}
    return {name: value for name, value in content.items() if name in names}
