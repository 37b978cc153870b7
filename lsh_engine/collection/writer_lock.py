"""One writer a database."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import DatabaseError
from ..core.generations import POINTER


@contextmanager
def only_writer(root: Path):
    """Hold the database for writing, or say at once who does."""
    holder = root / ".writer"
    lock = FileLock(root / ".lock", timeout=0)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        holder.write_text(str(os.getpid()))
    except Timeout:
        process = holder.read_text()[:20] if holder.is_file() else "unknown"
        raise DatabaseError(f"{root.name} is busy, held by process {process}: wait until it is done") from None
    except OSError as error:
        raise DatabaseError(f"cannot write to {root.name}: {error.strerror}; choose another folder") from error
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
        if not (root / POINTER).is_file() and [path.name for path in root.iterdir()] in ([], [".lock"]):
            shutil.rmtree(root, ignore_errors=True)  # nothing came of it
