"""What is known of a job: what was asked, how far it is. Small files inside the database, each replaced in one step."""

import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import EngineError
from ..core.journal import own_folder

FOLDER = ".job"
KINDS = ("build", "add", "remove", "sync", "calibrate", "verify", "fetch", "weights", "evaluate")
STARTING = 30.0  # seconds that a process may take to show itself
WAIT = "wait"  # the stage of a job whose turn has not come
MOST_LISTED = 500  # unreadable files that are noted down by name


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
    patches: dict | None = None
    lsh: dict | None = None
    evaluation: dict | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise EngineError(f"a job is one of {', '.join(KINDS)}, got {self.kind!r:.40}")


@dataclass(frozen=True, kw_only=True)
class State:
    """Last word of the process that works. Times are seconds since 1970."""

    status: str  # starting, running, done, cancelled, failed
    stage: str = "start"
    done: int = 0
    total: int = 0
    rate: float | None = None  # photos a second
    began: float = 0.0
    told: float = field(default_factory=time.time)
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
        fresh = self.state.status == "starting" and time.time() - self.state.told < STARTING
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
        return self.status == "running" and (self.root / FOLDER / "cancel").exists()

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
        request = Request(**_known(Request, json.loads((root / FOLDER / "request.json").read_bytes())))
        state = State(**_known(State, json.loads((root / FOLDER / "state.json").read_bytes())))
        state = State(**asdict(state) | {"unreadable": tuple(map(tuple, state.unreadable))})
    except (OSError, ValueError, TypeError, AttributeError):  # none, or not ours
        return None
    alive = alive or is_alive(root)  # its process may have begun or ended while the state was read
    return Job(root=root, request=request, state=state, alive=alive)


def write(root: Path, name: str, content: Request | State) -> None:
    """Replace the file in one step: readers see the old content or the new."""
    path = own_folder(root, FOLDER) / f"{name}.json"
    fresh = path.with_name(f".{name}.{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(json.dumps(asdict(content)).encode())
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise EngineError(f"cannot write to {root.name}: {error.strerror}; choose another folder") from error


def life_line(root: Path) -> FileLock:
    """Held by the process that works on a job; the system lets go of it however that process ends."""
    return FileLock(root / FOLDER / "alive.lock", timeout=2.0)


def is_alive(root: Path) -> bool:
    """Whether a process works on the job."""
    if not (root / FOLDER / "alive.lock").exists():
        return False
    try:
        with life_line(root).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # not ours to lock
        return False


def _known(kind: type, content: dict) -> dict:
    """The fields this version knows."""
    names = {part.name for part in fields(kind)}
    return {name: value for name, value in content.items() if name in names}
