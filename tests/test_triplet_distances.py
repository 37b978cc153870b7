"""The command `evaluate triplets` on a small database, and its figures on planted vectors."""

import json

import numpy as np
import pytest
from conftest import unit
from small_photos import write_photos

from lsh_engine import EngineError, RetrievalEngine
from lsh_engine.evaluation import triplet_distances
from lsh_engine.evaluation.experiment_settings import EvaluationSettings
from lsh_engine.evaluation.triplet_distances import GROUP, compare_distances

SETTINGS = EvaluationSettings(experiment="similar")


@pytest.fixture
def db(tiny_backbone, tmp_path):
    write_photos(tmp_path / "kinds" / "bins", range(0, 48, 6))
    write_photos(tmp_path / "kinds" / "stars", range(5, 53, 6))
    return RetrievalEngine.build(tmp_path / "kinds", tmp_path / "kinds.db", "tiny").collection.root


@pytest.fixture
def planted(db, monkeypatch):
    """(the database, its labels, angles of its vectors): unit vectors on an arc, so that angles are differences."""
    engine = RetrievalEngine.open(db)
    labels = np.array(["bins" in engine.path(i) for i in range(16)])
    angles = np.random.default_rng(0).uniform(0, 0.8, 16) + 0.5 * labels
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    monkeypatch.setattr(triplet_distances, "vectors_of_images", lambda *asked: vectors)
    return engine, labels, angles


def drawn(labels: np.ndarray) -> np.ndarray:
    """The triplets that the experiment draws of 160."""
    return triplet_distances.draw_triplets(np.where(labels, "bins", "stars").tolist(), 160, triplet_distances.SEED)


def test_from_the_command_line(run, db):
    status, told, _ = run("evaluate", "triplets", db, "--n", 40, "--json")
    found = json.loads(told)
    assert status == 0 and (found["photos"], found["triplets"], found["queries"]) == (16, 40, 16)
    assert "tiny" in found["descriptors"]
    rows = {(row["distance"], row["of"]): row for row in found["rows"]}
    assert (GROUP, "values") in rows and ("yule", "x > median") in rows and ("dice", "values") not in rows
    assert len(rows) == 8 + 2 * 7, "11 of numbers, four of them as one; 7 of booleans, each in two ways"
    for row in rows.values():
        if "refused" not in row:
            low, high = row["precision_interval"]
            assert 0 <= low <= row["precision"] <= high + 0.02 and sum(row["regions"].values()) <= 1 + 1e-9
    precisions = [row["precision"] for row in found["rows"] if row["precision"] is not None]
    assert precisions == sorted(precisions, reverse=True)
    status, told, _ = run("evaluate", "triplets", db, "--n", 40, "--distance", "cosine,matching,angle")
    assert status == 0 and "angle = cosine" in told and "hamming" in told and "jaccard" not in told
    assert "40 triplets of 16 queries among 16 photos" in told


def test_figures_of_planted_vectors(planted):
    engine, labels, angles = planted
    found = compare_distances(engine, SETTINGS, ["angle", "hamming"], 160)
    rows = {(row["distance"], row["of"]): row for row in found["rows"]}
    query, like, unlike = angles[drawn(labels)].T
    right = np.abs(query - like) < np.abs(query - unlike)
    row = rows["angle", "values"]
    assert 0.6 < row["precision"] == right.mean() < 0.95
    assert row["median_rank_like"] < 8 < row["median_rank_unlike"]
    assert row["score_at_top"] == row["score_at_top_in_class"] == (2 * right.sum() - 160, 160), "all are in the top 30"
    low, high = row["precision_interval"]
    assert low + 0.02 < row["precision"] < high - 0.02
    assert rows["hamming", "values"]["precision"] == 0.5, "no two numbers are equal: all ties"


def test_ranks_are_told_among_all_and_in_the_class(planted, monkeypatch):
    engine, labels, angles = planted
    monkeypatch.setattr(triplet_distances, "TOP", 3)
    (row,) = compare_distances(engine, SETTINGS, ["angle"], 160)["rows"]
    expected = {"score_at_top": [0, 0], "score_at_top_in_class": [0, 0]}
    for query, like, unlike in drawn(labels):
        away = np.abs(angles - angles[query])
        for name, among in (("score_at_top", labels >= 0), ("score_at_top_in_class", labels == labels[query])):
            kept = np.flatnonzero(among | (np.arange(16) == unlike))
            ranks = [1 + int((away[kept[kept != query]] < away[one]).sum()) for one in (like, unlike)]
            if min(ranks) <= 3:
                expected[name][0] += 1 if ranks[0] < ranks[1] else -1
                expected[name][1] += 1
    assert {name: list(row[name]) for name in expected} == expected
    assert expected["score_at_top"] != expected["score_at_top_in_class"]


def test_a_distance_that_cannot_say_anything_says_why(planted, monkeypatch):
    vectors = unit(np.random.default_rng(1).standard_normal((16, 32)))
    monkeypatch.setattr(triplet_distances, "vectors_of_images", lambda *asked: vectors)
    found = compare_distances(planted[0], SETTINGS, ["jensenshannon", "angle"], 20)
    assert [row["distance"] for row in found["rows"]] == ["angle", "jensenshannon"], "what is refused comes last"
    assert "no negative numbers" in found["rows"][1]["refused"] and found["rows"][1]["precision"] is None
    assert "no negative numbers" in triplet_distances.as_text(found)


def test_mistakes_are_one_line(run, db, tmp_path):
    status, _, error = run("evaluate", "triplets", db, "--distance", "kulsinski")
    assert status == 1 and "'kulsinski' is not known: there are angle, braycurtis" in error
    status, _, error = run("evaluate", "triplets", db, "--n", 1)
    assert status == 1 and "number of triplets must be a whole number from 2" in error
    (tmp_path / "labels.csv").write_text("file,label\nthing_0.png,a\nthing_5.png,b\n")
    status, _, error = run("evaluate", "triplets", db, "--labels", tmp_path / "labels.csv")
    assert status == 1 and "triplets need two photos of one label" in error


def test_unknown_names_are_refused_before_any_work(planted):
    with pytest.raises(EngineError, match="'sokalmichener' is not known"):
        compare_distances(planted[0], SETTINGS, ["angle", "sokalmichener"])
