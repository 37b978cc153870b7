"""The kinds of index by name: what each is, and the class that builds it."""

import importlib
import pkgutil
from functools import cache
from typing import TypeVar

from ..core.errors import EngineError
from .contract import Index

Kind = TypeVar("Kind", bound=type[Index])
_KINDS: dict[str, type[Index]] = {}


def register(made: Kind) -> Kind:
    """Class decorator: make a kind known under its `name`. Raises ValueError for a name that is taken."""
    if _KINDS.setdefault(made.name, made) is not made:
        raise ValueError(f"two kinds of index are named {made.name}")
    return made


def kinds() -> dict[str, type[Index]]:
    """Every registered kind by name, the exhaustive scan first: each module of this folder registers its own."""
    _import_all()
    first = ("exhaustive", "lsh")
    return {name: _KINDS[name] for name in (*first, *sorted(_KINDS.keys() - set(first)))}


def kind(name: str) -> type[Index]:
    """The kind of this name; EngineError where there is none or its package is missing."""
    found = kinds()
    if not isinstance(name, str) or name not in found:
        raise EngineError(f"there is no kind of index named {name!r:.40}: choose one of {', '.join(found)}")
    card = found[name].card
    if not card.installed:
        raise EngineError(f"the index {name} needs the package {card.package}: pip install {card.install}")
    return found[name]


@cache
def _import_all() -> None:
    package = __package__ or ""
    folder = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(folder):
        if module.name != "lsh":  # imported with the package
            importlib.import_module(f"{package}.{module.name}")
