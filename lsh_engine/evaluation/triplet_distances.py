"""Source B's experiment: triplets of labelled photos told apart by every named distance.

Whole-photo vectors of the database are compared, as numbers and as the booleans x > 0 and x > median. The similarity
precision is the same whichever photos are ranked, as long as both of a triplet are among them; the score at top K is
not, so it is told among all photos (source B) and among those of the query's label (Wang et al., 2014).
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..core.errors import EngineError
from ..core.intervals import bootstrap_interval
from ..core.progress import Progress, silent
from ..engine import RetrievalEngine
from ..search.distances import ALIASES, BOOLEAN, NUMERIC, SAME_RANKING, binarise, distances
from .experiment_settings import EvaluationSettings
from .labels import labels_of
from .pools import vectors_of_images
from .text_tables import DASH, Column, Row, interval, text_table
from .triplets import TOP, draw_triplets, mean_ranks, regions, right_order, score_at_top

N_TRIPLETS = 300
SEED = 23
VALUES = "values"
GROUP = " = ".join(SAME_RANKING)


def known_distances() -> list[str]:
    return sorted({*NUMERIC, *BOOLEAN})


def compare_distances(
    engine: RetrievalEngine,
    settings: EvaluationSettings,
    names: Sequence[str] = (),
    n_triplets: int = N_TRIPLETS,
    progress: Progress = silent,
) -> dict:
    """What was compared and one row a distance, the best first, fit for JSON. settings: says where labels come from.

    names: none is every one. Raises EngineError for unknown names, and where no triplets can be drawn.
    """
    names = [ALIASES.get(name, name) for name in names] or known_distances()
    for unknown in (name for name in names if name not in known_distances()):
        raise EngineError(f"the distance {unknown!r:.40} is not known: there are {', '.join(known_distances())}")
    labels = labels_of([engine.path(i) for i in range(engine.n_images)], settings, engine.collection)
    kept = np.array([i for i, label in enumerate(labels) if label is not None], int)
    named = np.array([labels[i] for i in kept], object)
    triplets = draw_triplets(named, n_triplets, SEED)
    vectors = vectors_of_images(engine.collection, kept, False).astype(np.float64)
    views = {VALUES: vectors, "x > 0": binarise(vectors), "x > median": binarise(vectors, np.median(vectors, axis=0))}
    rows, asked = [], [(name, view) for view in views for name in _names_for(names, view)]
    for n, (name, view) in enumerate(asked):
        progress(n, len(asked), "distances")
        row = {"distance": name, "of": view}
        try:
            rows.append(row | _figures(name.partition(" ")[0], views[view], named, triplets))
        except EngineError as error:  # a distance that these vectors are not made for
            rows.append(row | {"precision": None, "refused": str(error)})
    facts = engine.info()
    return {
        "database": facts["name"],
        "photos": len(kept),
        "descriptors": f"{facts['backbone']}, {facts['dim']} dimensions, one vector a photo",
        "triplets": len(triplets),
        "queries": len(np.unique(triplets[:, 0])),
        "rows": sorted(rows, key=lambda row: -(row["precision"] or 0.0)),
    }


def _names_for(names: Sequence[str], view: str) -> list[str]:
    """Those that take such vectors; what gives one ranking is asked once."""
    if view != VALUES:
        return [name for name in dict.fromkeys(names) if name in BOOLEAN]
    numeric = [name for name in names if name in NUMERIC]
    one_ranking = [name for name in SAME_RANKING if name in numeric]
    return list(dict.fromkeys(" = ".join(one_ranking) if name in one_ranking else name for name in numeric))


def _figures(name: str, vectors: np.ndarray, labels: np.ndarray, triplets: np.ndarray) -> dict:
    ranks, ranks_in_class = (np.empty((2, len(triplets))) for _ in range(2))
    for n, (query, *pair) in enumerate(triplets):
        found = distances(name, vectors[query], vectors)
        others = np.arange(len(vectors)) != query
        kin = others & (labels == labels[query])
        kin[pair[1]] = True
        for into, kept in ((ranks, others), (ranks_in_class, kin)):
            into[:, n] = mean_ranks(found[kept], np.cumsum(kept)[pair] - 1)
    (like, unlike), in_class = ranks, ranks_in_class
    right = right_order(like, unlike)
    _, of_query = np.unique(triplets[:, 0], return_inverse=True)
    by_query = np.bincount(of_query, right) / np.bincount(of_query)
    corners = regions(like, unlike, len(vectors) - 1)
    return {
        "precision": float(right.mean()),
        "precision_interval": bootstrap_interval(by_query),
        "median_rank_like": float(np.median(like)),
        "median_rank_unlike": float(np.median(unlike)),
        "score_at_top": score_at_top(like, unlike, TOP),
        "score_at_top_in_class": score_at_top(in_class[0], in_class[1], TOP),
        "regions": {corner: float((corners == corner).mean()) for corner in "ABCD"},
    }


def _if_measured(cell: Callable[[Row], str]) -> Callable[[Row], str]:
    """A cell of a distance that was measured; a dash where it was refused."""
    return lambda row: DASH if "refused" in row else cell(row)


def _region(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row['regions'][name]:.0%}"


COLUMNS: tuple[Column, ...] = (
    ("distance", "distance", ""),
    ("of", "of", ""),
    ("precision", "precision", ".3f"),
    ("95 %", _if_measured(interval("precision_interval", ".2f"))),
    ("rank of like", _if_measured(lambda row: f"{row['median_rank_like']:,.0f}")),
    ("of unlike", _if_measured(lambda row: f"{row['median_rank_unlike']:,.0f}")),
    (f"score at {TOP}", _if_measured(lambda row: "{:+d} of {}".format(*row["score_at_top"]))),
    ("in class", _if_measured(lambda row: "{:+d} of {}".format(*row["score_at_top_in_class"]))),
    *((f"region {name}", _if_measured(_region(name))) for name in "ABCD"),
    ("", lambda row: row.get("refused", "")),
)


def as_text(found: dict) -> str:
    """The table and what its columns mean."""
    return "\n".join(
        [
            f"{found['triplets']} triplets of {found['queries']} queries among {found['photos']:,} photos of "
            f"{found['database']}; {found['descriptors']}",
            "",
            *text_table(found["rows"], COLUMNS),
            "precision: share of triplets with the like photo before the unlike one; chance is 0.5; ranks are medians",
            f"score: right less wrong among triplets with a photo in the first {TOP}, of all photos and of the label's",
            "regions: A like near, unlike far; C the other way; B both far, D both near (first and last tenth)",
        ]
    )
