"""Registry of backbones. A new family is one new file here with `CARDS` and `load(card)`; nothing else changes."""

import functools
import importlib
import pkgutil
import threading

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


@functools.cache
def _loaded(name: str):
    import torch

    torch.set_num_threads(1)  # see workers: parallel over pictures, not inside one
    wanted = card(name)
    family = next(family for family in _families() if wanted in family.CARDS)
    return family.load(wanted)


@functools.cache
def _families() -> tuple:
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "card"]
    return tuple(importlib.import_module(f"{__name__}.{name}") for name in names)


__all__ = ["DEFAULT", "BackboneCard", "Layer", "card", "cards", "load"]
