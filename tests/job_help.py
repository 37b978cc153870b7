"""Jobs as files, without a process that works on them."""

from pathlib import Path

from lsh_engine import Request
from lsh_engine.core.journal import own_folder
from lsh_engine.running.job import FOLDER, State, write


def note_job(root: Path, request: Request, status: str = "starting", **state) -> Path:
    """Write down that this was asked of `root` and how far it is; returns `root`."""
    own_folder(root, FOLDER)
    write(root, request)
    write(root, State(status=status, **state))
    return root
