"""What the hyperplane index is built with, and what one search of it may choose."""

from dataclasses import dataclass

from ...core.bounds import check_between, check_whole
from ...core.errors import EngineError
from .amplification import amplified_probability

PLANS = ("auto", "tables", "multiprobe", "sketch", "exhaustive")
STORAGES = ("float32", "float16")


def check_plan(plan: str, recall: float | None) -> None:
    """EngineError unless there is such a plan and such a recall target; None is the index's own."""
    if not isinstance(plan, str) or plan not in PLANS:
        raise EngineError(f"plan must be one of {', '.join(PLANS)}, got {plan!r:.40}")
    if recall is not None:
        check_between("recall target", recall, 0.5, 0.9999)


@dataclass(frozen=True, kw_only=True)
class LSHConfig:
    """Random-hyperplane LSH of source A; the defaults are its tuning for delta = 0.4 rad."""

    n_hyperplanes: int = 20  # k, bits per key (AND)
    n_tables: int = 50  # L, keys per vector (OR)
    seed: int = 0
    recall_target: float = 0.97  # what plan="auto" promises at the edge of the ball
    storage: str = "float32"  # precision of stored vectors, and so of angles: float16 halves memory and disk
    centred: bool | None = None  # hash from the mean of the collection; None: where that is predicted to help

    def __post_init__(self) -> None:
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


@dataclass(frozen=True)
class LSHParams:
    """plan: one of PLANS, "auto" the one predicted cheapest. recall_target: what it aims at; None: the config's."""

    plan: str = "auto"
    recall_target: float | None = None

    def __post_init__(self) -> None:
        check_plan(self.plan, self.recall_target)
