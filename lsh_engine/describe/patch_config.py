"""Which windows of a photo get a descriptor, and between which sizes a crop is described."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.bounds import check_between, check_whole
from ..core.errors import EngineError

FORMER = {"whole_query_side"}  # fields of earlier versions, which databases on disk still name


@dataclass(frozen=True, kw_only=True)
class PatchConfig:
    """Windows of `sizes[i]` of each side stand on `positions[i]` x `positions[i]` places, evenly spread so that the
    first and the last touch the borders.
    """

    sizes: tuple[float, ...] = (1.0, 0.67, 0.5, 0.4, 0.3, 0.2)  # share of each side
    positions: tuple[int, ...] = (1, 2, 3, 4, 5, 8)  # places along each side: 119 windows in all
    context: int = 64  # pixels of surroundings the network sees around a crop
    min_crop_side: int = 96  # pixels of the network's input: smaller crops are enlarged to this
    max_crop_side: int = 1024  # and larger ones shrunk: bounds memory and time of a query

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(self.sizes))  # lists, as JSON has them, compare unequal
        object.__setattr__(self, "positions", tuple(self.positions))
        if not 1 <= len(self.sizes) == len(self.positions) <= 12:
            raise EngineError("patch sizes and positions must be two lists of one length, 1 to 12 entries")
        for size, n in zip(self.sizes, self.positions, strict=True):
            check_between("patch size", size, 0.05, 1.0)
            check_whole("patch positions", n, 1, 32)
        check_whole("context", self.context, 0, 512)
        check_whole("min_crop_side", self.min_crop_side, 32, 512)
        check_whole("max_crop_side", self.max_crop_side, self.min_crop_side, 2048)

    @classmethod
    def of_sizes(cls, sizes: Sequence[float]) -> "PatchConfig":
        """Windows of these sizes, each on the usual number of places: neighbours overlap by half or more."""
        usual = dict(zip(cls.sizes, cls.positions, strict=True))
        return cls(sizes=tuple(sizes), positions=tuple(usual.get(size) or _places(size) for size in sizes))

    @classmethod
    def stored(cls, fields: Mapping[str, Any]) -> "PatchConfig":
        """The configuration that a database holds, of this version or an earlier one. TypeError for unknown fields."""
        return cls(**{name: value for name, value in fields.items() if name not in FORMER})

    @property
    def n_patches(self) -> int:
        """Windows, and so descriptors, of every photo."""
        return sum(n * n for n in self.positions)


def _places(size: float) -> int:
    """Places along a side for windows of this share of it: steps of at most half a window."""
    check_between("patch size", size, 0.05, 1.0)
    return math.ceil(2 * (1 - size) / size - 1e-9) + 1
