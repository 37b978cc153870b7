"""Triplets (query, one like it, one unlike it): how well a distance tells the two apart (source B; SPEC 2.2).

A rank is the place, from 1, of a photo when all others are sorted by their distance to the query. Figures take the
ranks of the like photos and of the unlike ones, (t,) each, one triplet a place.
"""

from collections.abc import Sequence

import numpy as np

from ..core.errors import EngineError

TOP = 30  # ranks that the score at top K looks at (Wang et al., 2014)
NEAR = 0.1  # share of all ranks that counts as the first, and as the last, of the heat-map's regions


def draw_triplets(labels: Sequence[str | None] | np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """(n, 3) int64 of random photos: (query, another of its label, one of another label).

    Photos are asked in turn, each as often as the others or once more. labels: "" is another label than all, and not
    asked for; None is left out. Raises EngineError where no label has two photos and something to tell them from.
    """
    random, named = np.random.default_rng(seed), np.array(labels, object)
    labelled = np.array([label is not None for label in labels], bool)
    like = {label: np.flatnonzero(named == label) for label in {*named[labelled]} - {""}}
    unlike = {label: np.flatnonzero(labelled & (named != label)) for label in like}
    queries = [i for label in sorted(like) if len(like[label]) > 1 and len(unlike[label]) for i in like[label]]
    if not queries:
        raise EngineError("triplets need two photos of one label and one of another: give photos more labels")
    order = np.tile(random.permutation(queries), -(-n // len(queries)))[:n]
    found = np.empty((n, 3), np.int64)
    for row, query in zip(found, order, strict=True):
        others = like[named[query]]
        row[:] = query, random.choice(others[others != query]), random.choice(unlike[named[query]])
    return found


def mean_ranks(distances: np.ndarray, places: Sequence[int]) -> np.ndarray:
    """Ranks of distances[places] among `distances` (n,), from 1; equal ones share their mean rank. float64."""
    ordered, asked = np.sort(distances), np.asarray(distances)[places]
    return (np.searchsorted(ordered, asked, "left") + np.searchsorted(ordered, asked, "right") + 1) / 2


def right_order(like: np.ndarray, unlike: np.ndarray) -> np.ndarray:
    """1 where the like photo comes first, 1/2 for a tie, else 0. Its mean is the similarity precision."""
    like, unlike = np.asarray(like), np.asarray(unlike)
    return (like < unlike) + 0.5 * (like == unlike)


def score_at_top(like: np.ndarray, unlike: np.ndarray, k: int = TOP) -> tuple[int, int]:
    """(triplets in the right order less those in the wrong one, triplets counted): those with a rank of k or less."""
    like, unlike = np.asarray(like), np.asarray(unlike)
    seen = (like <= k) | (unlike <= k)
    return int(np.sign(unlike - like)[seen].sum()), int(seen.sum())


def regions(like: np.ndarray, unlike: np.ndarray, n_ranks: int) -> np.ndarray:
    """The corner of the rank heat-map that each triplet lies in, (t,) of one letter; "" for none.

    A: the like photo near, the unlike one far, as it should be. C: the other way, where people might err, too. B: both
    far, D: both near: no clear relation. Near and far are the first and the last tenth of n_ranks.
    """
    like, unlike = np.asarray(like), np.asarray(unlike)
    first, last = NEAR * n_ranks, (1 - NEAR) * n_ranks
    corners = {
        "A": (like <= first) & (unlike >= last),
        "B": (like >= last) & (unlike >= last),
        "C": (like >= last) & (unlike <= first),
        "D": (like <= first) & (unlike <= first),
    }
    return np.select(list(corners.values()), list(corners), "")
