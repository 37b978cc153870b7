"""The trace of one photo, each number computed again by brute force on vectors and hyperplanes."""

import json
from math import pi

import numpy as np
import pytest
from small_photos import BOXES, photo

from lsh_engine import EngineError, LSHConfig, LSHParams, SearchSettings, amplified_probability

SCALES = (0.5, 1.0)
K, L = 10, 8
TABLES = LSHParams("tables")


@pytest.fixture
def engine(make):
    return make(lsh=LSHConfig(n_hyperplanes=K, n_tables=L, seed=3))


@pytest.fixture
def described(engine):
    return engine.describe(photo(0), BOXES[0], SCALES)


def report(engine, described, delta, plan="tables"):
    settings = SearchSettings(delta=delta, scales=SCALES, params={"lsh": LSHParams(plan)})
    return engine.search(described, settings)


def bits(vectors: np.ndarray, n_tables: int = L) -> np.ndarray:
    planes = np.random.default_rng(3).standard_normal((n_tables * K, vectors.shape[1]), dtype=np.float32)
    return (vectors.astype(np.float64) @ planes.T.astype(np.float64) > 0).reshape(len(vectors), n_tables, K)


def text(key: np.ndarray) -> str:
    return "".join("01"[int(bit)] for bit in key)


def sharing(engine, described, image_id: int, delta: float, n_tables: int, k: int = K) -> np.ndarray:
    """Tables in which a pair of this photo within delta has one key: bool, from all pairs at once."""
    rows = engine.vectors()[image_id * 119 : (image_id + 1) * 119]
    angles = np.arccos(np.clip(described.vectors.astype(np.float64) @ rows.T.astype(np.float64), -1, 1))
    same = (bits(described.vectors, n_tables)[:, None, :, :k] == bits(rows, n_tables)[None, :, :, :k]).all(axis=3)
    return same[angles <= delta].any(axis=0)


@pytest.fixture
def cases(engine, described):
    """(delta, image id, whether the tables find it), both outcomes among them."""
    found = []
    for delta in (0.7, 0.9, 1.1):
        answer = report(engine, described, delta)
        missed = {match.image_id for match in answer.missed}
        found += [(delta, match.image_id, match.image_id not in missed) for match in answer.exhaustive.matches]
    assert {case[2] for case in found} == {True, False}
    return found


def test_the_trace_names_the_nearest_pair_as_the_match_does(engine, described, cases):
    for delta, image_id, _ in cases:
        trace = engine.explain(described, image_id, delta, TABLES)
        match = next(m for m in report(engine, described, delta).exhaustive.matches if m.image_id == image_id)
        assert (trace.angle, trace.box, trace.scale, trace.path) == (match.angle, match.box, match.scale, match.path)
        assert trace.plan.chance == pytest.approx(match.found_probability, abs=1e-3)
        assert trace.within and trace.n_pairs >= 1
        row = image_id * 119 + trace.patch
        assert np.array_equal(np.float32(trace.values), engine.vectors()[row])
        assert np.array_equal(np.float32(trace.query), described.vectors[described.scales.index(trace.scale)])


def test_keys_and_buckets_are_those_of_the_hyperplanes(engine, described, cases):
    every = bits(engine.vectors())
    for delta, image_id, _ in cases:
        trace = engine.explain(described, image_id, delta, TABLES)
        row, query = image_id * 119 + trace.patch, np.float32(trace.query)
        mine = bits(query[None])[0]
        assert len(trace.tables) == L
        for t, table in enumerate(trace.tables):
            assert (table.query_key, table.patch_key) == (text(mine[t]), text(every[row, t]))
            bucket = np.flatnonzero((every[:, t] == mine[t]).all(axis=1))
            assert table.shared == (row in bucket) == (table.n_differ == 0)
            assert (table.n_vectors, table.n_photos) == (len(bucket), len(np.unique(bucket // 119)))


def test_hyperplanes_stand_where_their_bits_say(engine, described, cases):
    """In the plane of the pair: the query at 0, the patch at its angle."""
    delta, image_id, _ = cases[-1]
    trace = engine.explain(described, image_id, delta, TABLES)
    for table in trace.tables:
        turns = np.array(table.turns)
        assert text(np.cos(turns) > 0) == table.query_key
        assert text(np.cos(turns - trace.angle) > 0) == table.patch_key


def test_the_first_table_that_shares_is_found_beyond_those_that_are_built(engine, described, cases):
    beyond = 0
    for delta, image_id, found in cases:
        trace = engine.explain(described, image_id, delta, TABLES)
        brute = sharing(engine, described, image_id, delta, trace.n_drawn)
        assert trace.n_shared == brute[:L].sum()
        assert trace.first_shared == (brute.argmax() + 1 if brute.any() else None)
        assert found == brute[:L].any() == trace.plan.found
        beyond += trace.first_shared is not None and trace.first_shared > L
    assert beyond, "some photo that the built tables miss would be found by more of them"


def test_other_tables_for_this_photo_are_counted(engine, described, cases):
    for delta, image_id, _ in cases:
        trace = engine.explain(described, image_id, delta, TABLES)
        for other in trace.what_if:
            brute = sharing(engine, described, image_id, delta, other.n_tables, other.n_hyperplanes)
            assert (other.n_shared, other.found) == (brute.sum(), brute.any())
            assert other.counted == (other.n_tables == L)
        first, *others = trace.what_if
        assert (first.n_hyperplanes, first.n_tables, first.chance) == (K, L, trace.plan.chance)
        assert all(other.chance >= first.chance and other.n_candidates >= first.n_candidates for other in others)
        single = amplified_probability(trace.angle, K, L)
        assert first.chance >= single - 1e-6, "more pairs can only help"


def test_every_plan_is_really_asked(engine, described, cases):
    for delta, image_id, _ in cases:
        trace = engine.explain(described, image_id, delta, TABLES)
        for plan in trace.plans:
            answer = report(engine, described, delta, plan.name)
            assert plan.found == (image_id in {match.image_id for match in answer.lsh.matches})
            assert (plan.n_photos, plan.n_candidates) == (len(answer.lsh.matches), answer.lsh.n_candidates)
        assert trace.plan == trace.plan_of("tables")
        assert trace.plan_of("exhaustive").found
        assert list(trace.angles) == [match.angle for match in answer.exhaustive.matches]


def test_why(engine, described, cases):
    for delta, image_id, found in cases:
        assert engine.explain(described, image_id, delta, TABLES).why == ("shared bucket" if found else "no bucket")
        assert engine.explain(described, image_id, delta, LSHParams("exhaustive")).why == "looked at all"
        sketched = engine.explain(described, image_id, delta, LSHParams("sketch"))
        assert sketched.why == ("few bits" if sketched.plan.found else "too many bits")
        assert (sketched.sketch.n_differ <= sketched.sketch.n_allowed) <= sketched.plan.found


def test_sketches_and_probes_of_the_pair(engine, described, cases):
    rotations = engine.collection.lsh.snapshot().projection.rotations
    for delta, image_id, _ in cases:
        trace = engine.explain(described, image_id, delta, LSHParams("multiprobe"))
        pair = rotations.codes(np.array([trace.query, trace.values], np.float32))
        differ = np.unpackbits((pair[0] ^ pair[1]).astype(">u4").view(np.uint8))
        assert trace.sketch.n_differ == differ[: trace.sketch.n_bits].sum()
        assert trace.sketch.of_first == differ[:256].sum()
        if trace.plan.found:
            assert trace.probes is None or trace.why == "shared bucket"
        assert (
            trace.probes is None or trace.probes.holding is None or 1 <= trace.probes.holding <= trace.probes.n_probes
        )


def test_a_photo_outside_the_answer(engine, described):
    inside = {match.image_id for match in report(engine, described, 0.6).exhaustive.matches}
    outside = next(i for i in range(engine.n_images) if i not in inside)
    for plan in ("auto", "tables", "multiprobe", "sketch", "exhaustive"):
        trace = engine.explain(described, outside, 0.6, LSHParams(plan))
        assert (trace.why, trace.within, trace.n_pairs) == ("beyond", False, 0)
        assert trace.angle > 0.6 and trace.plan.chance == 0 and not trace.plan.found
        assert not any(other.found for other in trace.what_if)


def test_the_very_same_vector_shares_every_bucket(engine):
    described = engine.describe(engine.photo(2), None, (1.0,))
    trace = engine.explain(described, 2, 0.3, TABLES)
    if trace.angle < 1e-3:
        assert trace.n_shared == L and trace.first_shared == 1
    assert trace.plan.found and np.isfinite(trace.tables[0].turns).all()


def test_a_trace_is_json(engine, described):
    trace = engine.explain(described, 1, 1.0)
    back = json.loads(json.dumps(trace.to_dict()))
    assert back["tables"][0]["n_differ"] == trace.tables[0].n_differ
    assert back["within"] == trace.within and back["plan"]["name"] == "auto"


@pytest.mark.parametrize(("image_id", "delta"), [(-1, 0.5), (99, 0.5), (0, -1.0), (0, float("nan"))])
def test_what_cannot_be_is_refused(engine, described, image_id, delta):
    with pytest.raises(EngineError):
        engine.explain(described, image_id, delta)


def test_any_delta_up_to_pi(engine, described):
    for delta in (0.0, 1.57, pi):
        assert engine.explain(described, 0, delta).delta == delta


def test_the_photo_asked_about_is_counted_in_no_answer(engine, described):
    every, others = (engine.explain(described, 1, 1.4, TABLES, own=own) for own in (None, 0))
    assert len(others.angles) == len(every.angles) - 1 and min(every.angles) not in others.angles
    assert others.plan_of("exhaustive").n_photos == every.plan_of("exhaustive").n_photos - 1
