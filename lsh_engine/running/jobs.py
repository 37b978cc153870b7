"""Long work on a database in a process of its own: it outlives the page, the tab and the server that started it.

Whatever stops it, the same request goes on where it stopped, because builds are staged piece by piece.
"""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from ..core.errors import DatabaseError
from ..core.generations import POINTER
from ..core.journal import drop_folder
from ..engine import Folder
from .job import FOLDER, Job, Request, State, read_job, write

PACKAGE_HOME = Path(__file__).parents[2]


def start_job(path: Folder, request: Request) -> Job:
    """Begin, or go on with, work on the database `path`. Raises DatabaseError while another job works on it."""
    root = Path(os.path.abspath(path))
    former = read_job(root)
    if former and former.status == "running":
        raise DatabaseError(f"{root.name} is busy with another job: wait until it is done, or cancel it")
    if not former and not _ours_or_empty(root):
        raise DatabaseError(f"{root.name} exists and is no database: choose another name")
    write(root, "request", request)
    write(root, "state", State(status="starting"))
    (root / FOLDER / "cancel").unlink(missing_ok=True)
    _launch(root)
    return read_job(root)


def _ours_or_empty(root: Path) -> bool:
    """Whether our notes may be put there: a database, a folder without visible files, or nothing yet."""
    if not root.exists() or (root / POINTER).is_file():
        return True
    return root.is_dir() and all(path.name.startswith(".") for path in root.iterdir())


def _launch(root: Path) -> None:
    """A process that no signal to this one reaches."""
    with open(root / FOLDER / "log.txt", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", __package__, str(root)],
            cwd=PACKAGE_HOME,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="lookalike-job", daemon=True).start()  # so that it does not linger


def resume_job(path: Folder) -> Job:
    """The same request again: it goes on where it stopped."""
    root = Path(os.path.abspath(path))
    former = read_job(root)
    if former is None:
        raise DatabaseError(f"{root.name} has no job to go on with: start one")
    return start_job(root, former.request)


def cancel_job(path: Folder) -> None:
    """Ask the job to stop before its next few photos; what was done is kept."""
    folder = Path(path) / FOLDER
    if folder.is_dir():
        (folder / "cancel").touch()


def forget_job(path: Folder) -> None:
    """Clear away what a finished or stopped job noted down. Staged work stays for a later build."""
    root = Path(path)
    job = read_job(root)
    if job and job.status == "running":
        raise DatabaseError(f"{root.name} is busy: cancel the job first")
    drop_folder(root, FOLDER)
    with suppress(OSError):  # only a folder that held nothing else goes
        root.rmdir()


def find_jobs(folder: Folder) -> list[Job]:
    """Jobs of the databases in a folder, by name."""
    try:
        roots = sorted(path for path in Path(folder).iterdir() if (path / FOLDER / "request.json").is_file())
    except OSError:  # not there, or not ours to read
        return []
    return [job for root in roots if (job := read_job(root))]


__all__ = ["Job", "Request", "State", "cancel_job", "find_jobs", "forget_job", "read_job", "resume_job", "start_job"]
