"""Registry of backbones. A new family is one new file here with `CARDS` and `load(card)`; nothing else changes.

A family whose weights do not come with pip also has `here(card)`, `fetch(card, progress)`, `install(card, file)` and
`published(card)`.
"""

import functools
import importlib
import pkgutil
import threading
from collections.abc import Callable
from pathlib import Path

from ..errors import EngineError
from .card import BackboneCard, Layer

DEFAULT = "efficientnet_lite0"
_LOADING = threading.Lock()


@functools.cache
def cards() -> dict[str, BackboneCard]:
    """Every backbone by name, the default first. Imports no torch."""
    found = {card.name: card for family in _families() for card in family.CARDS}
    return {DEFAULT: found.pop(DEFAULT), **found}


def card(name: str) -> BackboneCard:
    """The card of one backbone, or EngineError naming those that exist."""
    if name not in cards():
        raise EngineError(f"unknown backbone {name!r:.60}: choose one of {', '.join(cards())}")
    return cards()[name]


def load(name: str):
    """The network as a torch module: (1, 3, h, w) float32 -> one map (1, channels, h / stride, w / stride) a layer.

    Loaded once a process and shared: it is in evaluation mode and never changed.
    Raises WeightsError when the weights are missing or are not what the card says.
    """
    with _LOADING:
        return _loaded(name)


def facts() -> list[dict]:
    """Every card as plain data, with `weights_here`: whether its weights are on this machine. Imports no torch."""
    return [one.facts() | {"weights_here": weights_here(name)} for name, one in cards().items()]


def weights_here(name: str) -> bool:
    """Whether `load` has a file to read; it is checked there."""
    wanted = card(name)
    return getattr(_family(wanted), "here", lambda card: True)(wanted)


def prepare(name: str, progress: Callable[[int, int, str], None]) -> None:
    """Whatever describing needs: weights downloaded where they are missing, checked and read.

    progress(bytes done, bytes in all, "download") may raise BuildCancelled to stop; the next call goes on from there.
    Raises WeightsError that says how to get them, with nothing half-written.
    """
    wanted = card(name)
    if hasattr(_family(wanted), "fetch"):
        _family(wanted).fetch(wanted, progress)
    load(name)


def weights_published(name: str) -> bool:
    """Whether the weights that are here are those on the card, and not another file that a user gave."""
    wanted = card(name)
    return getattr(_family(wanted), "published", lambda card: True)(wanted)


def install(name: str, file: Path) -> None:
    """Take the weights of a backbone from a user's file: .pth or .safetensors, whole or convolutions only."""
    wanted = card(name)
    if not hasattr(_family(wanted), "install"):
        raise EngineError(f"the weights of {name} come with a package: {wanted.weights_source}")
    _family(wanted).install(wanted, file)


@functools.cache
def _loaded(name: str):
    import torch

    torch.set_num_threads(1)  # see workers: parallel over pictures, not inside one
    wanted = card(name)
    return _family(wanted).load(wanted)


def _family(wanted: BackboneCard):
    return next(family for family in _families() if wanted in family.CARDS)


@functools.cache
def _families() -> tuple:
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return tuple(module for module in modules if hasattr(module, "CARDS"))


__all__ = [
    "DEFAULT",
    "BackboneCard",
    "Layer",
    "card",
    "cards",
    "facts",
    "install",
    "load",
    "prepare",
    "weights_here",
    "weights_published",
]
