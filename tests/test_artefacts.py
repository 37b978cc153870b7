"""What is kept with a database: listed, verified, replaced, deleted, current or stale; and databases of the former
format.
"""

import json
import shutil

import numpy as np
import pytest
from build_help import contents, former_format
from small_photos import write_photos

from lsh_engine import (
    DatabaseError,
    EngineError,
    RetrievalEngine,
    delete_database,
    kept_evaluations,
    remove_vanished,
    upgrade_database,
)
from lsh_engine.collection.artefacts import commit_artefact, delete_artefact
from lsh_engine.collection.collection import Collection
from lsh_engine.core import generations as manifest
from lsh_engine.core.writer_lock import only_writer


@pytest.fixture
def root(make, tmp_path):
    make()
    return tmp_path / "a.db"


def keep(root, name="evaluation.trial", **more):
    data = {"record.json": b'{"recall": 1}'} if not more else {}
    return commit_artefact(root, name, "evaluation", {"delta": 0.4}, files=data, **more)


def test_what_was_kept_is_there_again(root):
    before = contents(RetrievalEngine.open(root))
    kept = keep(root)
    collection = Collection(root)
    assert collection.artefacts("evaluation") == [kept] and kept.current and kept.bytes == 13
    assert collection.read("evaluation.trial", "record.json") == b'{"recall": 1}'
    assert collection.artefact("evaluation.trial").config == {"delta": 0.4}
    assert [found.name for found in collection.artefacts()] == ["evaluation.trial", "index.lsh"]
    assert contents(RetrievalEngine.open(root)) == before
    arrays = keep(root, "groups", arrays={"of": np.arange(3)}, content={"n": 3})
    assert (
        Collection(root).generation.array("groups/of", checked=True).tolist() == [0, 1, 2] and arrays.content["n"] == 3
    )


def test_an_artefact_is_replaced_and_deleted(root):
    keep(root), keep(root)
    assert len(Collection(root).artefacts("evaluation")) == 1
    delete_artefact(root, "evaluation.trial")
    assert Collection(root).artefacts("evaluation") == []
    keep(root, "other"), keep(root, "other")
    assert not list(root.glob("evaluation-trial-*")), "its file went with a later commit"
    with pytest.raises(EngineError, match="keeps nothing named 'evaluation.trial'"):
        delete_artefact(root, "evaluation.trial")
    with pytest.raises(EngineError, match="keeps its index"):
        delete_artefact(root, "index.lsh")
    assert delete_database(root) and not root.exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 101, "a b", "a..b"])
def test_names_that_are_none(root, name):
    with pytest.raises(EngineError, match="an artefact is named in letters"):
        keep(root, name)


def test_photos_that_come_or_go_make_stale_what_was_computed_before(root, photos, tmp_path):
    keep(root)
    engine = RetrievalEngine.open(root)
    engine.build_index("exhaustive")
    engine.add(write_photos(tmp_path / "more", [20]))
    states = {artefact.name: artefact.current for artefact in engine.artefacts()}
    assert states == {"evaluation.trial": False, "index.exhaustive": False, "index.lsh": True}
    assert json.loads(json.dumps(engine.info()["artefacts"]))[0]["current"] is False
    keep(root)
    assert Collection(root).artefact("evaluation.trial").current
    old = keep(root, of="earlier")
    assert not old.current and RetrievalEngine.open(root).verify() > 0
    keep(root)
    (photos / "thing_1.png").unlink()
    assert remove_vanished(root) and not Collection(root).artefact("evaluation.trial").current


def test_a_damaged_part_is_named(root):
    keep(root)
    victim = next(root.glob("evaluation-trial-*.json"))
    victim.write_bytes(b'{"recall": 0}')
    collection = Collection(root)
    with pytest.raises(DatabaseError, match=victim.name):
        collection.read("evaluation.trial", "record.json")
    with pytest.raises(DatabaseError, match=victim.name):
        collection.generation.verify()


def test_a_result_waits_for_a_writer_and_then_gives_up(root, monkeypatch):
    monkeypatch.setattr("lsh_engine.collection.artefacts.PATIENCE", 0.1)
    with only_writer(root), pytest.raises(DatabaseError, match="a.db is busy, held by process"):
        keep(root)


# ---- indexes


def test_any_registered_kind_is_built_over_the_vectors(make, root):
    engine = RetrievalEngine.open(root)
    assert engine.collection.built_kinds() == ["exhaustive", "lsh"]
    kept = engine.build_index("lsh", n_tables=3, n_hyperplanes=6)
    assert kept.name == "index.lsh" and kept.config["n_tables"] == 3 and engine.info()["lsh"]["n_tables"] == 3
    query = engine.vectors()[5]
    assert 5 in engine.collection.index("lsh").range_search(query, 0.2).ids
    with pytest.raises(EngineError, match="there is no kind of index named 'magic'"):
        engine.build_index("magic")
    with pytest.raises(EngineError, match="an index lsh has n_hyperplanes, .*, got trees"):
        engine.build_index("lsh", trees=3)
    with pytest.raises(EngineError, match="there is no kind of index named 'magic'"):
        engine.collection.index("magic")


# ---- the former format


@pytest.fixture
def former(root, photos, tmp_path):
    """The same database as the former version wrote it, with one kept result, one list, and files of others."""
    former_format(root)
    (root / "evaluations").mkdir()
    state = json.loads((root / "CURRENT").read_bytes())["sha256"][:16]
    record = {
        "format": 1,
        "experiment": "similar",
        "settings": {"labels": "evaluations/labels-0123456789abcdef.csv"},
        "tables": {},
        "published": {},
    }
    record |= {"name": "similar-1", "ran_on": {"date": "2026-01-01T00:00:00+0000", "database_state": state}}
    (root / "evaluations" / "similar-20260101.json").write_text(json.dumps(record))
    (root / "evaluations" / "labels-0123456789abcdef.csv").write_text("file,label\n")
    (root / "evaluations" / "mine.json").write_text("{}")
    (root / "labels-20260101.json").write_text("mine")
    return root


def test_a_database_of_the_former_format_is_read_as_it_is(former, make):
    files = {path: path.read_bytes() for path in former.rglob("*") if path.is_file()}
    engine = RetrievalEngine.open(former)
    assert contents(engine) == contents(make("new.db")) and engine.verify() == 11
    assert engine.artefacts()[0].name == "index.lsh" and engine.artefacts()[0].current
    assert {path: path.read_bytes() for path in former.rglob("*") if path.is_file()} == files


def test_an_upgrade_describes_nothing_and_takes_results_in(former, monkeypatch):
    before = contents(RetrievalEngine.open(former))
    kept = {entry.file: entry.sha256 for entry in RetrievalEngine.open(former).collection.generation.entries.values()}
    assert upgrade_database(former) == 2 and manifest.format_of(former, "database") == manifest.FORMAT
    engine = RetrievalEngine.open(former)
    assert contents(engine) == before and engine.verify() == 13
    now = {entry.file: entry.sha256 for entry in engine.collection.generation.entries.values()}
    assert kept.items() < now.items(), "no file of the vectors or the index was written again"
    names = {found.name: (found.kind, found.current) for found in engine.artefacts()}
    assert names["evaluation.similar-20260101"] == ("evaluation", True)
    (record,) = kept_evaluations(former)
    assert record.settings["labels"] == "labels.0123456789abcdef" and record.name == "similar-20260101"
    assert engine.collection.read("labels.0123456789abcdef", "labels.csv") == b"file,label\n"
    assert [path.name for path in (former / "evaluations").iterdir()] == ["mine.json"]
    assert (former / "labels-20260101.json").read_text() == "mine"
    assert upgrade_database(former) == 0, "once is enough"
    assert not delete_database(former)
    left = {path.name for path in former.rglob("*")}
    assert left == {"evaluations", "mine.json", "labels-20260101.json"}


def test_the_first_change_writes_the_new_format(former, tmp_path):
    engine = RetrievalEngine.open(former)
    engine.add(write_photos(tmp_path / "more", [20]))
    assert manifest.format_of(former, "database") == manifest.FORMAT and engine.n_images == 8 and engine.verify()
    assert (former / "labels-20260101.json").exists() and (former / "evaluations" / "mine.json").exists()
    assert upgrade_database(former) == 2, "results that are still beside it are taken in"
    (kept,) = RetrievalEngine.open(former).collection.artefacts("evaluation")
    assert not kept.current and not (former / "evaluations" / "similar-20260101.json").exists()


def test_the_command_upgrades(former, run):
    assert run("upgrade", former)[:2] == (0, "a.db has today's format; 2 kept results and lists were taken in\n")
    assert run("upgrade", former)[:2] == (0, "a.db has today's format\n")
    shutil.rmtree(former)
    assert run("upgrade", former)[0] == 1
