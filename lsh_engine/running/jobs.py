"""Long work on a database as a job: it outlives the page, the tab and the server that started it.

Whatever stops it, the same request goes on where it stopped, because builds are staged piece by piece.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import DatabaseError
from ..core.generations import POINTER
from ..core.journal import drop_folder, own_folder
from ..engine import Folder
from .job import CANCEL, FOLDER, REQUEST, Job, Request, State, cannot_write, read_job, write

PACKAGE_HOME = Path(__file__).parents[2]
Launch = Callable[[Path], None]  # sees to it that `worker.run_job(root)` runs, and returns at once


def own_process(root: Path) -> None:
    """Work on the job in a process that no signal to this one reaches."""
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


def start_job(path: Folder, request: Request, launch: Launch = own_process) -> Job:
    """Begin, or go on with, work on the database `path`. launch: where the work runs.

    Raises DatabaseError while another job works on it, or another caller is just starting one.
    """
    root = Path(os.path.abspath(path))
    if read_job(root) is None and not _ours_or_empty(root):
        raise DatabaseError(f"{root.name} exists and is no database: choose another name")
    with _only_starter(root):
        state = State(status="starting")
        write(root, request)
        write(root, state)
        (root / FOLDER / CANCEL).unlink(missing_ok=True)
        launch(root)
    return read_job(root) or Job(root=root, request=request, state=state, alive=False)


@contextmanager
def _only_starter(root: Path) -> Iterator[None]:
    """Hold the job of `root` while it is started or forgotten. DatabaseError while it works, or another holds it."""
    busy = DatabaseError(f"{root.name} is busy with another job: wait until it is done, or cancel it")
    lock = FileLock(own_folder(root, FOLDER) / "start.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise busy from None
    except OSError as error:
        raise cannot_write(root, error) from error
    try:
        former = read_job(root)
        if former and former.status == "running":
            raise busy
        yield
    finally:
        lock.release()


def _ours_or_empty(root: Path) -> bool:
    """Whether a job may put its files there: a database, a folder without visible files, or nothing yet."""
    if not root.exists() or (root / POINTER).is_file():
        return True
    return root.is_dir() and all(path.name.startswith(".") for path in root.iterdir())


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
        (folder / CANCEL).touch()


def forget_job(path: Folder) -> None:
    """Remove the files of a finished or stopped job. Staged work stays for a later build."""
    root = Path(path)
    if (root / FOLDER).is_dir():
        with _only_starter(root):
            drop_folder(root, FOLDER)
    with suppress(OSError):  # only a folder that held nothing else goes
        root.rmdir()


def find_jobs(folder: Folder) -> list[Job]:
    """Jobs of the databases in a folder, by name."""
    try:
        roots = sorted(path for path in Path(folder).iterdir() if (path / FOLDER / REQUEST).is_file())
    except OSError:  # not there, or not ours to read
        return []
    return [job for root in roots if (job := read_job(root))]


__all__ = ["Job", "Request", "State", "cancel_job", "find_jobs", "forget_job", "read_job", "resume_job", "start_job"]
