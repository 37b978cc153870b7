"""A database taken off the disk: only what we wrote, and only where it is ours."""

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path

from ..core.errors import DatabaseError
from ..core.generations import POINTER
from .staging import FOLDER as STAGING
from .staging import Staging
from .writer_lock import only_writer

JOB = ".job"  # what a build that runs apart notes down
EVALUATIONS = "evaluations"  # kept results of experiments
OURS = re.compile(r"[\w.\-]+-[0-9a-f]{8}\.(npy|parquet|json)|\.CURRENT\.[0-9a-f]{8}")


def delete_database(root: Path) -> bool:
    """Delete a database, or what is left of an unfinished build. True when its folder is gone too: files of others
    stay, and the folder with them. The photos are never touched.

    Raises DatabaseError where the folder is no database of ours, or someone is writing to it.
    """
    if root.is_symlink() or not root.is_dir() or not _is_ours(root):
        raise DatabaseError(f"{root.name} is no database: nothing was deleted")
    try:
        with only_writer(root):
            (root / POINTER).unlink(missing_ok=True)  # first: from here on it is no database
            for path in root.iterdir():
                if path.is_file() and not path.is_symlink() and OURS.fullmatch(path.name):
                    path.unlink(missing_ok=True)
            for name in (STAGING, JOB, EVALUATIONS):
                if not (root / name).is_symlink():
                    shutil.rmtree(root / name, ignore_errors=True)
        (root / ".lock").unlink(missing_ok=True)
        with suppress(OSError):  # it holds something of somebody else
            root.rmdir()
    except OSError as error:
        raise DatabaseError(f"cannot delete {root.name}: {error.strerror}; check who owns its files") from error
    return not root.exists()


def _is_ours(root: Path) -> bool:
    """Whether it has our pointer, whatever its state, or an unfinished build."""
    if Staging.began(root) or (root / JOB / "request.json").is_file():
        return True
    try:
        pointer = json.loads((root / POINTER).read_bytes())
        return isinstance(pointer, dict) and {"manifest", "sha256"} <= pointer.keys()
    except (OSError, ValueError):
        return False
