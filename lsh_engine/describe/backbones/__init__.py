"""The registry of backbones: networks that turn pictures into feature maps.

A new family of networks is one new file here with `CARDS` and `load(card)`; nothing else changes. A family whose
weights do not come with pip also has `here(card)`, `fetch(card, progress)`, `install(card, file)` and `origin(card)`.
"""

import functools
import importlib
import pkgutil
import threading
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...core.errors import EngineError
from ...core.progress import Progress
from . import runtime
from .card import BackboneCard, Layer
from .runtime import Fidelity, Maps, Runtime, check_precision

if TYPE_CHECKING:
    from torch import nn

DEFAULT = "efficientnet_lite0"
_LOADING = threading.Lock()
_LOADED_FROM: dict[str, dict[str, Any]] = {}  # backbone -> `weights_in_use` of its network in this process


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


def load(name: str) -> "nn.Module":
    """The network as a torch module: (1, 3, h, w) float32 -> one map (1, channels, h / stride, w / stride) a layer.

    Loaded once a process and shared: it is in evaluation mode and never changed.
    Raises WeightsError when the weights are missing or are not what the card says.
    """
    with _LOADING:
        return _loaded(name)


def maps_of(name: str, precision: str = "fp32", library: str = "") -> Maps:
    """The network ready to run: (h, w, 3) float32 -> one map (channels, h / stride, w / stride) float32 a layer.

    library: "openvino" or "torch", used where LOOKALIKE_RUNTIME leaves the choice. Raises as `load`.
    """
    network = load(name)
    with _LOADING:
        return _started(name, network, runtime_of(name, precision, library))


def runtime_of(name: str, precision: str = "fp32", library: str = "") -> Runtime:
    """The library and precision that `maps_of` would use, as far as known before it is called. Imports no torch."""
    return runtime.expected(name, precision, library)


def fidelity(name: str) -> Fidelity:
    """How bf16 compares with fp32 on this machine. Takes a second or two, once a process."""
    return _fidelity(name)


def best_precision(name: str) -> str:
    """The precision for new databases: fp32 unless LOOKALIKE_PRECISION=auto and bf16 is worth it on this machine."""
    return "bf16" if runtime.timing_wanted() and fidelity(name).pays else "fp32"


def runtime_text(name: str) -> str:
    """The runtime in words, with the comparison of precisions where LOOKALIKE_PRECISION=auto asks for it."""
    if not (runtime.timing_wanted() and weights_here(name)):
        return str(runtime_of(name))
    return f"{runtime_of(name, best_precision(name))}: {fidelity(name)}"


def facts() -> list[dict[str, Any]]:
    """Every card as plain data, with `weights_here`: whether its weights are on this machine. Imports no torch."""
    return [one.facts() | {"weights_here": weights_here(name)} for name, one in cards().items()]


def weights_here(name: str) -> bool:
    """Whether `load` has a file to read. The file is checked when it is loaded."""
    wanted = card(name)
    return getattr(_family(wanted), "here", lambda card: True)(wanted)


def prepare(name: str, progress: Progress) -> None:
    """Make a backbone ready to describe: download its weights where they are missing, check and read them.

    progress(bytes done, bytes in all, "download") may raise BuildCancelled to stop; the next call goes on from there.
    Raises WeightsError that says how to get them, with nothing half-written.
    """
    wanted = card(name)
    if hasattr(_family(wanted), "fetch"):
        _family(wanted).fetch(wanted, progress)
    load(name)


def weights_in_use(name: str) -> dict[str, Any]:
    """The weights of the loaded network, else of the file that `load` would read, fit for JSON.

    source: address, package or name of the file that they came from; sha256: its 64 digits; published: whether it is
    the one on the card, and not another that a user gave. Imports no torch. Raises WeightsError where there are none.
    """
    return _LOADED_FROM.get(name) or _weights_here(card(name))


def install(name: str, file: Path) -> None:
    """Take the weights of a backbone from a user's file: .pth or .safetensors, whole or convolutions only."""
    wanted = card(name)
    if not hasattr(_family(wanted), "install"):
        raise EngineError(f"the weights of {name} come with a package: {wanted.weights_source}")
    _family(wanted).install(wanted, file)
    _LOADED_FROM.pop(name, None)
    for kept in (_loaded, _started, _fidelity):
        kept.cache_clear()


@functools.cache
def _loaded(name: str) -> "nn.Module":
    import torch

    torch.set_num_threads(1)  # see core/threads: parallel over pictures, not inside one
    wanted = card(name)
    network = _family(wanted).load(wanted)
    _LOADED_FROM[name] = _weights_here(wanted)
    return network


def _weights_here(wanted: BackboneCard) -> dict[str, Any]:
    if not hasattr(_family(wanted), "origin"):  # they come with a package, and `load` checks them against the card
        return {"source": wanted.weights_source, "sha256": wanted.weights_sha256, "published": True}
    origin = _family(wanted).origin(wanted)
    return vars(origin) | {"published": origin.sha256.startswith(wanted.weights_sha256)}


@functools.cache
def _started(name: str, network: "nn.Module", wanted: Runtime) -> Maps:
    return runtime.start(name, network, wanted)


@functools.cache
def _fidelity(name: str) -> Fidelity:
    return runtime.fidelity(*(maps_of(name, precision) for precision in runtime.PRECISIONS))


def _family(wanted: BackboneCard) -> ModuleType:
    return next(family for family in _families() if wanted in family.CARDS)


@functools.cache
def _families() -> tuple[ModuleType, ...]:
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return tuple(module for module in modules if hasattr(module, "CARDS"))


__all__ = [
    "DEFAULT",
    "BackboneCard",
    "Fidelity",
    "Layer",
    "Runtime",
    "best_precision",
    "card",
    "cards",
    "check_precision",
    "facts",
    "fidelity",
    "install",
    "load",
    "maps_of",
    "prepare",
    "runtime_of",
    "runtime_text",
    "weights_here",
    "weights_in_use",
]
