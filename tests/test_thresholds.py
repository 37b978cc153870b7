"""What delta does: chance angles, collisions, costs, strategies and one query's angles, on data with known answers."""

import math
from statistics import NormalDist

import numpy as np
import pytest
import small_photos
from conftest import at_angles, unit

from lsh_engine import EngineError, HyperplaneLSH, LSHConfig, amplified_probability, sensitivity
from lsh_engine.analysis.thresholds import alarms, collisions
from lsh_engine.analysis.thresholds.strategies import strategy_points
from lsh_engine.collection.id_map import IdMap
from lsh_engine.index.lsh.planner import PLANNING
from lsh_engine.index.store import VectorStore
from lsh_engine.search.nearness import nearness

SCALES = (0.5, 1.0)


def counts_of(law: NormalDist, n: int) -> np.ndarray:
    """What a count of n pairs comes to when their angles follow `law`."""
    edges = np.arange(4097) * alarms.STEP
    return np.diff(np.round(n * alarms.share_of(law, edges))).astype(np.int64)


def chance_of(law: NormalDist, n: int) -> alarms.ChanceAngles:
    counts = counts_of(law, n)
    nothing = np.empty((0, 2), np.int64), np.empty(0, np.float32)
    return alarms.ChanceAngles(counts, *alarms.left_tail(counts), alarms.bulk_of(counts), *nothing)


# ---- false alarms (SPEC 8.4)


@pytest.fixture(scope="module")
def chance():
    return chance_of(NormalDist(1.57, 0.12), 2_000_000)


def test_expected_alarms_are_n_times_s_times_m_times_f(chance):
    assert chance.expected(1.2, 100 * 4 * 119) == pytest.approx(100 * 4 * 119 * chance.share_within(1.2))
    assert chance.share_within(1.57) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("delta", [0.80, 0.85, 0.90, 0.95, 1.0, 1.2])
def test_the_tail_goes_on_where_counting_ends(chance, delta):
    """0.85 rad is six deviations off: one pair in a billion, and two million pairs cannot show."""
    assert chance.share_within(delta) == pytest.approx(NormalDist(1.57, 0.12).cdf(delta), rel=0.35)
    assert chance.join > 0.95


def test_more_delta_never_means_fewer_alarms(chance):
    assert (np.diff(chance.share_within(np.linspace(0, math.pi, 2000))) >= -1e-12).all()


def test_the_delta_of_one_alarm_has_one_alarm(chance):
    n = 197 * 4 * 119
    assert chance.expected(chance.delta_of(1, n), n) == pytest.approx(1, rel=0.02)
    assert chance.delta_of_bulk(1, n) == pytest.approx(NormalDist(1.57, 0.12).inv_cdf(1 / n), abs=0.01)
    assert chance.delta_of(2 * n, n) == pytest.approx(math.pi)


def test_true_matches_move_the_count_and_not_the_bulk():
    law = NormalDist(1.57, 0.12)
    counts = counts_of(law, 2_000_000) + counts_of(NormalDist(0.6, 0.1), 2000)
    assert alarms.bulk_of(counts).mean == pytest.approx(1.57, abs=0.002)
    assert alarms.bulk_of(counts).stdev == pytest.approx(0.12, abs=0.002)
    assert alarms.left_tail(counts)[1].cdf(0.5) > 1e-5 > law.cdf(0.5)


def test_pairs_of_one_photo_are_no_chance():
    random = np.random.default_rng(0)
    photos = unit(random.standard_normal((60, 64)))
    rows = VectorStore([np.repeat(photos, 5, axis=0)])  # five equal patches a photo
    chance = alarms.chance_angles(rows, IdMap(np.full(60, 5)))
    assert chance.angles[0] > 0.5 and chance.counts[: round(0.5 / alarms.STEP)].sum() == 0
    assert chance.n_pairs == 300 * 299 // 2 - 60 * 10
    assert (chance.pairs[:, 0] // 5 != chance.pairs[:, 1] // 5).all()
    assert (np.diff(chance.angles) >= 0).all()
    steps = (chance.angles / alarms.KEPT_STEP).astype(int)
    assert np.bincount(steps).max() == alarms.KEPT, "some of every angle"


def test_one_photo_has_no_pairs():
    with pytest.raises(EngineError, match="two photos"):
        alarms.chance_angles(
            VectorStore([unit(np.random.default_rng(0).standard_normal((5, 16)))]), IdMap(np.array([5]))
        )


# ---- collisions


@pytest.fixture(scope="module")
def pairs():
    """600 generic pairs at each of five angles."""
    random = np.random.default_rng(3)
    left = unit(random.standard_normal((3000, 128)))
    angles = np.repeat([0.25, 0.45, 0.65, 0.85, 1.25], 600)
    right = np.concatenate([at_angles(random, one, angle[None]) for one, angle in zip(left, angles, strict=True)])
    places = np.arange(3000)
    return collisions.PairSample(np.concatenate([left, right]), places, places + 3000, angles)


@pytest.mark.parametrize(("k", "n_tables"), [(1, 1), (20, 50), (10, 50), (12, 8)])
def test_counted_collisions_follow_the_formula(pairs, k, n_tables):
    rates = collisions.collision_rates(pairs, k, n_tables, seed=0)
    assert [rate.n_pairs for rate in rates] == [600] * 5
    for rate in rates:
        assert rate.predicted == pytest.approx(amplified_probability(rate.angle, k, n_tables))
        assert rate.measured == pytest.approx(rate.predicted, abs=0.07)
        assert rate.low <= rate.measured + 1e-9 and rate.measured <= rate.high + 1e-9
    assert rates[0].measured > rates[-1].measured


def test_more_tables_never_collide_less_and_more_bits_never_more(pairs):
    def measured(k: int, n_tables: int) -> list[float]:
        return [rate.measured for rate in collisions.collision_rates(pairs, k, n_tables, seed=0)]

    assert all(few <= many for few, many in zip(measured(12, 5), measured(12, 20), strict=True))
    assert np.mean(measured(8, 10)) >= np.mean(measured(16, 10))


def test_source_a_is_0_97_and_0_003():
    assert sensitivity(0.4, 1.2) == pytest.approx((0.4, 1.2, 0.8727, 0.6180), abs=1e-4)
    assert sensitivity(0.4, 1.2, 20, 50) == pytest.approx((0.4, 1.2, 0.96642, 0.00330), abs=1e-4)


def test_pairs_of_every_angle_are_sampled(small_db):
    sample = small_db.engine.thresholds.sample_pairs()
    cosines = np.vecdot(sample.vectors[sample.first], sample.vectors[sample.second])
    assert np.cos(sample.angles) == pytest.approx(cosines, abs=1e-5)
    counts = np.bincount((sample.angles / collisions.BIN).astype(int))
    assert counts.max() <= collisions.PAIRS + 2 and counts[5:15].min() > 20
    assert sample.angles.min() > 0


def test_the_cost_of_tables_is_what_an_index_takes(centred):
    config = LSHConfig(n_hyperplanes=10, n_tables=12)
    index = HyperplaneLSH(config)
    index.add(centred.vectors)
    arrays = index.arrays()
    held = sum(array.nbytes for name, array in arrays.items() if name.startswith(("tables-", "directory-")))
    cost = collisions.table_cost(index.store, arrays["histograms"][0], 10, 12, config.seed)
    assert cost.bytes == held
    found = [len(index.candidates(vector, 10)) - 1 for vector in centred.vectors[::200]]
    assert cost.measured_share == pytest.approx(np.mean(found) / len(index), rel=0.25)
    assert cost.measured_share == pytest.approx(cost.predicted_share, rel=0.25)


# ---- one query


def test_nearness_is_the_ranking(small_db):
    engine = small_db.engine
    described = engine.describe(small_photos.photo(2), small_photos.BOXES[2], SCALES)
    near = engine.thresholds.nearness(described)
    ranking = engine.ranking(described)
    assert near.images.tolist() == [match.image_id for match in ranking]
    assert near.angles == pytest.approx([match.angle for match in ranking], abs=1e-3)
    found = engine.thresholds.match(near, 1)
    assert (found.path, found.box, found.scale) == (ranking[1].path, ranking[1].box, ranking[1].scale)
    assert near.n_comparisons == 2 * engine.n_vectors
    assert [near.n_within(delta) for delta in (0.0, float(near.angles[2]), math.pi)] == [0, 3, engine.n_images]


def test_comparisons_are_counted_by_their_angle(centred):
    described = type("Described", (), {"vectors": centred.queries[:2], "scales": SCALES})
    near = nearness(described, VectorStore([centred.vectors[:6000]]), IdMap.even(600, 6000))
    angles = centred.angles[:2, :6000]
    assert near.counts[:80].sum() == pytest.approx((angles < 0.8).sum(), abs=2)
    assert near.angles[0] == pytest.approx(angles.min(), abs=1e-3)


# ---- strategies


@pytest.fixture(scope="module")
def points(centred):
    index = HyperplaneLSH(LSHConfig())
    index.add(centred.vectors)
    return strategy_points(index, centred.queries[:4], [0.4, 0.8, 1.2], None)


def test_every_strategy_is_asked_at_every_delta(points):
    assert {(point.delta, point.strategy) for point in points} == {
        (delta, name) for delta in (0.4, 0.8, 1.2) for name in ("auto", "tables", "multiprobe", "sketch", "exhaustive")
    }
    for point in points:
        assert 0 <= point.recall <= 1 and point.predicted_seconds > 0 and point.seconds > 0
        if point.strategy == "exhaustive":
            assert (point.share, point.recall, point.expected_recall) == (1, 1, 1)


def test_recall_comes_as_expected(points):
    for point in points:
        assert point.recall == pytest.approx(point.expected_recall, abs=0.08), point
    at = {(point.delta, point.strategy): point for point in points}
    assert at[0.4, "tables"].edge_recall == pytest.approx(0.966, abs=0.001)
    assert at[1.2, "tables"].edge_recall == pytest.approx(0.0033, abs=1e-3)
    assert at[0.8, "tables"].recall < 0.7 < 0.95 < at[0.8, "sketch"].recall


def test_auto_is_the_cheapest_that_keeps_its_recall(points):
    for auto in (point for point in points if point.strategy == "auto"):
        rivals = [p for p in points if p.delta == auto.delta and p.strategy in ("multiprobe", "sketch", "exhaustive")]
        cheapest = min(rivals, key=lambda point: point.predicted_seconds)
        saved = auto.predicted_seconds - cheapest.predicted_seconds
        assert auto.taken == cheapest.strategy or 0 < saved < PLANNING, "a scan this quick is not worth a plan"
        assert auto.edge_recall > 0.96


def test_without_a_query_stored_patches_are_asked(small_db):
    points = small_db.engine.thresholds.strategies(None, [0.5])
    assert points[0].n_within >= 4, "each finds itself"


@pytest.mark.parametrize(
    "ask", [lambda t: t.table_cost(0, 5), lambda t: t.table_cost(5, 501), lambda t: t.strategies(None, [9.9])]
)
def test_what_cannot_be_is_refused(small_db, ask):
    with pytest.raises(EngineError):
        ask(small_db.engine.thresholds)
