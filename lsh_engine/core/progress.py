"""How work that takes long reports its progress: to a callback, to nobody, or as a bar in a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

Progress = Callable[[int, int, str], None]  # (done, total, stage); what it raises stops the work

WORDS = {
    "download": "downloading",
    "learn": "learning",
    "describe": "describing",
    "hash": "hashing",
    "calibrate": "measuring",
    "remove": "removing",
    "verify": "checking",
    "fetch": "downloading",
    "unpack": "unpacking",
}


def silent(done: int, total: int, stage: str = "") -> None:
    """The progress of work that nobody watches."""


@contextmanager
def progress_bar(unit: str = " photos") -> Iterator[Progress]:
    """A callback progress(done, total, stage) that drives a bar on stderr; silent where stderr is no terminal."""
    with tqdm(unit=unit, file=sys.stderr, disable=None) as bar:

        def show(done: int, total: int, stage: str) -> None:
            if bar.total != total or bar.n > done:
                bar.reset(total)
            bar.unit, bar.unit_scale = ("B", True) if stage == "download" else (unit, False)
            bar.set_description(WORDS.get(stage, stage), refresh=False)
            bar.update(done - bar.n)

        yield show
