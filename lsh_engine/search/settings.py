"""How one query is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.bounds import check_between, check_delta
from ..core.errors import EngineError
from ..index.lsh.config import PLANS

SCALES = {
    "fast": (1.0,),
    "default": (0.5, 0.7071, 1.0, 1.4142),
    "thorough": (0.3536, 0.5, 0.7071, 1.0, 1.4142, 2.0),
}
MAX_SCALES = 12  # a query costs one forward pass a scale
MIN_SCALE, MAX_SCALE = 0.1, 4.0


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """How one query is asked."""

    scales: Sequence[float] = SCALES["default"]  # factors by which the crop is resized
    delta: float = 1.0  # radians
    plan: str = "auto"  # one of PLANS
    recall_target: float | None = None  # None: the database's own
    exhaustive: bool = True  # also scan everything, to measure what LSH missed

    def __post_init__(self):
        check_delta(self.delta)
        if isinstance(self.scales, str | bytes) or not hasattr(self.scales, "__len__"):
            raise EngineError(f"scales must be a list of numbers such as 0.5, 1.0, got {self.scales!r:.40}")
        if not 1 <= len(self.scales) <= MAX_SCALES:
            raise EngineError(f"choose 1 to {MAX_SCALES} query scales, got {len(self.scales)}")
        for scale in self.scales:
            check_between("query scale", scale, MIN_SCALE, MAX_SCALE)
        object.__setattr__(self, "scales", tuple(dict.fromkeys(float(scale) for scale in self.scales)))
        if self.plan not in PLANS:
            raise EngineError(f"plan must be one of {', '.join(PLANS)}, got {self.plan!r:.40}")
        if self.recall_target is not None:
            check_between("recall target", self.recall_target, 0.5, 0.9999)
