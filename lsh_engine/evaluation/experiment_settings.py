"""What an experiment is asked to do: one frozen description, which a job and a kept record carry as JSON."""

from dataclasses import dataclass

from ..core.bounds import check_delta, check_whole
from ..core.errors import EngineError
from ..index.lsh.config import LSHConfig

EXPERIMENTS = ("near-duplicates", "similar", "growth")
SOURCE_DELTAS = (0.4, 0.6, 0.8, 1.0, 1.2)  # radians, of source A's table
LEAST_SEEDS = 5  # fewer say nothing of the spread between draws of hyperplanes
SIZES = (10_000, 50_000, 200_000, 1_000_000)
FOLDERS = "folders"


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """deltas: radians; none: source A's and the database's own presets. seeds: draws of hyperplanes.

    patches: ask at the query scales among all patches of a photo, as a search does; else one vector a photo, as
    source A. n_queries: photos (near duplicates: sources) or vectors (growth) to ask for. targets: only photos in a
    folder, or with a label, of this name are asked for. labels: "folders", or a CSV file with columns file (or path)
    and label, or the name of such a list that is kept with the database. left_out: labels that no score counts.
    sizes: numbers of vectors, for growth. note: kept with the results.
    """

    experiment: str
    deltas: tuple[float, ...] = ()
    seeds: int = LEAST_SEEDS
    n_hyperplanes: int = LSHConfig.n_hyperplanes
    n_tables: int = LSHConfig.n_tables
    patches: bool = False
    n_queries: int | None = None
    labels: str = FOLDERS
    targets: str | None = None
    left_out: tuple[str, ...] = ()
    sizes: tuple[int, ...] = SIZES
    note: str = ""

    def __post_init__(self) -> None:
        if self.experiment not in EXPERIMENTS:
            raise EngineError(f"an experiment is one of {', '.join(EXPERIMENTS)}, got {self.experiment!r:.40}")
        for name in ("deltas", "left_out", "sizes"):  # JSON has lists
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        object.__setattr__(self, "deltas", tuple(sorted(check_delta(delta) for delta in self.deltas)))
        check_whole("seeds", self.seeds, LEAST_SEEDS, 50)
        if self.n_queries is not None:
            check_whole("number of queries", self.n_queries, 2, 100_000)
        for size in self.sizes:
            check_whole("size", size, 1000, 10_000_000)
        self.lsh(0)  # refuses what cannot be

    def lsh(self, seed: int) -> LSHConfig:
        return LSHConfig(n_hyperplanes=self.n_hyperplanes, n_tables=self.n_tables, seed=seed)

    def deltas_for(self, presets: dict[str, float]) -> tuple[float, ...]:
        return self.deltas or tuple(sorted({*SOURCE_DELTAS, *presets.values()}))
