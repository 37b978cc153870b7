"""The commands for the maintenance of a database: estimate, sync, remove, calibrate, delete."""

import pytest
from small_photos import write_photos
from test_cli import ask as ask  # fixtures
from test_cli import fails

from lsh_engine import RetrievalEngine, backbone_cards


@pytest.fixture
def db(make, tmp_path):
    make()
    return tmp_path / "a.db"


def test_estimate(ask, run, photos, tiny_backbone):
    found = ask("estimate", photos, "--backbone", tiny_backbone)
    assert found["photos"] == 7 and found["vectors"] == 833 and found["seconds"] > 0
    status, out, _ = run("estimate", photos, "--backbone", tiny_backbone)
    assert status == 0 and "7 photos of" in out and "photos/s" in out and "MB of disk" in out


def test_sync_and_remove(ask, run, db, photos):
    (photos / "thing_1.png").unlink()
    write_photos(photos, [20])
    (photos / "broken.png").write_bytes(b"x")
    found = ask("sync", db)
    assert (found["added"], found["removed"], found["unreadable"][0]["path"]) == (1, ["thing_1.png"], "broken.png")
    (photos / "thing_2.png").unlink()
    status, out, _ = run("remove", db)
    assert status == 0 and out == "a.db: 1 photos removed\n  thing_2.png\n"
    assert ask("remove", db) == {"removed": []}
    status, out, _ = run("sync", db)
    assert status == 0 and "0 added, 0 changed, 0 removed, 6 photos now" in out and "passed over broken.png" in out
    photos.rename(photos.parent / "away")
    fails(run("sync", db), "the photo folder photos is not where it was")


def test_calibrate(ask, run, make, tmp_path, db):
    fails(run("calibrate", db), "too few to measure presets on")
    make("many.db", folder=write_photos(tmp_path / "many", range(100, 151)))
    found = ask("calibrate", tmp_path / "many.db")
    assert found["images"] == 51 and found["presets"] == dict(backbone_cards()["tiny"].presets)
    assert "so alike" in found["note"], "drawings, to a network of two filters"
    status, out, _ = run("calibrate", tmp_path / "many.db")
    assert status == 0 and out.count("rad; of all other photos") == 2 and "usual values of tiny: edited copies" in out


def test_delete_asks_first(run, db, photos, monkeypatch):
    monkeypatch.setattr("typer.confirm", lambda question: False)
    fails(run("delete", db), "nothing was deleted")
    assert RetrievalEngine.open(db).n_images == 7
    status, out, _ = run("delete", db, "--yes")
    assert (status, out) == (0, "a.db is deleted\n") and not db.exists() and len(list(photos.iterdir())) == 7
    fails(run("delete", photos, "--yes"), "photos is no database: nothing was deleted")


def test_build_takes_sizes_tables_and_recall(ask, run, photos, tiny_backbone, tmp_path):
    options = [
        "--backbone",
        tiny_backbone,
        "--sizes",
        "1,0.5",
        "--hyperplanes",
        "12",
        "--tables",
        "9",
        "--recall",
        ".9",
    ]
    built = ask("build", photos, tmp_path / "b.db", *options)
    assert built["patches_per_image"] == 10
    assert (built["lsh"]["n_hyperplanes"], built["lsh"]["n_tables"], built["lsh"]["recall_target"]) == (12, 9, 0.9)
    for bad in (["--sizes", "9"], ["--sizes", "big"], ["--hyperplanes", "99"], ["--tables", "0"], ["--recall", "2"]):
        status, _, err = run("build", photos, tmp_path / "c.db", *bad)
        assert status == 1 and err.startswith("error: ") and err.count("\n") == 1
    assert not (tmp_path / "c.db").exists()
