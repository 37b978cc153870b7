"""How much does one round of relevance feedback help? Every box of a labelled collection is asked twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ..core.bounds import check_whole
from ..core.intervals import bootstrap_interval, paired_bootstrap
from ..core.progress import Progress, silent
from ..engine import RetrievalEngine
from ..search.crops import AskedCrops
from ..search.report import Match
from ..search.settings import SCALES
from .box_queries import BoxQuery, check_photos
from .metrics import average_precision, precision_at
from .text_tables import Column, interval, markdown_table

N_JUDGED = 10  # photos of the first answer that are judged


@dataclass(frozen=True)
class FeedbackFigures:
    """One query before and after it was told which of the first photos are right. Judged photos count in neither: both
    rankings are of the photos that nobody has judged (the residual collection of Chang, Cirillo and Razon, 1971).
    """

    kind: str
    n_liked: int
    n_disliked: int
    precision_before: float  # P@10
    precision_after: float
    average_before: float  # average precision
    average_after: float


def run_feedback(
    engine: RetrievalEngine,
    queries: Sequence[BoxQuery],
    n_judged: int = N_JUDGED,
    scales: Sequence[float] = SCALES["default"],
    doubtful: frozenset[str] = frozenset(),
    progress: Progress = silent,
) -> list[FeedbackFigures]:
    """Ask every query, judge its first n photos by the labels, refine it by their winning patches, and ask again.

    doubtful: photos that nobody judges and no score counts. Raises EngineError for a photo the database lacks.
    """
    check_whole("number of judged photos", n_judged, 1, 1000)
    ids = check_photos(engine, queries)
    figures = []
    for done, query in enumerate(queries):
        progress(done, len(queries), "query")
        figures.append(_figures(engine, query, ids[query.path], n_judged, scales, doubtful))
    progress(len(queries), len(queries), "query")
    return figures


def _figures(
    engine: RetrievalEngine,
    query: BoxQuery,
    own: int,
    n_judged: int,
    scales: Sequence[float],
    doubtful: frozenset[str],
) -> FeedbackFigures:
    described = engine.describe(engine.photo(own), query.box, scales)

    def ranked(crop: Any) -> list[Match]:
        matches = engine.neighbourhood(AskedCrops((crop,), own=own), engine.n_images)
        return [match for match in matches if match.path not in doubtful]

    first = ranked(described)
    judged, rest = first[:n_judged], first[n_judged:]
    liked = [(match.image_id, match.patch) for match in judged if match.path in query.targets]
    disliked = [(match.image_id, match.patch) for match in judged if match.path not in query.targets]
    seen = {match.image_id for match in judged}
    again = [match for match in ranked(engine.refined(described, liked, disliked)) if match.image_id not in seen]
    before, after = ([match.path in query.targets for match in matches] for matches in (rest, again))
    n_left = sum(before)
    return FeedbackFigures(
        query.kind,
        len(liked),
        len(disliked),
        precision_at(before),
        precision_at(after),
        average_precision(before, n_left),
        average_precision(after, n_left),
    )


def feedback_summary(figures: Sequence[FeedbackFigures]) -> dict[str, Any]:
    """Means over queries before and after, and of the difference, with 95 % bootstrap intervals over queries."""
    found: dict[str, Any] = {"queries": len(figures), "judged_right": fmean(one.n_liked for one in figures)}
    found["judged_wrong"] = fmean(one.n_disliked for one in figures)
    for name in ("precision", "average"):
        before, after = ([getattr(one, f"{name}_{when}") for one in figures] for when in ("before", "after"))
        for when, values in (("before", before), ("after", after)):
            found |= {f"{name}_{when}": fmean(values), f"{name}_{when}_interval": bootstrap_interval(values)}
        found[f"{name}_gain"], found[f"{name}_gain_interval"] = paired_bootstrap(after, before)
    return found


def feedback_table(figures: Sequence[FeedbackFigures]) -> str:
    """Markdown: one row for all queries and, where there are several, one for each kind."""
    kinds = list(dict.fromkeys(one.kind for one in figures))
    groups = {"all": list(figures)}
    if len(kinds) > 1:
        groups |= {kind: [one for one in figures if one.kind == kind] for kind in kinds}
    return markdown_table([{"name": name} | feedback_summary(group) for name, group in groups.items()], COLUMNS)


def _with_interval(name: str, form: str = ".3f") -> Column:
    title = {"precision": "P@10", "average": "mAP"}[name.partition("_")[0]] + " " + name.partition("_")[2]
    return title, lambda row: f"{row[name]:{form}} ({interval(f'{name}_interval', '.2f')(row)})"


COLUMNS: tuple[Column, ...] = (
    ("queries", lambda row: row["name"].replace("_", " ")),
    ("n", "queries", ""),
    ("judged right", "judged_right", ".1f"),
    ("wrong", "judged_wrong", ".1f"),
    *(_with_interval(f"precision_{when}") for when in ("before", "after")),
    _with_interval("precision_gain", "+.3f"),
    *(_with_interval(f"average_{when}") for when in ("before", "after")),
    _with_interval("average_gain", "+.3f"),
)
