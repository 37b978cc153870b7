"""A torch network run by OpenVINO: two to three times as fast on a CPU, the same numbers to 1e-5 rad.

This is the only file that imports openvino, and it does so late and without its telemetry: plain `import openvino`
starts a session with a server of its maker.
"""

import functools
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.threads import n_workers

if TYPE_CHECKING:
    from torch import Tensor, nn

TRACED_SIDE = 64  # pixels of the picture that the network is traced with; the sides are free afterwards
KERNELS_KEPT = 300  # each new size of picture compiles some; uncapped they took 1 GB after 400 sizes
ELEMENT_TYPES = {"fp32": "f32", "bf16": "bf16"}


class OpenVINONet:
    """A network run by OpenVINO: (h, w, 3) float32 -> one map (channels, h / stride, w / stride) float32 a layer.

    Threads share it. Each worker has a stream of one thread, so sums are cut the same way in whatever thread they run
    and the numbers are equal bit for bit. Raises whatever the conversion raises.
    """

    def __init__(self, network: "nn.Module", precision: str) -> None:
        openvino = _openvino()
        prepared = openvino.preprocess.PrePostProcessor(_converted(network))
        prepared.input().tensor().set_layout(openvino.Layout("NHWC"))
        prepared.input().model().set_layout(openvino.Layout("NCHW"))
        options = {
            "INFERENCE_PRECISION_HINT": ELEMENT_TYPES[precision],
            "NUM_STREAMS": n_workers(),
            "INFERENCE_NUM_THREADS": n_workers(),
            "ENABLE_CPU_PINNING": False,  # a pinned thread waits for its core while another is free
            "CPU_RUNTIME_CACHE_CAPACITY": KERNELS_KEPT,
        }
        self._model = _core().compile_model(prepared.build(), "CPU", options)
        self._own = threading.local()

    def __call__(self, pixels: np.ndarray) -> list[np.ndarray]:
        if not hasattr(self._own, "request"):
            self._own.request = self._model.create_infer_request()
        self._own.request.infer([pixels[None]])
        return [tensor.data[0].copy() for tensor in self._own.request.output_tensors]


@functools.cache
def _openvino() -> Any:
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)  # its import then fails, and OpenVINO goes on without
    import openvino

    return openvino


@functools.cache
def _core() -> Any:
    return _openvino().Core()


def _converted(network: "nn.Module") -> Any:
    """The network as OpenVINO's model. Its own convert_model does the same, and takes ten times as long."""
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    class Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: "Tensor") -> "tuple[Tensor, ...]":
            return tuple(self.network(pixels))

    with torch.inference_mode(), warnings.catch_warnings(action="ignore"):  # tracing is deprecated and has no successor
        example = (torch.zeros(1, 3, TRACED_SIDE, TRACED_SIDE),)
        decoder = TorchScriptPythonDecoder(Traced(), example_input=example, trace_kwargs={"check_trace": False})
    frontend = FrontEndManager().load_by_framework("pytorch")
    model = frontend.convert(frontend.load(decoder))
    model.reshape([1, 3, -1, -1])
    return model
