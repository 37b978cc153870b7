"""What all commands share: work that Ctrl-C ends in one line, and text that is safe to print."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..core.errors import BuildCancelled
from ..core.progress import progress_bar


@contextmanager
def interruptible(told: str, unit: str = " photos") -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar. Ctrl-C raises BuildCancelled that says `told`."""
    try:
        with progress_bar(unit) as progress:
            yield progress
    except KeyboardInterrupt:
        raise BuildCancelled(told) from None


def printable(text: str) -> str:
    """File names are data: control characters must not reach the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
