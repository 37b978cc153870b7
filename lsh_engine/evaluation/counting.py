"""Counts of one index on one pool: what came back, how much of it was right, and what it cost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..index import ExhaustiveIndex, Hits, HyperplaneLSH, Index
from ..index.lsh.config import LSHConfig
from .pools import Pool

EXHAUSTIVE, TABLES, AUTO = "exhaustive", "tables", "auto"
PER_QUERY = (
    "sizes", "targets", "returned", "right", "exact", "common", "expected", "vectors", "candidates", "within",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """One method at one delta, one entry a query; in images, the last three in vectors. Images left out count nowhere.

    sizes: images asked among. targets: those to find. returned: those found. right: targets found. exact: found by the
    exhaustive scan. common: found by both. expected: mean chance of the exact ones to be
    found, by the formula for their nearest vector: with patches a lower bound, for others may be found instead.
    vectors: asked among. candidates: proposed by the index. within: candidates within delta.
    target_found: for each column of the targets, in how many queries it was found; empty where columns mean nothing.
    """

    method: str
    delta: float
    seed: int
    sizes: list[int]
    targets: list[int]
    returned: list[int]
    right: list[int]
    exact: list[int]
    common: list[int]
    expected: list[float]
    vectors: list[int]
    candidates: list[int]
    within: list[int]
    target_found: list[int] = field(default_factory=list)


class ExhaustiveAnswers:
    """The exhaustive scan of a pool at every delta, kept for all seeds: [delta][query]."""

    def __init__(self, pool: Pool, deltas: Sequence[float]) -> None:
        index = ExhaustiveIndex()
        index.add(pool.vectors)
        self.hits = {delta: _ask(index, pool, delta) for delta in deltas}
        self.images = {
            delta: [_images(pool, i, hits) for i, hits in enumerate(found)] for delta, found in self.hits.items()
        }
        self.angles = {
            delta: [_best_angles(pool, hits, images) for hits, images in zip(self.hits[delta], found, strict=True)]
            for delta, found in self.images.items()
        }


def count_exhaustive(pool: Pool, exact: ExhaustiveAnswers, n_named: int = 0) -> list[Counts]:
    """The exhaustive scan as a method like any other. n_named: the first targets have names, count them apart."""
    return [
        _counts(EXHAUSTIVE, delta, 0, pool, hits, exact, lambda angles: np.ones(len(angles)), n_named)
        for delta, hits in exact.hits.items()
    ]


def count_lsh(pool: Pool, exact: ExhaustiveAnswers, config: LSHConfig, n_named: int = 0) -> Iterator[Counts]:
    """The index of one draw of hyperplanes: source A's tables, then the planner's choice, at every delta."""
    index = HyperplaneLSH(config)
    index.add(pool.vectors)
    for plan in (TABLES, AUTO):
        for delta in exact.hits:
            hits = _ask(index, pool, delta, plan=plan)
            chance = partial(index.found_probability, delta=delta, plan=plan)
            yield _counts(plan, delta, config.seed, pool, hits, exact, chance, n_named)


def joined(parts: Sequence[Counts]) -> Counts:
    """The same method, delta and seed on several pools, as if all queries were of one."""
    first = parts[0]
    summed = np.sum([part.target_found for part in parts], axis=0).tolist()
    return Counts(
        first.method,
        first.delta,
        first.seed,
        **{name: [value for part in parts for value in getattr(part, name)] for name in PER_QUERY},
        target_found=summed,
    )


def _ask(index: Index, pool: Pool, delta: float, **params: str) -> list[list[Hits]]:
    """[query][query scale]."""
    hits = iter(index.range_search_batch(np.concatenate(pool.queries), delta, **params))
    return [[next(hits) for _ in rows] for rows in pool.queries]


def _images(pool: Pool, query: int, hits: list[Hits]) -> np.ndarray:
    found = np.unique(pool.id_map.image_of(np.concatenate([hit.ids for hit in hits])))
    return found[~pool.left_out[query, found]]


def _best_angles(pool: Pool, hits: list[Hits], images: np.ndarray) -> np.ndarray:
    """The least angle of each of `images` (ascending)."""
    best = np.full(pool.n_images, np.inf, np.float32)
    for hit in hits:
        np.minimum.at(best, pool.id_map.image_of(hit.ids), hit.angles)
    return best[images]


def _n_proposed(hit: Hits) -> int:
    """Candidates as source A counts them: all that share a bucket, whatever their sketches say afterwards."""
    return hit.n_candidates if hit.details.n_proposed is None else hit.details.n_proposed


def _hits_left_out(pool: Pool, query: int, hits: list[Hits]) -> int:
    """Vectors within delta that are found as a matter of course, such as its own: they tell nothing of the work."""
    return sum(int(pool.left_out[query, pool.id_map.image_of(hit.ids)].sum()) for hit in hits)


def _counts(
    method: str,
    delta: float,
    seed: int,
    pool: Pool,
    asked: list[list[Hits]],
    exact: ExhaustiveAnswers,
    chance: Callable[[np.ndarray], np.ndarray],
    n_named: int,
) -> Counts:
    rows, found_named = [], np.zeros(n_named, int)
    for query, hits in enumerate(asked):
        images, reference = _images(pool, query, hits), exact.images[delta][query]
        ignored, all_ignored = _hits_left_out(pool, query, hits), _hits_left_out(pool, query, exact.hits[delta][query])
        angles = exact.angles[delta][query]
        others = ~pool.left_out[query]
        rows.append(
            (
                int(others.sum()),
                int((pool.targets[query] & others).sum()),
                len(images),
                int(pool.targets[query, images].sum()),
                len(reference),
                len(np.intersect1d(images, reference)),
                float(np.mean(chance(angles))) if len(angles) else 0.0,
                sum(hit.n_vectors for hit in hits) - all_ignored,
                sum(_n_proposed(hit) for hit in hits) - ignored,
                sum(len(hit) for hit in hits) - ignored,
            )
        )
        found_named += np.isin(np.arange(n_named), images)
    columns: dict[str, list] = dict(zip(PER_QUERY, map(list, zip(*rows, strict=True)), strict=True))
    return Counts(method, float(delta), seed, target_found=found_named.tolist(), **columns)
