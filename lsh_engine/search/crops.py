"""What is asked: crops to look for, crops that are not meant, and the photo they were drawn on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ..core.bounds import shown
from ..core.errors import EngineError
from ..describe.describer import QueryDescriptors

Combine = Literal["any", "all"]
COMBINES = ("any", "all")


@dataclass(frozen=True, eq=False)
class AskedCrops:
    """One question of one crop or several.

    look: crops to look for, at least one. A photo is a match where it comes within delta of any of them, at its least
    angle; or of all of them, at its angle to the one it is farthest from.
    avoid: crops that are not meant: a photo that is nearer to one of them than to what is looked for is left out.
    own: image id of the photo that the crops were drawn on. It answers no question about itself: it is left out of
    every answer, count, recall and chance.
    """

    look: tuple[QueryDescriptors, ...]
    avoid: tuple[QueryDescriptors, ...] = ()
    combine: Combine = "any"
    own: int | None = None

    def __post_init__(self) -> None:
        for name in ("look", "avoid"):
            crops = getattr(self, name)
            if not isinstance(crops, tuple | list) or not all(isinstance(crop, QueryDescriptors) for crop in crops):
                raise EngineError(f"{name} must be a list of crops from describe, got {shown(crops)}")
            object.__setattr__(self, name, tuple(crops))
        if not self.look:
            raise EngineError("give at least one crop to look for")
        if self.combine not in COMBINES:
            raise EngineError(f"several crops are combined by any or all, got {shown(self.combine)}")

    @classmethod
    def of(cls, asked: "QueryDescriptors | AskedCrops") -> "AskedCrops":
        """A crop alone as a question; a question as it is."""
        return asked if isinstance(asked, AskedCrops) else cls((asked,))

    @cached_property
    def vectors(self) -> np.ndarray:
        """(s, dim) float32: every scale of every crop to look for, crop after crop."""
        return np.concatenate([crop.vectors for crop in self.look])

    @cached_property
    def scales(self) -> tuple[float, ...]:
        """The query scale of each of `vectors`."""
        return tuple(scale for crop in self.look for scale in crop.scales)

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """The crop of each of `vectors`: a place in `look`."""
        return tuple(i for i, crop in enumerate(self.look) for _ in crop.scales)

    @cached_property
    def rows(self) -> tuple[slice, ...]:
        """Where each crop to look for lies in `vectors`."""
        ends = np.cumsum([len(crop.scales) for crop in self.look]).tolist()
        return tuple(slice(end - len(crop.scales), end) for end, crop in zip(ends, self.look, strict=True))

    @property
    def seconds(self) -> float:
        """Time that describing all of them took."""
        return sum(crop.seconds for crop in self.look + self.avoid)
