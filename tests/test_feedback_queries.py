"""What feedback helps is told of photos that nobody judged: on planted vectors, by the definition."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import unit
from planted_photos import PlantedPhotos
from small_photos import BOXES
from typer.testing import CliRunner

from lsh_engine import EngineError, QueryDescriptors, RetrievalEngine
from lsh_engine.cli.app import app
from lsh_engine.evaluation.box_queries import BoxQuery
from lsh_engine.evaluation.feedback_queries import FeedbackFigures, feedback_summary, feedback_table, run_feedback
from lsh_engine.evaluation.metrics import average_precision, precision_at
from lsh_engine.search.feedback import refined
from lsh_engine.search.neighbourhood import neighbourhood

N = 60  # photos: every third shows the thing


@pytest.fixture(scope="module")
def photos():
    """The thing and its look-alikes share a direction: a query has more of that than of the thing."""
    random = np.random.default_rng(12)
    noise, thing, other, shared = (random.standard_normal((n, 40)) for n in (N, 1, 1, 1))
    kind = np.where(np.arange(N)[:, None] % 3 == 0, thing, other)
    return PlantedPhotos(unit(0.2 * kind + shared + 0.7 * noise), np.ones(N, int))


@pytest.fixture(scope="module")
def engine(photos):
    """As much of an engine as the experiment asks for: a photo describes itself."""
    return SimpleNamespace(
        n_images=N,
        path=photos.path,
        photo=lambda image_id: image_id,
        describe=lambda image_id, box, scales: QueryDescriptors(photos.vectors[[image_id]], (1.0,)),
        neighbourhood=lambda asked, n: neighbourhood(photos, asked, n),
        refined=lambda described, liked, disliked: refined(photos, described, liked, disliked),
    )


def query_of(image_id: int) -> BoxQuery:
    return BoxQuery(
        f"photo_{image_id}.jpg", (0, 0, 50, 50), "thing", frozenset(f"photo_{i}.jpg" for i in range(0, N, 3))
    )


def test_judged_photos_count_neither_before_nor_after(photos, engine):
    (one,) = run_feedback(engine, [query_of(0)], n_judged=8)
    angles = np.arccos(np.clip(photos.vectors.astype(float) @ photos.vectors[0], -1, 1))
    order = [i for i in np.argsort(angles) if i != 0]
    judged, rest = order[:8], order[8:]
    liked = [i for i in judged if i % 3 == 0]
    disliked = [i for i in judged if i % 3]
    assert (one.n_liked, one.n_disliked) == (len(liked), len(disliked)) and liked and disliked
    moved = photos.vectors[0] + 0.75 * photos.vectors[liked].mean(axis=0) - 0.15 * photos.vectors[disliked].mean(axis=0)
    again = [i for i in np.argsort(-photos.vectors @ moved) if i != 0 and i not in judged]
    n_left = 19 - len(liked)
    assert sorted(rest) == sorted(again)
    for when, ranking in (("before", rest), ("after", again)):
        relevant = [i % 3 == 0 for i in ranking]
        assert getattr(one, f"precision_{when}") == precision_at(relevant)
        assert getattr(one, f"average_{when}") == pytest.approx(average_precision(relevant, n_left))


def test_it_helps_here(engine):
    found = feedback_summary(run_feedback(engine, [query_of(i) for i in range(0, N, 3)]))
    assert found["queries"] == 20 and found["judged_right"] + found["judged_wrong"] == 10
    assert found["average_gain"] == pytest.approx(found["average_after"] - found["average_before"])
    assert found["average_gain"] > 0.05 and found["average_gain_interval"][0] > 0


def test_doubtful_photos_are_neither_judged_nor_counted(engine):
    doubtful = query_of(0).targets - {"photo_0.jpg"}
    (one,) = run_feedback(engine, [query_of(0)], doubtful=frozenset(doubtful))
    assert (one.n_liked, one.n_disliked) == (0, 10)
    assert one.precision_before == one.precision_after == one.average_after == 0.0


def test_what_cannot_be_asked_is_one_line(engine):
    with pytest.raises(EngineError, match="judged"):
        run_feedback(engine, [query_of(0)], n_judged=0)
    with pytest.raises(EngineError, match="elsewhere.jpg"):
        run_feedback(engine, [BoxQuery("elsewhere.jpg", (0, 0, 50, 50), "thing", frozenset())])


def test_the_table_has_a_row_for_all_and_one_for_each_kind():
    figures = [FeedbackFigures("bin", 7, 3, 0.5, 0.75, 0.4, 0.5), FeedbackFigures("car", 10, 0, 1.0, 1.0, 0.9, 0.9)]
    rows = feedback_table(figures).split("\n")
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| all", "| bin", "| car"]
    titles = ["queries", "n", "judged right", "wrong", "P@10 before", "P@10 after", "P@10 gain"]
    assert rows[0].strip("| ").split(" | ") == [*titles, "mAP before", "mAP after", "mAP gain"]
    assert "| 2 | 8.5 | 1.5 | 0.750 (0.50-1.00) | 0.875 (0.75-1.00) | +0.125 (0.00-0.25) |" in rows[2]


def test_the_command(small_db, tmp_path):
    engine = RetrievalEngine.open(small_db.path)
    things = [
        {"file": engine.path(i), "objects": [{"kind": f"kind_{i % 2}", "box": BOXES[i]}]}
        for i in range(engine.n_images)
    ]
    (tmp_path / "boxes.json").write_text(json.dumps({"photos": things}))
    words = ["evaluate", "feedback", str(small_db.path), str(tmp_path / "boxes.json"), "--judged", "2", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["queries"] == engine.n_images and found["judged_right"] + found["judged_wrong"] == 2
    assert found["precision_before"] <= 0.2 + 1e-9
