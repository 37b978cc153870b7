"""Check a file of slides before the talk: `python -m pages.common.check_slides my-slides.json`."""

import sys
from pathlib import Path

from .slides import read


def main(arguments: list[str]) -> int:
    """Prints one line for each mistake; 0 where there is none, 1 where there is one, 2 for wrong usage."""
    if len(arguments) != 1:
        print("usage: python -m pages.common.check_slides FILE", file=sys.stderr)
        return 2
    found = read(Path(arguments[0]))
    for mistake in found.mistakes:
        print(mistake, file=sys.stderr)
    if not found.mistakes:
        print(f"{len(found.slides)} slides, no mistake.")
    return 1 if found.mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
