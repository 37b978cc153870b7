"""What a query answers with. Angles are radians, boxes pixels of the upright original, times seconds."""

from dataclasses import dataclass, field
from statistics import fmean

from ..describe.windows import Box


@dataclass(frozen=True)
class Match:
    """An image of the database: its best (angle, patch box, query scale) for this query."""

    path: str  # relative to the photo folder
    image_id: int
    angle: float
    box: Box  # left, top, right, bottom of the winning patch
    scale: float  # the query scale that won
    found_probability: float | None = None  # chance that the LSH plan finds it; set by the exhaustive scan


@dataclass(frozen=True)
class Answer:
    """All images within delta by one method, sorted by (angle, image_id)."""

    method: str  # "lsh" or "exhaustive"
    matches: tuple[Match, ...]
    n_candidates: int  # vectors compared exactly, over all query scales
    n_vectors: int  # vectors an exhaustive scan compares, over all query scales
    plan: str  # the strategy taken and its reason
    predicted_recall: float
    seconds: dict[str, float] = field(default_factory=dict)  # describe, hash, lookup or scan, rerank

    @property
    def search_seconds(self) -> float:
        """All stages but the description of the query, which both methods share."""
        return sum(value for stage, value in self.seconds.items() if stage != "describe")

    def to_dict(self) -> dict:
        """The object that `query --json` prints for one method."""
        matches = [{"path": m.path, "angle": m.angle, "box": list(m.box), "scale": m.scale} for m in self.matches]
        return {
            "matches": matches,
            "n_candidates": self.n_candidates,
            "n_vectors": self.n_vectors,
            "plan": self.plan,
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class QueryReport:
    """The LSH answer beside the exhaustive one. `exhaustive` is None when it was not asked for."""

    lsh: Answer | None
    exhaustive: Answer | None
    delta: float
    nearest: Match | None = None  # nearest image of the whole database, whatever delta; None if not scanned

    @property
    def missed(self) -> tuple[Match, ...]:
        """Matches of the exhaustive answer that LSH did not find, each with its found_probability."""
        if not (self.lsh and self.exhaustive):
            return ()
        found = {match.image_id for match in self.lsh.matches}
        return tuple(match for match in self.exhaustive.matches if match.image_id not in found)

    @property
    def index_recall(self) -> float | None:
        """Share of the exhaustive matches that LSH found; None where there are none."""
        if not (self.lsh and self.exhaustive and self.exhaustive.matches):
            return None
        return 1 - len(self.missed) / len(self.exhaustive.matches)

    @property
    def predicted_recall(self) -> float | None:
        """The share that the formula promises: its mean chance over the exhaustive matches, given their angles.

        Without an exhaustive answer it is estimated from what LSH found.
        """
        if self.lsh is None:
            return None
        matches = self.exhaustive.matches if self.exhaustive else ()
        chances = [match.found_probability for match in matches if match.found_probability is not None]
        return fmean(chances) if chances else self.lsh.predicted_recall

    @property
    def speed_up(self) -> float | None:
        """Exhaustive search time over LSH search time, the query's description left out."""
        if not (self.lsh and self.exhaustive):
            return None
        return self.exhaustive.search_seconds / max(self.lsh.search_seconds, 1e-9)

    def to_dict(self) -> dict:
        """The object that `query --json` prints."""
        answers = {a.method: a.to_dict() for a in (self.lsh, self.exhaustive) if a}
        recalls = {"index_recall": self.index_recall, "predicted_recall": self.predicted_recall}
        return {**answers, **recalls, "delta": self.delta}
