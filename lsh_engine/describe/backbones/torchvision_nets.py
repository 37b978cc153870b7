"""VGG, AlexNet and ResNet as sources A, B and D use them, with torchvision's networks and weights.

This is the only file that imports torchvision, and it does so late: on a torch it does not fit, its import fails with a
RuntimeError.

Maps are the last ones before the classifier, pooled by GeM with raw angles, as in source A. The `_fc7` backbones give
source B's 4096 numbers: the last map is averaged inside a window to the 7 x 7 cells (6 x 6 in AlexNet) that the fully
connected layers take, as torchvision itself does with a whole picture, and goes through all of them but the last. One
forward pass thus serves every window, as in Fast R-CNN, and a photo's whole window is what torchvision's network says
of it.
"""

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ...core.errors import EngineError
from ...core.progress import Progress
from . import weights
from .card import BackboneCard, Layer

if TYPE_CHECKING:
    from torch import Tensor, nn

SITE = "https://download.pytorch.org/models/"
FC7_NOTE = (
    "What the classifier sees, 4,096 numbers: good for whole scenes. 2 MB of vectors a photo. "
    "Its download serves the plain network too, not the other way round."
)


def _mib(size: float) -> int:
    """Bytes of a size as torchvision publishes it, in MiB."""
    return round(size * 2**20)


VGG16 = BackboneCard(
    name="vgg16",
    title="VGG16",
    layers=(Layer(name="relu5_3", channels=512, stride=16),),
    dim=512,
    learned=False,
    mean=(123.675, 116.28, 103.53),
    std=(58.395, 57.12, 57.375),
    weights_source=SITE + "vgg16-397923af.pth",
    weights_bytes=_mib(527.796),
    weights_sha256="397923af",
    licence="BSD-3-Clause",
    presets={"same picture": 0.4, "same thing": 0.6, "same kind": 0.8},
    presets_from="0.4 is the published threshold for near duplicates, the others are provisional",
    max_delta=1.2,
    note="The classic network of near-duplicate search, with torchvision's own training.",
)
VGG16_CAFFE = replace(
    VGG16,
    name="vgg16_caffe",
    title="VGG16, its authors' weights",
    mean=(122.99925, 116.9991, 103.9992),
    std=(1.0, 1.0, 1.0),
    weights_source=SITE + "vgg16_features-amdegroot-88682ab5.pth",
    weights_bytes=_mib(527.802),
    weights_sha256="88682ab5",
    licence="CC-BY-4.0",
    note="The same network with its authors' own weights, as most papers use it.",
)
VGG19 = replace(
    VGG16,
    name="vgg19",
    title="VGG19",
    layers=(Layer(name="relu5_4", channels=512, stride=16),),
    weights_source=SITE + "vgg19-dcbb9e9d.pth",
    weights_bytes=_mib(548.051),
    weights_sha256="dcbb9e9d",
    note="VGG16 with three more layers.",
)
ALEXNET = replace(
    VGG16,
    name="alexnet",
    title="AlexNet",
    layers=(Layer(name="relu5", channels=256, stride=16, border=1),),
    dim=256,
    weights_source=SITE + "alexnet-owt-7be5be79.pth",
    weights_bytes=_mib(233.087),
    weights_sha256="7be5be79",
    note="The quickest, and the oldest. Boxes are off by up to 8 pixels of the input.",
)
RESNET50 = replace(
    VGG16,
    name="resnet50",
    title="ResNet-50",
    layers=(Layer(name="layer4", channels=2048, stride=32),),
    dim=2048,
    weights_source=SITE + "resnet50-0676ba61.pth",
    weights_bytes=_mib(97.781),
    weights_sha256="0676ba61",
    presets={"same picture": 0.4, "same thing": 0.65, "same kind": 0.85},
    presets_from="provisional: none are published",
    max_delta=1.3,
    note="Sees the meaning of whole things rather than their parts. 1 MB of vectors a photo.",
)


def _with_fc7(card: BackboneCard, bins: int, border: int = 0, least_side: int = 32) -> BackboneCard:
    """The same network up to its 4096-d fully connected layer. bins: cells a side that the layer before it takes."""
    layer = Layer(name="fc7", channels=4096, stride=32, border=border, bins=bins)
    return replace(
        card,
        name=f"{card.name}_fc7",
        title=f"{card.title}, fully connected",
        layers=(layer,),
        dim=4096,
        least_side=least_side,
        presets={"same picture": 0.5, "same thing": 0.8, "same kind": 1.0},
        presets_from="provisional: none are published",
        max_delta=1.4,
        note=FC7_NOTE,
    )


CARDS = (
    VGG16,
    VGG16_CAFFE,
    VGG19,
    ALEXNET,
    RESNET50,
    _with_fc7(VGG16, bins=7),
    _with_fc7(VGG19, bins=7),
    _with_fc7(ALEXNET, bins=6, border=1, least_side=64),
)


def here(card: BackboneCard) -> bool:
    """Whether the weights are on this machine."""
    return weights.here(card)


def load(card: BackboneCard) -> "nn.Module":
    """The network with its weights, in evaluation mode. Downloads nothing."""
    import torch

    network = build(card)
    network.load_state_dict(weights.read(card, shapes(network)), assign=True)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def fetch(card: BackboneCard, progress: Progress) -> None:
    """Download the weights unless they are here."""
    weights.fetch(card, shapes(build(card)), progress)


def install(card: BackboneCard, file: Path) -> None:
    """Take the weights from a user's file."""
    weights.install(card, shapes(build(card)), file)


def origin(card: BackboneCard) -> weights.Origin:
    """The file that the weights here came from."""
    return weights.origin(card)


def build(card: BackboneCard) -> "nn.Module":
    """The network without weights: its tensors have shapes and no numbers, so this takes no memory and no time."""
    import torch
    from torch import nn

    class MapNetwork(nn.Module):
        """(1, 3, h, w) -> [map]. Children keep torchvision's names, so that its weight files fit as they are."""

        def __init__(self, trunk: dict[str, nn.Module], classifier: nn.Module) -> None:
            super().__init__()
            self.trunk = tuple(trunk)
            for name, child in trunk.items():
                self.add_module(name, child)
            self.classifier = classifier

        def forward(self, x: "Tensor") -> "list[Tensor]":
            for name in self.trunk:
                x = getattr(self, name)(x)
            return [x]

        def head(self, cells: "Tensor") -> "Tensor":
            """(m, channels, bins, bins) averages of m windows -> (m, 4096)."""
            return self.classifier(cells.flatten(1))

    with torch.device("meta"):
        whole = getattr(_torchvision_models(), card.name.partition("_")[0])()
    if hasattr(whole, "layer4"):
        return MapNetwork(
            dict(list(whole.named_children())[:-2]), nn.Identity()
        )  # all but the last pooling and the classes
    if card.layers[0].bins > 1:
        return MapNetwork({"features": whole.features}, whole.classifier[:-1])  # all but the classes
    return MapNetwork({"features": whole.features[:-1]}, nn.Identity())  # all but the last pooling


def shapes(network: "nn.Module") -> weights.Shapes:
    """The tensors that a file must have: all but counters, which only training reads."""
    state = network.state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def _torchvision_models() -> ModuleType:
    try:
        from torchvision import models
    except Exception as error:  # RuntimeError and others, where it was made for another torch
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise EngineError(
            f"torchvision cannot be used ({reason:.80}): "
            "install the torchvision that belongs to this torch, or use the default backbone"
        ) from error
    return models
