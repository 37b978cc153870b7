"""Why LSH found one photo, or missed it: every step of the search on the bits that the index really holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..collection.collection import Collection
from ..core.angles import SAME
from ..core.bounds import check_delta
from ..describe.describer import QueryDescriptors
from ..index import Hits
from ..index.lsh import pair_bits
from ..index.lsh.amplification import amplified_probability
from ..index.lsh.config import PLANS, LSHParams
from ..index.lsh.plan import COARSE_BITS, CODE_BITS, Plan
from .heat import pair_angles
from .success_probability import image_chances
from .trace import LSHTrace, PlanTrace, ProbeTrace, SketchTrace, TableTrace, WhatIf, Why

MOST_TABLES = 500  # the most an index can have: further ones are looked at up to here
MORE_TABLES = (2, 4)  # times as many tables
FEWER_BITS = (4, 8, 12)  # off the key


@dataclass(frozen=True)
class Pairs:
    """The pairs of query scale and patch of one photo that decide: those within delta, else the nearest alone.

    scales, patches: (p,) places, the nearest pair first. angles: (s, m) of all pairs. within: whether they lie within
    delta.
    """

    scales: np.ndarray
    patches: np.ndarray
    angles: np.ndarray
    within: bool

    @classmethod
    def of(cls, angles: np.ndarray, delta: float) -> "Pairs":
        scales, patches = np.divmod(np.argsort(angles, axis=None, kind="stable"), angles.shape[1])
        nearest = angles[scales, patches] == angles.min()
        first = np.lexsort((scales[nearest], patches[nearest]))[0]  # as `matching` breaks a tie
        scales, patches = (
            np.concatenate([part[first : first + 1], np.delete(part, first)]) for part in (scales, patches)
        )
        n = int((angles <= max(delta, SAME)).sum())
        return cls(scales[: max(1, n)], patches[: max(1, n)], angles, n > 0)


def explain(
    collection: Collection,
    described: QueryDescriptors,
    image_id: int,
    delta: float,
    params: LSHParams | None = None,
    own: int | None = None,
) -> LSHTrace:
    """The trace of a search within delta for one photo, which need not be in the answer. params: of the search.
    own: the photo that was asked about, which is no part of any answer.
    """
    delta, params = min(check_delta(delta), np.pi), params or LSHParams()
    pairs = Pairs.of(pair_angles(collection, described.vectors, image_id), delta)
    scale, patch = int(pairs.scales[0]), int(pairs.patches[0])
    query, row_id = described.vectors[scale], collection.id_map.span(image_id).start + patch
    angle = float(pairs.angles[scale, patch])

    asked = {name: _asked(collection, described, delta, LSHParams(name, params.recall_target)) for name in PLANS}
    plans = tuple(_plan_trace(collection, described, image_id, delta, pairs, *asked[name], own) for name in PLANS)
    plan = next(trace for trace in plans if trace.name == params.plan)
    sketch = _sketch_trace(collection, query, row_id, asked["sketch"][1][scale])
    tables = _table_traces(collection, query, row_id)
    shared = _shared_tables(collection, described, image_id, pairs)
    angles, found = _answer(collection, described, delta, asked[params.plan][1], own)
    left, top, right, bottom = (round(float(edge), 2) for edge in collection.boxes(image_id)[patch])
    together = np.flatnonzero(shared)
    return LSHTrace(
        image_id=image_id,
        path=collection.path(image_id),
        patch=patch,
        box=(left, top, right, bottom),
        scale=described.scales[scale],
        angle=angle,
        delta=delta,
        n_pairs=len(pairs.scales) if pairs.within else 0,
        query=tuple(query.tolist()),
        values=tuple(collection.store.take(np.array([row_id]))[0].tolist()),
        n_hyperplanes=collection.lsh_config.n_hyperplanes,
        n_tables=collection.lsh_config.n_tables,
        centred=collection.lsh.centred,
        tables=tables,
        n_shared=int(shared[: len(tables)].sum()),
        first_shared=int(together[0]) + 1 if len(together) else None,
        n_drawn=len(shared),
        sketch=sketch,
        probes=_probe_trace(collection, row_id, asked["multiprobe"][1][scale]),
        plan=plan,
        why=_why(plan, pairs.within, asked[params.plan][1], collection, image_id, int(shared[: len(tables)].sum())),
        plans=plans,
        what_if=_what_ifs(collection, described, image_id, delta, pairs, shared),
        angles=angles,
        found=found,
    )


# ---- what each plan does


def _asked(
    collection: Collection, described: QueryDescriptors, delta: float, params: LSHParams
) -> tuple[LSHParams, list[Hits]]:
    return params, collection.lsh.range_search_batch(described.vectors, delta, params)


def _plan_trace(
    collection: Collection,
    described: QueryDescriptors,
    image_id: int,
    delta: float,
    pairs: Pairs,
    params: LSHParams,
    hits: Sequence[Hits],
    own: int | None,
) -> PlanTrace:
    law = collection.lsh.law(delta, params, len(described.vectors))
    images = [collection.id_map.image_of(hit.ids) for hit in hits]
    n_pairs = sum(int((part == image_id).sum()) for part in images)
    proposed = [hit.details.n_proposed for hit in hits if hit.details.n_proposed is not None]
    return PlanTrace(
        name=params.plan,
        chosen=law.name,
        reason=law.reason,
        found=n_pairs > 0,
        n_pairs=n_pairs,
        chance=_chance(collection, described, image_id, pairs, law),
        n_candidates=sum(hit.n_candidates for hit in hits),
        n_proposed=sum(proposed) if proposed else None,
        n_vectors=sum(hit.n_vectors for hit in hits),
        n_photos=len(set(np.concatenate(images).tolist()) - {own}),
    )


def _chance(collection: Collection, described: QueryDescriptors, image_id: int, pairs: Pairs, law: Plan) -> float:
    """Chance that a search with this law finds the photo, given the angles of its pairs within delta."""
    if not pairs.within:
        return 0.0
    start, hits = collection.id_map.span(image_id).start, []
    for scale in range(len(described.vectors)):
        patches = np.sort(pairs.patches[pairs.scales == scale])
        hits.append(Hits(patches + start, pairs.angles[scale, patches], True, 0, 0))
    return image_chances(hits, law, described, collection)[image_id]


def _answer(
    collection: Collection, described: QueryDescriptors, delta: float, hits: Sequence[Hits], own: int | None
) -> tuple[tuple[float, ...], tuple[bool, ...]]:
    """(angle of every photo within delta, nearest first; whether these hits have it)."""
    every = collection.index("exhaustive").range_search_batch(described.vectors, delta)
    angles = np.full(collection.n_images, np.inf, np.float32)
    for hit in every:
        np.minimum.at(angles, collection.id_map.image_of(hit.ids), hit.angles)
    if own is not None:
        angles[own] = np.inf
    images = np.argsort(angles, kind="stable")[: int(np.isfinite(angles).sum())]
    got = np.unique(np.concatenate([collection.id_map.image_of(hit.ids) for hit in hits]))
    return tuple(angles[images].tolist()), tuple(np.isin(images, got).tolist())


def _why(
    plan: PlanTrace, within: bool, hits: Sequence[Hits], collection: Collection, image_id: int, n_shared: int
) -> Why:
    if not within:
        return "beyond"
    if plan.chosen == "exhaustive":
        return "looked at all"
    if plan.chosen == "sketch":
        return "few bits" if plan.found else "too many bits"
    if plan.found:
        return "shared bucket"
    if plan.chosen == "tables":
        return "filtered" if n_shared else "no bucket"
    span = collection.id_map.span(image_id)
    ids = np.arange(span.start, span.stop)
    probed = any((pair_bits.probe_holding(collection.lsh, hit, ids) >= 0).any() for hit in hits)
    return "filtered" if probed else "no bucket"


# ---- the nearest pair


def _table_traces(collection: Collection, query: np.ndarray, row_id: int) -> tuple[TableTrace, ...]:
    index, k = collection.lsh, collection.lsh_config.n_hyperplanes
    codes, stored = pair_bits.query_codes(index, query[None])[0], pair_bits.stored_codes(index, np.array([row_id]))[0]
    products = pair_bits.projected_planes(index, _plane_of(query, collection.store.take(np.array([row_id]))[0]))
    turns = np.arctan2(products[:, :, 1], products[:, :, 0])
    traces = []
    for t, bucket in enumerate(pair_bits.buckets(index, codes, k)):
        n_photos = len(np.unique(collection.id_map.image_of(bucket)))
        keys = pair_bits.bits_text(codes[t], k), pair_bits.bits_text(stored[t], k)
        traces.append(
            TableTrace(*keys, bool((bucket == row_id).any()), len(bucket), n_photos, tuple(turns[t].tolist()))
        )
    return tuple(traces)


def _plane_of(query: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The query and the direction in which the row lies from it: two unit vectors at a right angle, (2, d)."""
    a = query.astype(np.float64) / np.linalg.norm(query)
    sideways = row - (row @ a) * a
    if np.linalg.norm(sideways) < SAME:  # one and the same: any direction will do
        sideways = np.eye(len(a))[np.abs(a).argmin()]
        sideways = sideways - (sideways @ a) * a
    return np.array([a, sideways / np.linalg.norm(sideways)])


def _sketch_trace(collection: Collection, query: np.ndarray, row_id: int, hit: Hits) -> SketchTrace | None:
    plan = getattr(hit.details, "fitted", None)
    if plan is None or not plan.bits:
        return None
    bits = pair_bits.sketch_bits(collection.lsh, query, row_id)
    allowed = plan.threshold if plan.coarse is None else plan.coarse
    counts = int(bits.differing[: plan.bits].sum()), plan.threshold, int(bits.differing[:COARSE_BITS].sum()), allowed
    return SketchTrace(plan.bits, *counts, bits.angle, plan.radius)


def _probe_trace(collection: Collection, row_id: int, hit: Hits) -> ProbeTrace | None:
    plan = getattr(hit.details, "fitted", None)
    if plan is None or plan.name != "multiprobe":
        return None
    holding = int(pair_bits.probe_holding(collection.lsh, hit, np.array([row_id]))[0])
    return ProbeTrace(plan.n_probes, plan.k, plan.n_tables, holding + 1 if holding >= 0 else None)


# ---- other tables


def _shared_tables(collection: Collection, described: QueryDescriptors, image_id: int, pairs: Pairs) -> np.ndarray:
    """Whether any of the deciding pairs shares its bucket, in each table built and in those that could be: bool."""
    index, k = collection.lsh, collection.lsh_config.n_hyperplanes
    patches, places = np.unique(pairs.patches, return_inverse=True)
    ids = patches + collection.id_map.span(image_id).start
    queries, stored = pair_bits.query_codes(index, described.vectors), pair_bits.stored_codes(index, ids)
    shared = [_agree(queries, stored, pairs.scales, places, k)]
    vectors = np.concatenate([described.vectors, collection.store.take(ids)])
    for _, codes in pair_bits.further_codes(collection.lsh_config, vectors, MOST_TABLES):
        n = len(queries)
        shared.append(_agree(codes[:n], codes[n:], pairs.scales, places, k))
    return np.concatenate(shared)


def _agree(queries: np.ndarray, stored: np.ndarray, scales: np.ndarray, places: np.ndarray, k: int) -> np.ndarray:
    """In which tables the first k bits of some pair agree: bool."""
    differ = (queries[scales] ^ stored[places]).astype(np.uint64) >> np.uint64(CODE_BITS - k)
    return (differ == 0).any(axis=0)


def _what_ifs(
    collection: Collection,
    described: QueryDescriptors,
    image_id: int,
    delta: float,
    pairs: Pairs,
    shared: np.ndarray,
) -> tuple[WhatIf, ...]:
    """The tables as they are built, then more of them, then shorter keys in as many."""
    index, config = collection.lsh, collection.lsh_config
    patches, places = np.unique(pairs.patches, return_inverse=True)
    queries = pair_bits.query_codes(index, described.vectors)
    stored = pair_bits.stored_codes(index, patches + collection.id_map.span(image_id).start)

    def what_if(k: int, n_tables: int) -> WhatIf:
        built = n_tables <= config.n_tables
        here = _agree(queries, stored, pairs.scales, places, k) if built else shared[:n_tables]
        n_shared, law = int(here.sum()), Plan("tables", delta=delta, k=k, n_tables=n_tables)
        if built:
            n_candidates = sum(len(index.candidates(vector, k)) for vector in described.vectors)
        else:
            n_candidates = round(_foretold_share(collection, k, n_tables) * len(index) * len(described.vectors))
        chance = _chance(collection, described, image_id, pairs, law)
        return WhatIf(k, n_tables, n_shared, pairs.within and n_shared > 0, chance, n_candidates, built)

    k, n_tables = config.n_hyperplanes, config.n_tables
    more = [times * n_tables for times in MORE_TABLES if times * n_tables <= MOST_TABLES]
    shorter = [k - less for less in FEWER_BITS if k - less >= 4]
    return (
        what_if(k, n_tables),
        *(what_if(k, number) for number in more),
        *(what_if(length, n_tables) for length in shorter),
    )


def _foretold_share(collection: Collection, k: int, n_tables: int) -> float:
    """Share of the vectors that a typical query's buckets hold together."""
    counts = collection.lsh.pair_histogram
    middles = (np.arange(len(counts)) + 0.5) * (np.pi / len(counts))
    return float(counts @ amplified_probability(middles, k, n_tables) / max(1, counts.sum()))
