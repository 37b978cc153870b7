"""What a query answers with. Angles are radians, boxes pixels of the upright original, times seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from ..describe.windows import Box
from .paired_times import Speed


@dataclass(frozen=True)
class Match:
    """An image of the database: its best (angle, patch box, query scale) for this query."""

    path: str  # relative to the photo folder
    image_id: int
    angle: float
    box: Box  # left, top, right, bottom of the winning patch
    scale: float  # the query scale that won
    found_probability: float | None = None  # chance to be found by the method that has a law; set in the reference
    patch: int = 0  # place of the winning patch in its photo: a place in `RetrievalEngine.patch_boxes`
    crop: int = 0  # which of several crops won; where all of them are asked for, the one it is farthest from


@dataclass(frozen=True)
class Answer:
    """All images within delta by one method, sorted by (angle, image_id)."""

    method: str  # name of the kind of index
    matches: tuple[Match, ...]
    n_candidates: int  # vectors compared exactly, over all query scales
    n_vectors: int  # vectors an exhaustive scan compares, over all query scales
    plan: str  # how it was found, and the reason
    predicted_recall: float | None  # by the kind's law; None without one
    seconds: Mapping[str, float] = field(default_factory=dict)  # describe, then the stages of the kind's median run

    @property
    def search_seconds(self) -> float:
        """All stages but the description of the query, which all methods share."""
        return sum(value for stage, value in self.seconds.items() if stage != "describe")

    def to_dict(self) -> dict:
        """The object that `query --json` prints for one method."""
        matches = [{"path": m.path, "angle": m.angle, "box": list(m.box), "scale": m.scale} for m in self.matches]
        return {
            "matches": matches,
            "n_candidates": self.n_candidates,
            "n_vectors": self.n_vectors,
            "plan": self.plan,
            "seconds": dict(self.seconds),
        }


@dataclass(frozen=True)
class QueryReport:
    """The answers of any number of methods to one query, side by side.

    reference: the method that the others are compared with; where it was not asked there is nothing to compare.
    nearest: nearest image of the whole database, whatever delta; None if nobody looked. chances: method -> image id ->
    chance that the method finds it, for methods that have a law. own: the photo that was asked about, whatever delta:
    it is no match of itself and is in none of the answers. speeds: method -> its time beside that of the reference.
    """

    answers: Mapping[str, Answer]
    delta: float
    reference: str = "exhaustive"
    nearest: Match | None = None
    chances: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    own: Match | None = None
    speeds: Mapping[str, Speed] = field(default_factory=dict)

    @property
    def reference_answer(self) -> Answer | None:
        return self.answers.get(self.reference)

    def missed_by(self, method: str) -> tuple[Match, ...]:
        """Matches of the reference that a method did not find; none where one of the two was not asked."""
        answer, reference = self.answers.get(method), self.reference_answer
        if answer is None or reference is None:
            return ()
        found = {match.image_id for match in answer.matches}
        return tuple(match for match in reference.matches if match.image_id not in found)

    def recall_of(self, method: str) -> float | None:
        """Index recall: share of the reference's matches that a method found; None where there are none."""
        reference = self.reference_answer
        if method not in self.answers or reference is None or not reference.matches:
            return None
        return 1 - len(self.missed_by(method)) / len(reference.matches)

    def predicted_recall_of(self, method: str) -> float | None:
        """The share that a method's law expects: its mean chance over the reference's matches, given their angles.

        Without a reference it is estimated from what the method found; None for a method without a law.
        """
        chances = self.chances.get(method)
        if chances:
            return fmean(chances.values())
        answer = self.answers.get(method)
        return answer.predicted_recall if answer else None

    def speed_up_of(self, method: str) -> float | None:
        """How many times as fast as the reference a method searched, the query's description left out: the median."""
        if method == self.reference and method in self.answers:
            return 1.0
        speed = self.speeds.get(method)
        return speed.median if speed else None

    # ---- the first two kinds by name

    @property
    def lsh(self) -> Answer | None:
        return self.answers.get("lsh")

    @property
    def exhaustive(self) -> Answer | None:
        return self.answers.get("exhaustive")

    @property
    def missed(self) -> tuple[Match, ...]:
        return self.missed_by("lsh")

    @property
    def index_recall(self) -> float | None:
        return self.recall_of("lsh")

    @property
    def predicted_recall(self) -> float | None:
        return self.predicted_recall_of("lsh")

    @property
    def speed(self) -> Speed | None:
        """How many times as fast as the exhaustive scan LSH was, with its range."""
        return self.speeds.get("lsh")

    @property
    def speed_up(self) -> float | None:
        return self.speed_up_of("lsh")

    def to_dict(self) -> dict:
        """The object that `query --json` prints."""
        answers = {name: answer.to_dict() for name, answer in self.answers.items()}
        recalls = {"index_recall": self.index_recall, "predicted_recall": self.predicted_recall}
        own = {"own": self.own.path} if self.own else {}
        return {**answers, **recalls, "delta": self.delta, **own}
