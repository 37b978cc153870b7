"""A progress bar for long work in a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

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


@contextmanager
def progress_bar(unit: str = " photos") -> Iterator[Callable[[int, int, str], None]]:
    """A callback progress(done, total, stage) that drives a bar on stderr; silent where stderr is no terminal."""
    with tqdm(unit=unit, file=sys.stderr, disable=None) as bar:

        def show(done: int, total: int, stage: str) -> None:
            if bar.total != total or bar.n > done:
                bar.reset(total)
            bar.unit, bar.unit_scale = ("B", True) if stage == "download" else (unit, False)
            bar.set_description(WORDS.get(stage, stage), refresh=False)
            bar.update(done - bar.n)

        yield show
