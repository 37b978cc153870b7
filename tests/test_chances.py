"""Chance that an image is found, against hand-worked cases and against simulated hyperplanes."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import at_angles, unit

from lsh_engine import Hits
from lsh_engine.collection.id_map import IdMap
from lsh_engine.describe.describer import QueryDescriptors
from lsh_engine.index.lsh.amplification import amplified_probability
from lsh_engine.index.lsh.details import LSHDetails
from lsh_engine.index.lsh.plan import Plan
from lsh_engine.index.store import VectorStore
from lsh_engine.search.success_probability import bucket_union, image_chances, independent_union

K, L = 8, 4
TABLES = Plan("tables", k=K, n_tables=L)


def union_of(angles, between_patches, between_crops=None):
    angles = np.array([angles])
    crops = np.zeros((1, angles.shape[1], angles.shape[1])) if between_crops is None else np.array([between_crops])
    return bucket_union(angles, np.array([between_patches]), crops, np.ones(angles.shape, bool), K, L)[0]


def test_one_pair_has_the_formulas_chance():
    assert union_of([0.9], [[0.0]]) == pytest.approx(amplified_probability(0.9, K, L))
    assert independent_union(np.array([[0.3]]), np.array([[True]])) == pytest.approx([0.3])


def test_the_same_patch_twice_counts_once():
    assert union_of([0.9, 0.9], np.zeros((2, 2))) == pytest.approx(amplified_probability(0.9, K, L))


def test_missing_pairs_count_for_nothing():
    valid = np.array([[True, False]])
    zeros = np.zeros((1, 2, 2))
    alone = bucket_union(np.array([[0.9, 0.1]]), zeros, zeros, valid, K, L)[0]
    assert alone == pytest.approx(amplified_probability(0.9, K, L))
    assert independent_union(np.array([[0.3, 0.9]]), valid) == pytest.approx([0.3])


@pytest.mark.parametrize("spread", [0.2, 0.8, 1.5])
def test_simulated_hyperplanes_lie_between_the_bounds(spread):
    """One crop, five patches at 0.8 rad from it and `spread` apart or so: 4,000 draws of all tables."""
    random = np.random.default_rng(3)
    query = unit(random.standard_normal(32))
    seeds = at_angles(random, query, np.full(5, 0.8), within=random.standard_normal((1, 32)).repeat(5, 0))
    patches = unit(seeds + spread * 0.2 * random.standard_normal((5, 32)))
    angles = np.arccos(patches @ query)
    between = np.arccos(np.clip(patches @ patches.T, -1, 1))
    planes = random.standard_normal((4000, L, K, 32)).astype(np.float32)
    same = (planes @ patches.T > 0) == (planes @ query > 0)[..., None]
    measured = same.all(axis=2).any(axis=(1, 2)).mean()
    lower = union_of(angles, between)
    upper = independent_union(amplified_probability(angles, K, L)[None], np.ones((1, 5), bool))[0]
    noise = 4 * math.sqrt(measured * (1 - measured) / 4000)
    assert lower - noise <= measured <= upper + noise
    assert lower < upper


def hits(ids, angles) -> Hits:
    return Hits(np.array(ids, np.int64), np.array(angles, np.float32), True, 9, 9, {}, LSHDetails(TABLES))


def test_an_images_chance_is_the_middle_of_its_bounds():
    random = np.random.default_rng(5)
    vectors, crops = unit(random.standard_normal((6, 16))), unit(random.standard_normal((2, 16)))
    angles = np.arccos(crops @ vectors.T)
    collection = SimpleNamespace(id_map=IdMap(np.full(2, 3)), store=VectorStore([vectors]))
    both = [hits(range(6), angles[0]), hits(range(6), angles[1])]
    described = QueryDescriptors(crops, (0.5, 1.0))
    chances = image_chances(both, TABLES, described, collection)
    assert set(chances) == {0, 1}
    patch, crop = np.tile([0, 1, 2], 2), np.repeat([0, 1], 3)
    for image in (0, 1):
        own = vectors[3 * image : 3 * image + 3]
        theta = angles[crop, 3 * image + patch]
        between_patches = np.arccos(np.clip(own @ own.T, -1, 1))[np.ix_(patch, patch)]
        between_crops = np.arccos(np.clip(crops @ crops.T, -1, 1))[np.ix_(crop, crop)]
        lower = union_of(theta, between_patches, between_crops)
        upper = independent_union(TABLES.found_probability(theta)[None], np.ones((1, 6), bool))[0]
        assert chances[image] == pytest.approx((lower + upper) / 2, abs=1e-4)


def test_no_hits_no_chances():
    collection = SimpleNamespace(id_map=IdMap(np.full(2, 3)), store=None)
    assert image_chances([hits([], [])], TABLES, QueryDescriptors(np.zeros((1, 4)), (1.0,)), collection) == {}
