"""The commands of indexes: `kinds` lists the kinds there are, `index` builds one over a database."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import EngineError
from ..engine import RetrievalEngine
from ..index import kinds as registered
from .options import AsJson, DatabasePath
from .terminal import interruptible, printable, show


def kinds(
    db: Annotated[Path | None, typer.Argument(metavar="[DB]", help="Tell which of them are built here, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """The kinds of index that can be built over a database and asked beside each other."""
    built = RetrievalEngine.open(db).built_kinds() if db else []
    facts = [
        {"name": name, "installed": made.card.installed, "built": name in built}
        | {field: getattr(made.card, field) for field in ("title", "what", "source", "exact", "takes", "memory")}
        for name, made in registered().items()
    ]
    show(as_json, facts, [_as_text(card) for card in facts])


def index(
    db: DatabasePath,
    kind: Annotated[str, typer.Argument(help="See the command `kinds`.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A field of its configuration: NAME=VALUE.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build an index of another kind over a database; `query --method` asks it."""
    config = dict(_setting(text) for text in settings or ())
    with interruptible("stopped; the database is as it was", " vectors") as progress:
        artefact = RetrievalEngine.open(db).build_index(kind, progress, **config)
    facts = artefact.facts()
    show(as_json, facts, [f"{db.name}: index {kind} of {artefact.bytes / 1e6:,.1f} MB; ask it with --method {kind}"])


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise EngineError(f"--set takes NAME=VALUE, such as n_lists=256; got {printable(text)!r:.60}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _as_text(card: dict[str, Any]) -> str:
    state = "built here" if card["built"] else "" if card["installed"] else "its package is not installed"
    return f"{card['name']:12} {card['what']}; keeps {card['memory']}{f' ({state})' if state else ''}"
