"""Job slots: a few jobs describe photos at the same time, the others wait in a queue.

Each holds a lock on one of a few files beside the databases, which the system takes back however the process ends.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.progress import Progress
from ..core.threads import n_cores
from .job import WAIT, Request, cannot_write
from .jobs import find_jobs

SLOTS = ".slots"  # the folder of the locks
HEAVY = ("build", "add", "sync", "calibrate", "evaluate")  # kinds that keep all cores at work
PAUSE = 0.5  # seconds between two looks


def n_slots() -> int:
    """Jobs that may describe photos at the same time: half as many as there are cores."""
    return max(1, n_cores() // 2)


@contextmanager
def job_slot(root: Path, request: Request, started: float, progress: Progress) -> Iterator[None]:
    """Hold one of the slots beside `root`; the job that has waited longest gets the next free one.

    started: seconds since 1970. progress(jobs ahead in the queue, 0, WAIT) is called while waiting; it may raise to
    stop. Light work, such as `verify`, needs no slot.
    """
    if request.kind not in HEAVY:
        yield
        return
    folder = root.parent / SLOTS
    try:
        folder.mkdir(exist_ok=True)
        while (ahead := _ahead(root, started)) or not (slot := _free_slot(folder)):
            progress(ahead, 0, WAIT)
            time.sleep(PAUSE)
    except OSError as error:
        raise cannot_write(root.parent, error) from error
    try:
        yield
    finally:
        slot.release()


def _ahead(root: Path, started: float) -> int:
    """Waiting jobs that started before this one."""
    others = (job for job in find_jobs(root.parent) if job.waiting and job.root.name != root.name)
    return sum((job.state.started, job.root.name) < (started, root.name) for job in others)


def _free_slot(folder: Path) -> FileLock | None:
    """A lock, held; None where all are taken."""
    for number in range(n_slots()):
        slot = FileLock(folder / f"{number}.lock", timeout=0)
        try:
            slot.acquire()
            return slot
        except Timeout:
            continue
    return None
