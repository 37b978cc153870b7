"""Networks built like torchvision's that take milliseconds, with weight files in the same formats."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import torchvision_nets
from lsh_engine.describe.backbones.card import BackboneCard, Layer

NAME = "smallvgg"


def small_vgg():
    """VGG's own shape with few channels: five times a convolution and a pooling, then three fully connected layers."""
    import torch
    from torch import nn

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            layers, before = [], 3
            for channels in (8, 8, 16, 16, 16):
                layers += [nn.Conv2d(before, channels, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2)]
                before = channels
            self.features = nn.Sequential(*layers)
            self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
            wide, narrow = nn.Linear(16 * 49, 48), nn.Linear(48, 32)
            drop = nn.Dropout(), nn.Dropout()
            self.classifier = nn.Sequential(
                wide, nn.ReLU(True), drop[0], narrow, nn.ReLU(True), drop[1], nn.Linear(32, 5)
            )

        def forward(self, x):
            return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))

    return Small()


CONV = replace(
    torchvision_nets.VGG16,
    name=NAME,
    layers=(Layer(name="relu5", channels=16, stride=16),),
    dim=16,
    longest_side=256,
    weights_bytes=0,
)
FC = replace(
    CONV, name=f"{NAME}_fc7", layers=(Layer(name="fc7", channels=32, stride=32, bins=7),), dim=32, longest_side=256
)


@dataclass
class SmallVGG:
    """The plugged-in backbone: its card, the folder of weights, and the whole network's state of a fixed seed."""

    card: BackboneCard
    folder: Path
    state: dict
    monkeypatch: object

    @property
    def shapes(self) -> dict:
        return torchvision_nets.shapes(torchvision_nets.build(self.card))

    def published(self, path: Path) -> BackboneCard:
        """Make a file the maker's own: the card has its size and the start of its SHA-256, its name ends in it."""
        data = path.read_bytes()
        self.published_at(f"{torchvision_nets.SITE}{NAME}-{{}}.pth", data)
        return self.card

    def published_at(self, url: str, data: bytes = b"none") -> None:
        digest = hashlib.sha256(data).hexdigest()[:8]
        here = {"weights_source": url.format(digest), "weights_sha256": digest, "weights_bytes": len(data)}
        self.card = replace(self.card, **here)
        self.monkeypatch.setattr(torchvision_nets, "CARDS", (self.card, replace(FC, **here)))
        backbones.cards.cache_clear()
        backbones._loaded.cache_clear()


def plug_in(monkeypatch, tmp_path: Path) -> SmallVGG:
    """Put the small networks in the place of torchvision's, and the folder of weights at an empty place."""
    import torch

    monkeypatch.setenv("LOOKALIKE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torchvision_nets, "_torchvision_models", lambda: SimpleNamespace(smallvgg=small_vgg))
    monkeypatch.setattr(backbones, "cards", Forgetting(backbones.cards.__wrapped__))
    monkeypatch.setattr(backbones, "_loaded", Forgetting(backbones._loaded.__wrapped__))
    monkeypatch.setattr(backbones, "_LOADED_FROM", {})
    torch.manual_seed(0)
    small = SmallVGG(CONV, tmp_path / "weights", small_vgg().state_dict(), monkeypatch)
    small.published_at(torchvision_nets.SITE + NAME + "-{}.pth")
    return small


class Forgetting:
    """A function that remembers nothing, in the place of one that remembers."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *arguments):
        return self.function(*arguments)

    def cache_clear(self) -> None:
        pass


def save_state(state: dict, path: Path) -> Path:
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
    return path


def convolutions(state: dict) -> dict:
    return {name: tensor for name, tensor in state.items() if name.startswith("features.")}


def save_tensors(state: dict, path: Path) -> Path:
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)
    return path


def same_as(state: dict, network) -> bool:
    return all(tensor.equal(state[name]) for name, tensor in network.state_dict().items())
