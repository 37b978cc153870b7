"""The commands `kinds` and `index`, and a query that asks what they built."""

import json


def test_every_kind_is_listed_with_what_is_built(run, make, tmp_path):
    make()
    status, out, _ = run("kinds", tmp_path / "a.db", "--json")
    cards = {card["name"]: card for card in json.loads(out)}
    assert status == 0 and {"exhaustive", "lsh", "ivf_flat", "hnsw"} <= cards.keys()
    assert [name for name, card in cards.items() if card["built"]] == ["exhaustive", "lsh"]
    status, out, _ = run("kinds")
    assert status == 0 and len(out.splitlines()) == len(cards) and "built here" not in out


def test_the_engine_tells_what_is_built_here(make):
    engine = make()
    assert engine.built_kinds() == ["exhaustive", "lsh"] and set(engine.built_kinds()) <= engine.kinds().keys()
    engine.build_index("ivf_flat", n_lists=4)
    assert engine.built_kinds() == ["exhaustive", "ivf_flat", "lsh"]
    vectors = engine.vectors()
    assert vectors.shape == (engine.n_vectors, 24) and not vectors.flags.writeable


def test_an_index_is_built_asked_and_goes_stale(run, make, photos, tmp_path):
    make()
    db, photo = tmp_path / "a.db", next(photos.iterdir())
    status, out, _ = run("index", db, "ivf_flat", "--set", "n_lists=4", "--json")
    assert status == 0 and json.loads(out)["config"] == {"n_lists": 4}
    status, out, _ = run("query", db, photo, "--delta", "1.2", "--method", "ivf_flat,exhaustive", "--json")
    answers = json.loads(out)
    assert status == 0 and {"ivf_flat", "exhaustive", "index_recall", "delta"} <= answers.keys()
    found = {match["path"] for match in answers["ivf_flat"]["matches"]}
    assert found and found <= {match["path"] for match in answers["exhaustive"]["matches"]}
    photo.unlink()
    assert run("sync", db)[0] == 0
    status, _, err = run("query", db, next(photos.iterdir()), "--method", "ivf_flat")
    assert status == 1 and "build it again" in err
    assert run("index", db, "ivf_flat")[0] == run("query", db, next(photos.iterdir()), "--method", "ivf_flat")[0] == 0


def test_what_cannot_be_built_is_said_in_one_line(run, make, tmp_path):
    make()
    for arguments in (("nothing",), ("ivf_flat", "--set", "n_lists"), ("ivf_flat", "--set", "cells=3"), ("lsh\n",)):
        status, _, err = run("index", tmp_path / "a.db", *arguments)
        assert status in (1, 2) and err.count("error") == 1 and "Traceback" not in err
    assert run("query", tmp_path / "a.db", "x.jpg", "--method", "magic")[0] == 2
