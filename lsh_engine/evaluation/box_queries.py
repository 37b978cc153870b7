"""How well do boxed things find their kind? Every box of a labelled collection is a query (SPEC section 7)."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from ..core.errors import EngineError
from ..core.intervals import bootstrap_interval
from ..core.progress import Progress, silent
from ..engine import RetrievalEngine
from ..search.report import Box
from ..search.settings import SCALES, SearchSettings
from .metrics import average_precision, precision_at
from .text_tables import Column, Row, interval, markdown_table


@dataclass(frozen=True)
class BoxQuery:
    """A box to search for. targets: paths of every photo that shows the same kind, its own among them."""

    path: str
    box: Box
    kind: str
    targets: frozenset[str]


@dataclass(frozen=True)
class BoxFigures:
    """One query's figures. The first two are of the exhaustive ranking, own and doubtful photos left out; the others
    compare LSH with the exhaustive answer at delta. The recalls are None where nothing lies within delta.
    """

    kind: str
    precision_at_10: float
    average_precision: float
    index_recall: float | None
    predicted_recall: float | None
    n_matches: int
    share: float  # of the vectors that LSH looked at
    speed_up: float | None


def read_boxes(file: Path, min_side: float = 40, min_visible: float = 0.6) -> list[BoxQuery]:
    """Queries of a JSON file {"photos": [{"file", "objects": [{"kind", "box": [l, t, r, b], "visible"}]}]}.

    Boxes in pixels; paths relative to the photo folder. Boxes with a side below `min_side` pixels, or with less than
    `min_visible` of the thing in sight where the file says so, are targets but no queries. Raises EngineError.
    """
    try:
        photos = json.loads(file.read_text(encoding="utf-8"))["photos"]
        things = [(photo["file"], thing["kind"], thing) for photo in photos for thing in photo["objects"]]
        showing = defaultdict(set)
        for path, kind, _ in things:
            showing[kind].add(path)
        return [
            BoxQuery(path, _box(thing["box"]), kind, frozenset(showing[kind]))
            for path, kind, thing in things
            if _side(thing["box"]) >= min_side and thing.get("visible", 1.0) >= min_visible
        ]
    except OSError as error:
        raise EngineError(f"cannot read {file.name}: {error.strerror}; check the path") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f'{file.name} is no list of boxes: expected {{"photos": [{{"file", "objects": [{{"kind", "box"}}]}}]}}'
        ) from error


def check_photos(engine: RetrievalEngine, queries: Sequence[BoxQuery]) -> dict[str, int]:
    """Path -> image id of every photo. Raises EngineError where a query's photo is none of them."""
    ids = {engine.path(i): i for i in range(engine.n_images)}
    missing = next((query.path for query in queries if query.path not in ids), None)
    if missing is not None:
        raise EngineError(
            f"the boxes name the photo {missing!r:.80}, which the database lacks: build it over that folder"
        )
    return ids


def run_box_queries(
    engine: RetrievalEngine,
    queries: Sequence[BoxQuery],
    delta: float,
    scales: Sequence[float] = SCALES["default"],
    doubtful: frozenset[str] = frozenset(),
    progress: Progress = silent,
) -> list[BoxFigures]:
    """Ask every query. doubtful: photos that no score counts. Raises EngineError for a photo the database lacks."""
    ids = check_photos(engine, queries)
    figures = []
    for done, query in enumerate(queries):
        progress(done, len(queries), "query")
        figures.append(_figures(engine, query, ids[query.path], SearchSettings(delta=delta, scales=scales), doubtful))
    progress(len(queries), len(queries), "query")
    return figures


def _figures(
    engine: RetrievalEngine, query: BoxQuery, image_id: int, settings: SearchSettings, doubtful: frozenset[str]
) -> BoxFigures:
    described = engine.describe(engine.photo(image_id), query.box, settings.scales)
    left_out = doubtful | {query.path}
    relevant = [match.path in query.targets for match in engine.ranking(described) if match.path not in left_out]
    report = engine.search(described, settings)
    lsh, exhaustive = report.answers["lsh"], report.answers["exhaustive"]
    answered = report.index_recall is not None
    return BoxFigures(
        kind=query.kind,
        precision_at_10=precision_at(relevant),
        average_precision=average_precision(relevant, len(query.targets - left_out)),
        index_recall=report.index_recall,
        predicted_recall=report.predicted_recall if answered else None,
        n_matches=len(exhaustive.matches),
        share=lsh.n_candidates / lsh.n_vectors,
        speed_up=report.speed_up,
    )


def summary(figures: Iterable[BoxFigures]) -> dict:
    """Means over queries with 95 % bootstrap intervals; medians of share and speed-up."""
    figures = list(figures)
    found: dict[str, Any] = {"queries": len(figures)}
    for name in ("precision_at_10", "average_precision"):
        values = [getattr(one, name) for one in figures]
        found[name], found[f"{name}_interval"] = fmean(values), bootstrap_interval(values)
    answered = [one for one in figures if one.index_recall is not None]
    for name in ("index_recall", "predicted_recall"):
        found[name] = fmean(getattr(one, name) for one in answered) if answered else None
    for name in ("share", "speed_up"):
        found[name] = median(getattr(one, name) for one in figures)
    return found


def table(figures: Sequence[BoxFigures]) -> str:
    """Markdown: one row for all queries and, where there are several, one for each kind."""
    kinds = list(dict.fromkeys(one.kind for one in figures))
    groups = {"all": figures}
    if len(kinds) > 1:
        groups |= {kind: [one for one in figures if one.kind == kind] for kind in kinds}
    return markdown_table([{"name": name} | summary(group) for name, group in groups.items()], COLUMNS)


def _with_interval(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]:.3f} ({interval(f'{name}_interval', '.2f')(row)})"


COLUMNS: tuple[Column, ...] = (
    ("queries", lambda row: row["name"].replace("_", " ")),
    ("n", "queries", ""),
    ("P@10", _with_interval("precision_at_10")),
    ("mAP", _with_interval("average_precision")),
    ("index recall", "index_recall", ".3f"),
    ("predicted", "predicted_recall", ".3f"),
    ("vectors looked at", "share", ".2%"),
    ("speed-up", lambda row: f"{row['speed_up']:.1f}x"),
)


def _box(box: Sequence[float]) -> Box:
    left, top, right, bottom = map(float, box)
    return left, top, right, bottom


def _side(box: Sequence[float]) -> float:
    left, top, right, bottom = box
    return min(right - left, bottom - top)
