"""What there is to know of a backbone before it is loaded, and the check of its weights."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import WeightsError


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One feature map that goes into the descriptor."""

    name: str
    channels: int
    stride: int  # pixels of the network's input per cell
    weight: float = 1.0  # share in the joined descriptor
    signed: bool = False  # values may be negative: positive and negative part are pooled apart

    @property
    def dim(self) -> int:
        return self.channels * (2 if self.signed else 1)


@dataclass(frozen=True, kw_only=True)
class BackboneCard:
    """A backbone, its input, its weights and the deltas that mean something on its descriptors."""

    name: str
    title: str
    layers: tuple[Layer, ...]
    dim: int  # length of the finished descriptor
    learned: bool  # centring and rotation are learned on the database (DESIGN section 4)
    mean: tuple[float, float, float]  # input is (x - mean) / std, x in 0..255
    std: tuple[float, float, float]
    longest_side: int = 512  # pixels of a database image's longest side
    multiple: int = 32  # sides of the input are multiples of this
    weights_source: str
    weights_bytes: int
    weights_sha256: str
    licence: str
    presets: dict[str, float]  # meaning -> delta in radians
    max_delta: float  # radians; the slider's end: unrelated pairs lie below it

    @property
    def joined_dim(self) -> int:
        return sum(layer.dim for layer in self.layers)

    @property
    def stride(self) -> int:
        """Pixels of the input per cell of the finest map."""
        return min(layer.stride for layer in self.layers)


def check_weights(path: Path, card: BackboneCard) -> None:
    """WeightsError unless the file's SHA-256 is the card's."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != card.weights_sha256:
        raise WeightsError(
            f"the weights of {card.name} are damaged: expected SHA-256 {card.weights_sha256[:12]}..., "
            f"got {digest[:12]}...: reinstall them ({card.weights_source})"
        )
