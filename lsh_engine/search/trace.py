"""What LSH did with one query and one photo, step by step: numbers only, fit for JSON. Angles are radians."""

from dataclasses import asdict, dataclass
from typing import Literal

from ..describe.windows import Box

Why = Literal["beyond", "looked at all", "shared bucket", "few bits", "no bucket", "too many bits", "filtered"]


@dataclass(frozen=True)
class TableTrace:
    """One table of source A's. query_key, patch_key: k letters 0 or 1. shared: whether the patch lies in the query's
    bucket. n_vectors, n_photos: what that bucket holds. turns: (k,) angle by which each hyperplane's normal is turned
    from the query towards the patch, in the plane that the two span; its bit is 1 for what lies less than a right angle
    from it.
    """

    query_key: str
    patch_key: str
    shared: bool
    n_vectors: int
    n_photos: int
    turns: tuple[float, ...]

    @property
    def n_differ(self) -> int:
        """Bits in which the two keys differ: hyperplanes that separate the pair."""
        return sum(a != b for a, b in zip(self.query_key, self.patch_key, strict=True))


@dataclass(frozen=True)
class SketchTrace:
    """The pair in sketches. n_bits: compared; n_differ of them differ, at most n_allowed may. of_first and
    allowed_of_first: the same of the first 256, which are looked at before. angle, radius: of the pair, and delta, as
    hashing sees them.
    """

    n_bits: int
    n_differ: int
    n_allowed: int
    of_first: int
    allowed_of_first: int
    angle: float
    radius: float


@dataclass(frozen=True)
class ProbeTrace:
    """The pair under multiprobe. holding: which of the n_probes buckets holds the patch, from 1; None: none of them."""

    n_probes: int
    n_hyperplanes: int
    n_tables: int
    holding: int | None


@dataclass(frozen=True)
class PlanTrace:
    """What a search with one plan does, over all query scales.

    name: as asked; chosen: what it came to, which differs for "auto"; reason: in words. found: whether the photo is in
    its answer, n_pairs: by how many of its pairs of patch and scale. chance: that it is found. n_candidates: vectors
    measured, of n_vectors. n_photos: in the answer.
    """

    name: str
    chosen: str
    reason: str
    found: bool
    n_pairs: int
    chance: float
    n_candidates: int
    n_proposed: int | None
    n_vectors: int
    n_photos: int


@dataclass(frozen=True)
class WhatIf:
    """Other tables for this very photo. n_shared: tables in which one of its pairs within delta shares a bucket,
    counted on the bits themselves. chance: by the formula. n_candidates: vectors to measure over all scales,
    counted where the tables are there, else foretold by the formula.
    """

    n_hyperplanes: int
    n_tables: int
    n_shared: int
    found: bool
    chance: float
    n_candidates: int
    counted: bool


@dataclass(frozen=True)
class LSHTrace:
    """How one photo was found or missed. The pair is its nearest: of its `patch` and the query at `scale`.

    n_pairs: pairs of patch and query scale of this photo within delta. query, values: the two descriptors. plan: the
    search that is explained; why: its verdict. plans: what every plan does. n_shared: tables in which any of the
    photo's pairs within delta shares a bucket (the nearest pair, where none is). first_shared: number of the first
    table, from 1, in which one does, built or not; None where none of `n_drawn` does. angles: of every photo in the
    exhaustive answer; found: whether the plan found it.
    """

    image_id: int
    path: str
    patch: int
    box: Box
    scale: float
    angle: float
    delta: float
    n_pairs: int
    query: tuple[float, ...]
    values: tuple[float, ...]
    n_hyperplanes: int
    n_tables: int
    centred: bool
    tables: tuple[TableTrace, ...]
    n_shared: int
    first_shared: int | None
    n_drawn: int
    sketch: SketchTrace | None
    probes: ProbeTrace | None
    plan: PlanTrace
    why: Why
    plans: tuple[PlanTrace, ...]
    what_if: tuple[WhatIf, ...]
    angles: tuple[float, ...]
    found: tuple[bool, ...]

    @property
    def within(self) -> bool:
        """Whether the photo belongs to the answer: the exhaustive scan finds it."""
        return self.n_pairs > 0

    def plan_of(self, name: str) -> PlanTrace:
        return next(plan for plan in self.plans if plan.name == name)

    def to_dict(self) -> dict:
        """Everything as JSON has it."""
        tables = [asdict(table) | {"n_differ": table.n_differ} for table in self.tables]
        return asdict(self) | {"tables": tables, "within": self.within}
