"""Which library runs the networks, and in which precision.

OpenVINO where it is installed, else torch; always fp32 unless LOOKALIKE_PRECISION=auto. Then both precisions are timed,
since bf16 is several times faster on some machines and slower on others.
"""

import functools
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import EngineError
from . import openvino_net

if TYPE_CHECKING:
    from torch import nn

TITLES = {"openvino": "OpenVINO", "torch": "torch"}
LIBRARIES = tuple(TITLES)
PRECISIONS = ("fp32", "bf16")
WORTH = 1.5  # times as fast: what bf16 must bring
PROBE = (384, 512)  # pixels: height, width
N_TIMED = 5

Maps = Callable[[np.ndarray], list[np.ndarray]]
_unusable: dict[str, str] = {}  # name of a backbone -> why OpenVINO does not run it


@dataclass(frozen=True)
class Runtime:
    """The library and precision that run a network. note: why it is not OpenVINO, where that was to be expected."""

    library: str
    precision: str = "fp32"
    note: str = ""

    def __str__(self) -> str:
        title = f"{TITLES[self.library]} {_version(self.library)}, {self.precision}"
        return f"{title} ({self.note})" if self.note else title


@dataclass(frozen=True)
class Fidelity:
    """bf16 compared with fp32 on this machine.

    speedup: how many times as fast. angle: radians between their maps of one picture.
    """

    speedup: float
    angle: float

    @property
    def pays(self) -> bool:
        """Whether bf16 is fast enough to be worth its small error."""
        return self.speedup >= WORTH

    def __str__(self) -> str:
        return f"bf16 is {self.speedup:.2g} times as fast as fp32 here and {self.angle:.2g} rad from it"


class TorchNet:
    """A network run by torch: (h, w, 3) float32 -> one map (channels, h / stride, w / stride) float32 a layer.

    Threads share it.
    """

    def __init__(self, network: "nn.Module", precision: str) -> None:
        self._network, self._precision = network, precision

    def __call__(self, pixels: np.ndarray) -> list[np.ndarray]:
        import torch

        tensor = torch.from_numpy(pixels)[None].permute(0, 3, 1, 2)  # channels last in memory, as the network wants
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._precision == "bf16"):
            return [one[0].float().contiguous().numpy() for one in self._network(tensor)]


def expected(name: str, precision: str = "fp32", library: str = "") -> Runtime:
    """The runtime of a network, as far as known before it is loaded. Imports neither library.

    library: "openvino" or "torch", used where LOOKALIKE_RUNTIME leaves the choice. Raises EngineError where
    LOOKALIKE_RUNTIME asks for OpenVINO and it cannot run the network.
    """
    asked = _choice("LOOKALIKE_RUNTIME", ("auto", *LIBRARIES))
    if asked == "torch" or (asked == "auto" and library == "torch"):
        return Runtime("torch", precision)
    reason = _unusable.get(name) or ("" if _version("openvino") else "OpenVINO is not installed")
    if reason and asked == "openvino":
        raise EngineError(f"LOOKALIKE_RUNTIME asks for openvino, but for {name} {reason}: unset it to use torch")
    return Runtime("torch", precision, reason) if reason else Runtime("openvino", precision)


def start(name: str, network: "nn.Module", wanted: Runtime) -> Maps:
    """The network ready to run. Where OpenVINO cannot run it torch does, and `expected` says so from then on."""
    if wanted.library == "openvino":
        try:
            return openvino_net.OpenVINONet(network, wanted.precision)
        except Exception as error:  # a new torch, a new kind of layer, a library of the system that it lacks
            _unusable[name] = f"OpenVINO cannot be used: {_first_line(error)}"
            wanted = expected(name, wanted.precision)
    return TorchNet(network, wanted.precision)


def check_precision(precision: str) -> str:
    """Return a known precision; EngineError for any other."""
    if precision not in PRECISIONS:
        raise EngineError(f"unknown precision {precision!r:.40}: expected {' or '.join(PRECISIONS)}")
    return precision


def timing_wanted() -> bool:
    """Whether the precision is to be chosen by a timing."""
    return _choice("LOOKALIKE_PRECISION", ("fp32", "auto")) == "auto"


def fidelity(fp32: Maps, bf16: Maps) -> Fidelity:
    """Run both precisions on one picture, in turns, and compare them."""
    pixels = np.random.default_rng(0).standard_normal((*PROBE, 3)).astype(np.float32)
    seconds: dict[Maps, list[float]] = {fp32: [], bf16: []}
    maps: dict[Maps, list[np.ndarray]] = {}
    for _ in range(N_TIMED + 1):  # the first round warms up
        for net in seconds:
            started = perf_counter()
            maps[net] = net(pixels)
            seconds[net].append(perf_counter() - started)
    speedup = np.median(seconds[fp32][1:]) / np.median(seconds[bf16][1:])
    angles = (_angle(*pair) for pair in zip(maps[fp32], maps[bf16], strict=True))
    return Fidelity(float(speedup), max(angles))


def _angle(a: np.ndarray, b: np.ndarray) -> float:
    """Radians between the averages of two maps over space."""
    means = (one.reshape(len(one), -1).mean(axis=1, dtype=np.float64) for one in (a, b))
    first, second = (mean / np.linalg.norm(mean) for mean in means)
    return 2 * math.asin(min(1.0, float(np.linalg.norm(first - second)) / 2))


def _choice(variable: str, values: tuple[str, ...]) -> str:
    """The value of an environment variable, the first where it is not set."""
    value = os.environ.get(variable) or values[0]
    if value not in values:
        raise EngineError(f"{variable} is {value!r:.40}: expected {', '.join(values[:-1])} or {values[-1]}; correct it")
    return value


@functools.cache
def _version(package: str) -> str:
    """The version of an installed package, without its build; empty where it is not installed."""
    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:100]
