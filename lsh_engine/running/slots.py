"""How many jobs describe photos at the same time: a few; the others wait their turn.

Each holds a lock on one of a few files beside the databases, which the system takes back however the process ends.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import DatabaseError
from ..core.threads import n_cores
from .job import WAIT, Request
from .jobs import find_jobs

PLACES = ".places"  # the folder of the locks
HEAVY = ("build", "add", "sync", "calibrate", "evaluate")  # kinds that keep all cores at work
PAUSE = 0.5  # seconds between two looks


def at_once() -> int:
    """Jobs that may describe photos at the same time: half as many as there are cores."""
    return max(1, n_cores() // 2)


@contextmanager
def my_turn(root: Path, request: Request, began: float, progress: Callable[[int, int, str], None]) -> Iterator[None]:
    """Hold a place among the jobs beside `root`; who has waited longest comes first.

    began: seconds since 1970. progress(jobs ahead in the queue, 0, WAIT) is called while waiting; it may raise to stop.
    """
    if request.kind not in HEAVY:
        yield
        return
    folder = root.parent / PLACES
    try:
        folder.mkdir(exist_ok=True)
        while (ahead := _ahead(root, began)) or not (place := _free_place(folder)):
            progress(ahead, 0, WAIT)
            time.sleep(PAUSE)
    except OSError as error:
        raise DatabaseError(f"cannot write to {root.parent.name}: {error.strerror}; choose another folder") from error
    try:
        yield
    finally:
        place.release()


def _ahead(root: Path, began: float) -> int:
    """Waiting jobs that began before this one."""
    others = (job for job in find_jobs(root.parent) if job.waiting and job.root.name != root.name)
    return sum((job.state.began, job.root.name) < (began, root.name) for job in others)


def _free_place(folder: Path) -> FileLock | None:
    """A place, held; None where all are taken."""
    for number in range(at_once()):
        place = FileLock(folder / f"{number}.lock", timeout=0)
        try:
            place.acquire()
            return place
        except Timeout:
            continue
    return None
