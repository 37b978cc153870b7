"""The process of one job: python -m lsh_engine.running DATABASE."""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from ..core.log import start_logging
from .worker import run_job

if __name__ == "__main__":
    with suppress(OSError, AttributeError):
        os.nice(10)  # searches come first
    start_logging("info")  # stderr is the job's own log.txt
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_job(Path(sys.argv[1]), stop)
