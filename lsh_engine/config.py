"""Every number a user may choose: frozen dataclasses that refuse what cannot work, and named presets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

from .amplification import amplified_probability
from .errors import EngineError

SCALES = {
    "fast": (1.0,),
    "default": (0.5, 0.7071, 1.0, 1.4142),
    "thorough": (0.3536, 0.5, 0.7071, 1.0, 1.4142, 2.0),
}
PLANS = ("auto", "tables", "prefix", "sketch", "exhaustive")
STORAGES = ("float32", "float16")
MAX_SCALES = 12  # a query costs one forward pass a scale
MIN_SCALE, MAX_SCALE = 0.1, 4.0


def check_delta(delta: float) -> float:
    """delta in radians, or EngineError unless 0 <= delta <= pi."""
    if not _is_number(delta) or not 0.0 <= delta <= math.pi + 1e-6:
        raise EngineError(f"delta must be an angle between 0 and 3.1416 radians, got {shown(delta)}")
    return float(delta)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """EngineError unless `value` is a finite number in [low, high]."""
    if not _is_number(value) or not low <= value <= high:
        raise EngineError(f"{name} must be between {low:g} and {high:g}, got {shown(value)}")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """EngineError unless `value` is a whole number in [low, high]."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not low <= value <= high:
        raise EngineError(f"{name} must be a whole number from {low:,} to {high:,}, got {shown(value)}")


def shown(value) -> str:
    """The value as a message quotes it: at most 60 letters."""
    try:
        return f"{value!r:.60}"
    except ValueError:  # Python writes out no whole number of thousands of digits
        return "a number of thousands of digits"


def _is_number(value) -> bool:
    return isinstance(value, Real)  # NumPy's scalars are; arrays are not


@dataclass(frozen=True, kw_only=True)
class LSHConfig:
    """Random-hyperplane LSH of source A; the defaults are its tuning for delta = 0.4 rad."""

    n_hyperplanes: int = 20  # k, bits per key (AND)
    n_tables: int = 50  # L, keys per vector (OR)
    seed: int = 0
    recall_target: float = 0.97  # what plan="auto" promises at the edge of the ball
    storage: str = "float32"  # precision of stored vectors, and so of angles: float16 halves memory and disk
    centred: bool | None = None  # hash from the mean of the collection; None: where that is predicted to help

    def __post_init__(self):
        check_whole("n_hyperplanes", self.n_hyperplanes, 1, 32)
        check_whole("n_tables", self.n_tables, 1, 500)
        check_whole("seed", self.seed, 0, 2**32 - 1)
        check_between("recall_target", self.recall_target, 0.5, 0.9999)
        if self.storage not in STORAGES:
            raise EngineError(f"vectors are stored as {' or '.join(STORAGES)}, got {self.storage!r:.40}")
        if not (self.centred is None or isinstance(self.centred, bool)):
            raise EngineError(f"centred must be True, False or None, got {self.centred!r:.40}")

    def recall_at(self, angle: float) -> float:
        """Chance that the tables find a vector at `angle`: 0.966 at 0.4 rad by default."""
        return float(amplified_probability(angle, self.n_hyperplanes, self.n_tables))


@dataclass(frozen=True, kw_only=True)
class PatchConfig:
    """Which windows of a photo get a descriptor, and how a crop is brought to their size."""

    sizes: tuple[float, ...] = (1.0, 0.67, 0.5, 0.4, 0.3, 0.2)  # share of each side
    positions: tuple[int, ...] = (1, 2, 3, 4, 5, 8)  # places along each side: 119 windows in all
    context: int = 64  # pixels of surroundings the network sees around a crop
    min_crop_side: int = 96  # pixels of the network's input: smaller crops are enlarged to this
    max_crop_side: int = 1024  # and larger ones shrunk: bounds memory and time of a query
    whole_query_side: int = 320  # longest side at scale 1 of a query without a box: the thing fills it

    def __post_init__(self):
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
        check_whole("whole_query_side", self.whole_query_side, 32, 1024)

    @classmethod
    def of_sizes(cls, sizes: Sequence[float]) -> "PatchConfig":
        """Windows of these sizes, each on the usual number of places: neighbours overlap by half or more."""
        usual = dict(zip(cls.sizes, cls.positions, strict=True))
        return cls(sizes=tuple(sizes), positions=tuple(usual.get(size) or _places(size) for size in sizes))

    @property
    def n_patches(self) -> int:
        """Windows, and so descriptors, of every photo."""
        return sum(n * n for n in self.positions)


def _places(size: float) -> int:
    """Places along a side for windows of this share of it: steps of at most half a window."""
    check_between("patch size", size, 0.05, 1.0)
    return math.ceil(2 * (1 - size) / size - 1e-9) + 1


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
