"""What all commands share: work that Ctrl-C ends in one line, answers as text or JSON, text that is safe to print."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from ..core.errors import BuildCancelled, EngineError
from ..core.progress import Progress, progress_bar

STOPPED = "stopped; what was done is kept, the same command goes on from there"


@contextmanager
def interruptible(message: str = STOPPED, unit: str = " photos") -> Iterator[Progress]:
    """A progress bar that counts `unit`. Ctrl-C raises BuildCancelled with the message."""
    try:
        with progress_bar(unit) as progress:
            yield progress
    except KeyboardInterrupt:
        raise BuildCancelled(message) from None


def show(as_json: bool, facts: object, lines: Iterable[str]) -> None:
    """Print the facts as one JSON object, or the lines. lines: of facts known to be printable."""
    typer.echo(json.dumps(facts) if as_json else "\n".join(lines))


def printable(text: str) -> str:
    """File names are data: control characters must not reach the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def numbers(text: str, option: str) -> tuple[float, ...]:
    """The numbers of an option such as 0.5,1; EngineError names the option."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise EngineError(
            f"--{option} takes numbers with commas between, such as 0.5,1; got {printable(text)!r:.60}"
        ) from None
