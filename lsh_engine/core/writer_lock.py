"""One writer a directory of generations."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from . import journal
from .errors import DatabaseError
from .generations import POINTER

LOCK, HOLDER = ".lock", ".writer"
UNNAMED = {LOCK, HOLDER, journal.JOURNAL}  # files of this program that it does not list


@contextmanager
def only_writer(root: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the directory for writing; it is made where it is missing. DatabaseError says who else holds it.

    patience: seconds to wait for that one to finish.
    """
    holder = root / HOLDER
    lock = FileLock(root / LOCK, timeout=patience)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        holder.write_text(str(os.getpid()))
    except Timeout:
        raise DatabaseError(
            f"{root.name} is busy, held by process {_process_in(holder)}: wait until it is done"
        ) from None
    except OSError as error:
        raise DatabaseError(f"cannot write to {root.name}: {error.strerror}; choose another folder") from error
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):
            _remove_empty(root)


def _process_in(holder: Path) -> str:
    """The number of the process that holds the directory; "unknown" where it lets go just now."""
    try:
        return holder.read_text(errors="replace")[:20] or "unknown"
    except OSError:
        return "unknown"


def _remove_empty(root: Path) -> None:
    """Take the folder away where nothing came of it."""
    if not (root / POINTER).is_file() and {path.name for path in root.iterdir()} <= UNNAMED:
        shutil.rmtree(root, ignore_errors=True)
