"""How one query is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.bounds import check_between, check_delta
from ..core.errors import EngineError

SCALES = {
    "fast": (1.0,),
    "default": (0.5, 0.7071, 1.0, 1.4142),
    "thorough": (0.3536, 0.5, 0.7071, 1.0, 1.4142, 2.0),
}
MAX_SCALES = 12  # a query costs one forward pass a scale
MIN_SCALE, MAX_SCALE = 0.1, 4.0


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """How one query is asked: what all methods share, and what each is asked besides."""

    scales: Sequence[float] = SCALES["default"]  # factors by which the crop is resized
    delta: float = 1.0  # radians
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)  # method -> its parameters, such as LSHParams

    def __post_init__(self) -> None:
        check_delta(self.delta)
        if isinstance(self.scales, str | bytes) or not hasattr(self.scales, "__len__"):
            raise EngineError(f"scales must be a list of numbers such as 0.5, 1.0, got {self.scales!r:.40}")
        if not 1 <= len(self.scales) <= MAX_SCALES:
            raise EngineError(f"choose 1 to {MAX_SCALES} query scales, got {len(self.scales)}")
        for scale in self.scales:
            check_between("query scale", scale, MIN_SCALE, MAX_SCALE)
        object.__setattr__(self, "scales", tuple(dict.fromkeys(float(scale) for scale in self.scales)))
