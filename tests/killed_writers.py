"""Run as a script: builds and adds that die without warning, each in a forked process of its own.

    python killed_writers.py PHOTOS MORE DATABASE OUT

Builds PHOTOS into OUT/build-N and adds MORE to copies of DATABASE, OUT/add-N; the process kills itself at its N-th
flush to disk or rename. Prints one JSON line for each: {"name", "killed"}.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import pandas  # noqa: E402, F401  imported before forking, so that a child need not
import small_photos  # noqa: E402
import torch  # noqa: E402

from lsh_engine import RetrievalEngine  # noqa: E402
from lsh_engine.collection import describing  # noqa: E402

N_BUILDS, N_ADDS = 5, 4


def die_at(number: int) -> None:
    """SIGKILL before the call of os.fsync or os.replace with this number. What was written survives it unflushed."""
    calls = [0]
    for name, true in (("fsync", lambda descriptor: None), ("replace", os.replace)):

        def counted(*arguments, true=true):
            calls[0] += 1
            if calls[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return true(*arguments)

        setattr(os, name, counted)


def killed(work, number: int) -> bool:
    """Whether `work` in a forked process was killed at its `number`-th call (it may have fewer)."""
    child = os.fork()
    if child == 0:
        try:
            die_at(number)
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(9)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def main(photos: Path, more: Path, database: Path, out: Path) -> None:
    torch.set_num_threads(1)
    small_photos.plug_in()
    describing.PIECE, describing.SAMPLE = 2, 4
    for i in range(N_BUILDS):
        root = out / f"build-{i}"
        dead = killed(lambda root=root: RetrievalEngine.build(photos, root, "tiny"), 1 + i * 14)
        print(json.dumps({"name": root.name, "killed": dead}))
    for i in range(N_ADDS):
        root = out / f"add-{i}"
        shutil.copytree(database, root)
        dead = killed(lambda root=root: RetrievalEngine.open(root).add(more), 4 + i * 9)
        print(json.dumps({"name": root.name, "killed": dead}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
