"""A database taken off the disk: only what this program wrote into its folder."""

import json
import os
from contextlib import suppress
from pathlib import Path

from ..core import journal
from ..core.errors import DatabaseError
from ..core.generations import POINTER
from ..core.writer_lock import LOCK, only_writer
from .staging import FOLDER, Staging


def delete_database(path: str | os.PathLike) -> bool:
    """Delete a database, or what is left of an unfinished build. True when its folder is gone too: files of others
    stay, and the folder with them. The photos are never touched.

    Raises DatabaseError where the folder is no database of ours, or someone is writing to it.
    """
    root = Path(os.path.abspath(path))
    if root.is_symlink() or not root.is_dir() or not _is_ours(root):
        raise DatabaseError(f"{root.name} is no database: nothing was deleted")
    try:
        with only_writer(root):
            if Staging.began(root):  # by a former version, which kept no list
                journal.own_folder(root, FOLDER)
            journal.enlist(root)  # once the pointer is gone, the list alone tells what is ours
            (root / POINTER).unlink(missing_ok=True)  # first: from here on it is no database
            journal.remove_all(root)
        (root / LOCK).unlink(missing_ok=True)
        with suppress(OSError):  # it holds something of somebody else
            root.rmdir()
    except OSError as error:
        raise DatabaseError(f"cannot delete {root.name}: {error.strerror}; check who owns its files") from error
    return not root.exists()


def _is_ours(root: Path) -> bool:
    """Whether it has our pointer, whatever its state, or an unfinished build."""
    if journal.began(root) or Staging.began(root):
        return True
    try:
        pointer = json.loads((root / POINTER).read_bytes())
        return isinstance(pointer, dict) and {"manifest", "sha256"} <= pointer.keys()
    except (OSError, ValueError):
        return False
