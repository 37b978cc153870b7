"""Ranks of triplets and their figures on cases worked by hand, and against scipy."""

import numpy as np
import pytest
from scipy.stats import rankdata

from lsh_engine import EngineError
from lsh_engine.evaluation.triplets import draw_triplets, mean_ranks, regions, right_order, score_at_top


def test_ranks_begin_at_one_and_ties_share_their_mean():
    distances = np.array([0.5, 0.1, 0.5, 0.9, 0.5])
    assert mean_ranks(distances, [1, 0, 4, 3]).tolist() == [1, 3, 3, 5]
    many = np.random.default_rng(0).integers(0, 40, 300)
    assert mean_ranks(many, np.arange(300)) == pytest.approx(rankdata(many))


def test_similarity_precision_counts_a_tie_as_half():
    found = right_order([1, 2, 3, 7.5], [4, 2, 1, 8.5])
    assert found.tolist() == [1, 0.5, 0, 1] and found.mean() == 0.625


def test_the_score_at_top_counts_triplets_with_one_photo_there():
    like, unlike = [1, 40, 30, 50, 2, 8], [99, 5, 31, 60, 2, 3]  # right, wrong, right, out of sight, tie, wrong
    assert score_at_top(like, unlike) == (2 - 2, 5)
    assert score_at_top(like, unlike, 4) == (1 - 1, 3)
    assert score_at_top(like, unlike, 100) == (3 - 2, 6)


def test_regions_are_the_corners_of_the_heat_map():
    like, unlike = [1, 100, 90, 10, 50, 10, 11], [100, 90, 10, 5, 1, 90, 95]
    assert regions(like, unlike, 100).tolist() == ["A", "B", "C", "D", "", "A", ""]


def test_triplets_are_of_one_label_and_of_another():
    labels = ["cat"] * 4 + ["dog"] * 3 + ["lone", "", "", None]
    drawn = draw_triplets(labels, 140, seed=1)
    names = np.array(labels, object)[drawn]
    assert drawn.shape == (140, 3) and (names[:, 0] == names[:, 1]).all() and (names[:, 0] != names[:, 2]).all()
    assert (drawn[:, 0] != drawn[:, 1]).all()
    asked, times = np.unique(drawn[:, 0], return_counts=True)
    assert asked.tolist() == list(range(7)) and (times == 20).all(), "each photo as often, and none that has no like"
    assert {*drawn[:, 2]} == set(range(10)), "all others may be the unlike one, but not what is left out"
    assert np.array_equal(drawn, draw_triplets(labels, 140, seed=1))
    assert not np.array_equal(drawn, draw_triplets(labels, 140, seed=2))


@pytest.mark.parametrize("labels", [[], ["a", "b"], ["a", "a"], ["", "", "a"], ["a", "a", None]])
def test_labels_that_give_no_triplet_are_refused(labels):
    with pytest.raises(EngineError, match="two photos of one label"):
        draw_triplets(labels, 5)


def test_chance_is_one_half():
    random = np.random.default_rng(3)
    ranks = np.array([mean_ranks(random.random(50), [0, 1]) for _ in range(2000)])
    assert right_order(*ranks.T).mean() == pytest.approx(0.5, abs=0.035), "3 sigma"
