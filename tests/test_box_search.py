"""Boxed things as queries: on drawn photos, each of which shows a kind of its own twice."""

import json

import pytest
from small_photos import BOXES

from lsh_engine import EngineError, RetrievalEngine
from lsh_engine.evaluation.box_queries import BoxFigures, read_boxes, run_box_queries, summary, table


@pytest.fixture
def boxes(small_db, tmp_path):
    """Photo i and photo i + 3 are said to show one kind."""
    photos = [
        {"file": small_db.engine.path(i), "objects": [{"kind": f"kind_{i % 3}", "box": BOXES[i]}]}
        for i in range(small_db.engine.n_images)
    ]
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps({"photos": photos}))
    return file


def test_reading_keeps_large_and_visible_boxes_and_counts_all_as_targets(tmp_path):
    things = [
        {"kind": "bin", "box": [0, 0, 50, 60], "visible": 0.9},
        {"kind": "bin", "box": [0, 0, 39, 60]},
        {"kind": "bin", "box": [0, 0, 50, 60], "visible": 0.5},
    ]
    photos = [{"file": f"{i}.jpg", "objects": [thing]} for i, thing in enumerate(things)]
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps({"photos": photos}))
    (query,) = read_boxes(file)
    assert (query.path, query.kind, query.box) == ("0.jpg", "bin", (0.0, 0.0, 50.0, 60.0))
    assert query.targets == {"0.jpg", "1.jpg", "2.jpg"}


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"photos": [{"file": "a"}]}',
        '{"photos": [{"file": "a", "objects": [{"kind": "b", "box": [1]}]}]}',
    ],
)
def test_a_file_of_another_shape_is_one_line(tmp_path, text):
    (tmp_path / "boxes.json").write_text(text)
    with pytest.raises(EngineError, match="list of boxes"):
        read_boxes(tmp_path / "boxes.json")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(EngineError, match="cannot read none.json"):
        read_boxes(tmp_path / "none.json")


def test_every_box_is_asked_and_its_own_photo_left_out(small_db, boxes):
    engine = RetrievalEngine.open(small_db.path)
    queries, calls = read_boxes(boxes), []
    figures = run_box_queries(engine, queries, 1.2, scales=(1.0,), progress=lambda *call: calls.append(call))
    assert len(figures) == len(queries) == len(BOXES) and calls[-1][:2] == (len(queries), len(queries))
    for one in figures:
        assert one.precision_at_10 <= 0.1 + 1e-9, "one other photo of its kind in ten places"
        assert 0.2 - 1e-9 <= one.average_precision <= 1, "among five others: at worst the last"
        assert one.index_recall is None or 0 <= one.index_recall <= 1
        assert 0 < one.share <= 1 and one.speed_up > 0


def test_doubtful_photos_count_neither_way(small_db, boxes):
    engine = RetrievalEngine.open(small_db.path)
    query = read_boxes(boxes)[0]
    doubtful = frozenset(query.targets - {query.path})
    (one,) = run_box_queries(engine, [query], 1.2, scales=(1.0,), doubtful=doubtful)
    assert (one.precision_at_10, one.average_precision) == (0.0, 0.0), "nothing is left to find"


def test_a_photo_the_database_lacks_is_one_line(small_db, boxes):
    boxes.write_text(boxes.read_text().replace(small_db.engine.path(0), "elsewhere.jpg"))
    with pytest.raises(EngineError, match="elsewhere.jpg"):
        run_box_queries(small_db.engine, read_boxes(boxes), 1.0)


def test_the_table_has_a_row_for_all_and_one_for_each_kind():
    figures = [
        BoxFigures("bin", 1.0, 0.8, 1.0, 0.99, 4, 0.01, 5.0),
        BoxFigures("car", 0.5, 0.4, None, None, 0, 0.03, 7.0),
    ]
    found = summary(figures)
    assert found["precision_at_10"] == 0.75 and found["index_recall"] == 1.0 and found["speed_up"] == 6.0
    rows = table(figures).split("\n")[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| all", "| bin", "| car"]
    assert "| 1.000 | 0.990 | 2.00% | 6.0x |" in rows[0] and "| - | - |" in rows[2]
