"""What there is to know of a backbone before it is loaded, and the check of its weights."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...core.errors import WeightsError
from ...core.files import sha256_of


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One feature map that goes into the descriptor."""

    name: str
    channels: int
    stride: int  # pixels of the network's input per cell
    weight: float = 1.0  # share in the joined descriptor
    signed: bool = False  # values may be negative: positive and negative part are pooled apart
    border: int = 0  # cells that a side of the map lacks, where the network pads less than it takes
    bins: int = 1  # above 1: windows are averaged to bins x bins cells for the network's fully connected layers

    @property
    def dim(self) -> int:
        """Numbers in the pooled vector of one window."""
        return self.channels * (2 if self.signed else 1)

    def cells(self, side: int) -> int:
        """Cells along a side of the map, of an input side in pixels."""
        return side // self.stride - self.border


@dataclass(frozen=True, kw_only=True)
class BackboneCard:
    """A backbone, its input, its weights and the deltas that mean something on its descriptors."""

    name: str
    title: str
    layers: tuple[Layer, ...]
    dim: int  # length of the finished descriptor
    learned: bool  # centring and rotation are learned on the database, see `transform`
    mean: tuple[float, float, float]  # input is (x - mean) / std, x in 0..255
    std: tuple[float, float, float]
    longest_side: int = 512  # pixels of a database image's longest side
    multiple: int = 32  # sides of the input are multiples of this
    least_side: int = 32  # pixels of the input: the network has no cell for less
    weights_source: str
    weights_bytes: int
    weights_sha256: str  # or its first digits, where their maker publishes no more
    licence: str
    presets: dict[str, float]  # meaning -> delta in radians
    presets_from: str = "measured on photos"  # where the presets come from
    max_delta: float  # radians; the slider's end: unrelated pairs lie below it
    note: str = ""  # what else to know before choosing it

    @property
    def joined_dim(self) -> int:
        """Numbers in the pooled vectors of all layers together."""
        return sum(layer.dim for layer in self.layers)

    @property
    def stride(self) -> int:
        """Pixels of the input per cell of the finest map."""
        return min(layer.stride for layer in self.layers)

    def facts(self) -> dict[str, Any]:
        """Everything on the card, fit for JSON. Sides in pixels, sizes in bytes, deltas in radians."""
        card = asdict(self)
        names = {"maps": card["layers"], "layers": [layer.name for layer in self.layers]}
        return card | names | {"stride": self.stride, "weights": self.weights_source}


def check_weights(path: Path, card: BackboneCard) -> None:
    """WeightsError unless the file's SHA-256 is, or begins as, the card's."""
    digest = sha256_of(path)
    if not digest.startswith(card.weights_sha256):
        raise WeightsError(
            f"the weights of {card.name} in {path.name} are damaged: expected SHA-256 {card.weights_sha256[:12]}..., "
            f"got {digest[:12]}...: reinstall them ({card.weights_source})"
        )
