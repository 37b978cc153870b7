"""Run as a script: the command line with the backbone "tiny" plugged in, to be interrupted."""

import signal
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import small_photos  # noqa: E402
import torch  # noqa: E402

from lsh_engine.cli.app import main  # noqa: E402

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs tests in the background ignores it
    torch.set_num_threads(1)
    small_photos.plug_in()
    main()
