"""Run as a script: a job whose process is killed ten times at random moments, then left to finish.

    python killed_jobs.py PHOTOS DATABASE

Prints one JSON line: {"kills": how many died before they were done, "statuses": the job's status after each}.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import pandas  # noqa: E402, F401  imported before forking, so that a child need not
import small_photos  # noqa: E402
import torch  # noqa: E402
from job_help import note_job  # noqa: E402

from lsh_engine.collection import describing  # noqa: E402
from lsh_engine.running.jobs import Request, read_job  # noqa: E402
from lsh_engine.running.worker import run_job  # noqa: E402

KILLS = 10


def working(root: Path) -> int:
    """Process id of a child that works on the job."""
    child = os.fork()
    if child == 0:
        try:
            run_job(root)
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(9)
    return child


def main(photos: Path, root: Path) -> None:
    torch.set_num_threads(1)
    small_photos.plug_in()
    describing.PIECE, describing.SAMPLE = 2, 4
    request = Request(kind="build", photos=str(photos), backbone="tiny")
    whole = root.with_name("timed.db")
    note_job(whole, request)
    started = time.monotonic()
    os.waitpid(working(whole), 0)
    longest = (time.monotonic() - started) / 8
    note_job(root, request)
    chance, kills, statuses = random.Random(0), 0, []
    while kills < KILLS:
        child = working(root)
        time.sleep(chance.uniform(0.01, longest))
        os.kill(child, signal.SIGKILL)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            break
        kills += 1
        statuses.append(read_job(root).status)
    os.waitpid(working(root), 0)
    print(json.dumps({"kills": kills, "statuses": [*statuses, read_job(root).status]}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
