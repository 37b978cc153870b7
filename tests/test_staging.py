"""Pieces of an unfinished build."""

import json

import numpy as np
import pytest

from lsh_engine.collection.staging import FOLDER, Staging
from lsh_engine.core.errors import DatabaseError

PLAN = {"backbone": "tiny", "patches": {"sizes": (1.0, 0.5)}}


def put_three(root) -> Staging:
    staging = Staging(root, PLAN)
    for i in range(3):
        staging.put("described", {"paths": [f"p{i}"]}, rows=np.full((2, 2), i, np.float32))
    return staging


def test_the_same_plan_finds_its_pieces_in_order(tmp_path):
    put_three(tmp_path)
    staging = Staging(tmp_path, json.loads(json.dumps(PLAN)))
    records = staging.done("described")
    assert [record["paths"] for record in records] == [["p0"], ["p1"], ["p2"]]
    assert [staging.array(record, "rows")[0, 0] for record in records] == [0, 1, 2]
    assert staging.done("pooled") == []


def test_another_plan_starts_afresh(tmp_path):
    put_three(tmp_path)
    staging = Staging(tmp_path, PLAN | {"backbone": "other"})
    assert staging.done("described") == []
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["plan.json"]


def test_arrays_without_their_record_do_not_count(tmp_path):
    staging = put_three(tmp_path)
    (tmp_path / FOLDER / "described-000002.json").unlink()
    assert len(staging.done("described")) == 2
    staging.put("described", {"paths": ["again"]}, rows=np.ones((1, 1)))
    assert [record["paths"] for record in staging.done("described")] == [["p0"], ["p1"], ["again"]]


def test_a_piece_may_be_without_arrays(tmp_path):
    staging = Staging(tmp_path, PLAN)
    staging.put("described", {"paths": ["broken"]})
    assert Staging(tmp_path, PLAN).done("described") == [{"paths": ["broken"], "arrays": {}}]


def test_a_truncated_array_is_a_clear_error(tmp_path):
    staging = put_three(tmp_path)
    record = staging.done("described")[1]
    path = tmp_path / FOLDER / record["arrays"]["rows"]["file"]
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DatabaseError, match=path.name):
        staging.array(record, "rows")


def test_discard_leaves_nothing(tmp_path):
    put_three(tmp_path).discard()
    assert list(tmp_path.iterdir()) == [], "nor the list of what was written"


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(DatabaseError, match="cannot write to file: File exists; choose another folder"):
        Staging(tmp_path / "file", PLAN)
