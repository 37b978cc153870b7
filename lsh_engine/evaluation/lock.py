"""One run of an experiment on a database: a command and the page's job do not take each other's pieces."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..collection.deleting import EVALUATIONS as FOLDER
from ..core.errors import DatabaseError


@contextmanager
def only_run(root: Path, experiment: str) -> Iterator[None]:
    """Hold the experiment, or say at once that another process runs it. The system lets go however that one ends."""
    lock = FileLock(root / FOLDER / f".{experiment}.lock", timeout=0)
    try:
        (root / FOLDER).mkdir(exist_ok=True)
        lock.acquire()
    except Timeout:
        raise DatabaseError(f"{root.name} is busy: {experiment} runs on it already, wait until that is done") from None
    except OSError as error:
        raise DatabaseError(f"cannot write to {root.name}: {error.strerror}; copy it to a place of yours") from error
    try:
        yield
    finally:
        lock.release()
