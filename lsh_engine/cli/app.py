"""Command line: python -m lsh_engine COMMAND. Exit status 0 done, 1 a clear error, 2 wrong usage."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from .. import __version__
from ..core.bounds import OUT_OF_MEMORY
from ..core.errors import EngineError
from ..core.log import start_logging
from . import databases, evaluate, indexes, networks
from .benchmark import benchmark
from .query import query
from .query_folder import query_folder
from .terminal import printable

app = typer.Typer(
    help="Visual search you can trust: the LSH answer beside the exhaustive one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Commands = tuple[Callable[..., None], ...]
MAKE: Commands = (databases.build, databases.add)
ASK: Commands = (query, query_folder, databases.info, databases.verify, benchmark)
MAINTAIN: Commands = (databases.estimate, databases.sync, databases.remove, databases.calibrate, databases.upgrade)
DELETE_AND_FETCH: Commands = (databases.delete, databases.dataset, networks.backbones, networks.weights)
INDEXES: Commands = (indexes.kinds, indexes.index)
for command in MAKE + ASK + INDEXES + MAINTAIN + DELETE_AND_FETCH:
    app.command()(command)
app.add_typer(evaluate.app, name="evaluate")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"lookalike {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What stands before the command."""


def main() -> None:
    """Run the command; what a user can cause ends in one line on stderr."""
    try:
        start_logging()
        app()
    except EngineError as error:
        _fail(printable(str(error)))
    except MemoryError:
        _fail(f"`{printable(' '.join(sys.argv[1:]))[:200]}`: {OUT_OF_MEMORY}")


def _fail(message: str) -> None:
    typer.echo(f"error: {message}", err=True)
    sys.exit(1)
