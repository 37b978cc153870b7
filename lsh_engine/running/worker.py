"""The life of a process that works on a job: it reads the request, waits for a slot, works and says how far it is."""

import logging
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import Timeout

from ..core.bounds import OUT_OF_MEMORY
from ..core.errors import BuildCancelled, EngineError
from ..core.journal import own_folder
from .job import CANCEL, FOLDER, MOST_LISTED, State, alive_lock, read_job, write
from .slots import job_slot
from .tasks import perform

RATE_WINDOW = 30.0  # seconds over which the rate is taken

log = logging.getLogger(__name__)


class JobProgress:
    """Keeps the state file of a job up to date, and stops the work where someone asked for it."""

    def __init__(self, root: Path, stop: threading.Event) -> None:
        self.root, self.state = root, State(status="running", started=time.time())
        self.steps: deque[tuple[float, str, int]] = deque()  # (time, stage, photos done) of the last RATE_WINDOW
        self.stop = stop
        self.update()

    def __call__(self, done: int, total: int, stage: str) -> None:
        """The progress callback of the work. Raises BuildCancelled when the job was cancelled or the process asked
        to end.
        """
        now = time.time()
        if self.steps and self.steps[-1][1] != stage:
            self.steps.clear()
        self.steps.append((now, stage, done))
        while len(self.steps) > 2 and now - self.steps[0][0] > RATE_WINDOW:
            self.steps.popleft()
        first = self.steps[0]
        rate = (done - first[2]) / (now - first[0]) if done > first[2] else None
        if rate is None and stage == "describe":
            rate = self.state.rate  # until there is one, that of the stage before
        log.debug("%s: %s of %s", stage, done, total)
        self.update(stage=stage, done=done, total=total, rate=rate)
        if self.stop.is_set() or (self.root / FOLDER / CANCEL).exists():
            raise BuildCancelled("stopped; what was done is kept")

    def update(self, **changes: Any) -> None:
        """Change fields of the state and write it down."""
        self.state = replace(self.state, updated=time.time(), **changes)
        with suppress(EngineError):  # a full disk ends the work itself, in its own words
            write(self.root, self.state)

    def finish(self, status: str, message: str) -> None:
        log.info("%s: %s", status, message)
        self.update(status=status, message=message)


def run_job(root: Path, stop: threading.Event | None = None) -> None:
    """Work on the job of `root` until it is done, failed or cancelled. A second process for the same job ends at once.

    stop: once it is set, the next step of the work is its last. Raises what nobody foresaw, for the log.
    """
    own_folder(root, FOLDER)
    with suppress(Timeout), alive_lock(root):
        job = read_job(root)
        if job is None:
            return
        log.info("%s of %s began", job.request.kind, root.name)
        progress = JobProgress(root, stop or threading.Event())
        try:
            with job_slot(root, job.request, progress.state.started, progress):
                result = perform(root, job.request, progress)
            progress.update(unreadable=result.unreadable[:MOST_LISTED], n_unreadable=len(result.unreadable))
            progress.finish("done", result.message)
        except BuildCancelled as stopped:
            progress.finish("cancelled", str(stopped))
        except EngineError as error:
            progress.finish("failed", str(error))
        except MemoryError:
            progress.finish("failed", OUT_OF_MEMORY)
        except Exception as error:
            progress.finish("failed", f"unexpected trouble ({type(error).__name__}): try again")
            raise
