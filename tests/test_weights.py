"""The folder of weights: what is kept, found, checked on every load, and told when it is missing."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from small_nets import convolutions, same_as, save_state
from small_photos import photo

from lsh_engine.core.errors import WeightsError
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import torchvision_nets, weights
from lsh_engine.describe.describer import Describer


@pytest.fixture
def placed(small_vgg):
    """The maker's own file in the folder of weights, put there by hand."""
    path = save_state(small_vgg.state, small_vgg.folder / "any.pth")
    card = small_vgg.published(path)
    return path.rename(small_vgg.folder / weights.file_name(card))


# ---- what is kept


def test_only_what_the_backbone_uses_is_kept(small_vgg, placed):
    from safetensors import safe_open

    assert backbones.weights_here("smallvgg") and weights.kept(small_vgg.card) is None
    assert same_as(small_vgg.state, backbones.load("smallvgg")) and backbones.weights_in_use("smallvgg")["published"]
    kept = weights.kept(small_vgg.card)
    assert kept.stat().st_size < placed.stat().st_size / 5
    assert hashlib.sha256(kept.read_bytes()).hexdigest()[:16] == kept.name.split(".")[-2]
    with safe_open(kept, "pt") as opened:
        assert set(opened.keys()) == set(convolutions(small_vgg.state))
        assert small_vgg.card.weights_source in opened.metadata()["origin"]
    placed.unlink()
    assert backbones.weights_here("smallvgg") and same_as(small_vgg.state, backbones.load("smallvgg"))


def test_backbones_of_one_file_keep_their_own_shares(small_vgg, placed):
    for name in ("smallvgg", "smallvgg_fc7"):
        backbones.load(name)
    small, large = (weights.kept(backbones.card(name)) for name in ("smallvgg", "smallvgg_fc7"))
    assert small != large and small.stat().st_size < large.stat().st_size
    placed.unlink()
    assert same_as(small_vgg.state, backbones.load("smallvgg_fc7"))


def test_the_same_weights_are_kept_under_the_same_name(small_vgg, placed):
    backbones.load("smallvgg")
    first = weights.kept(small_vgg.card)
    first.unlink()
    backbones.load("smallvgg")
    assert weights.kept(small_vgg.card) == first
    assert not [path for path in small_vgg.folder.iterdir() if path.name.endswith(".writing")]


def test_what_a_killed_process_left_is_written_over(small_vgg, placed):
    (small_vgg.folder / ".smallvgg.writing").write_bytes(b"half")
    backbones.load("smallvgg")
    assert not (small_vgg.folder / ".smallvgg.writing").exists() and weights.kept(small_vgg.card)


def test_a_damaged_kept_file_is_refused(small_vgg, placed):
    backbones.load("smallvgg")
    placed.unlink()
    kept = weights.kept(small_vgg.card)
    good = kept.read_bytes()
    flipped = bytearray(good)
    for at in (0, 9, 200, len(good) // 2, len(good) - 1):
        flipped[at] ^= 1
        kept.write_bytes(flipped)
        with pytest.raises(WeightsError, match=r"smallvgg are damaged.*delete .*safetensors and run 'python"):
            backbones.load("smallvgg")
        flipped[at] ^= 1
    for wrong in (good[:-1], good[:100], b""):
        kept.write_bytes(wrong)
        with pytest.raises(WeightsError, match="damaged"):
            backbones.load("smallvgg")
    kept.write_bytes(good)
    assert same_as(small_vgg.state, backbones.load("smallvgg"))


def test_a_damaged_file_of_the_maker_is_refused(small_vgg, placed):
    data = bytearray(placed.read_bytes())
    data[len(data) // 2] ^= 1
    placed.write_bytes(data)
    with pytest.raises(WeightsError, match=f"in {placed.name} are damaged: expected SHA-256"):
        backbones.load("smallvgg")
    assert weights.kept(small_vgg.card) is None


def test_the_makers_file_given_by_the_user_is_the_makers(small_vgg, placed, tmp_path):
    backbones.install("smallvgg", placed.rename(tmp_path / "renamed.pth"))
    for name in ("smallvgg", backbones.DEFAULT):
        assert backbones.weights_in_use(name)["published"]


def test_pytorchs_own_cache_is_looked_at(small_vgg, placed, tmp_path):
    checkpoints = tmp_path / "torch" / "hub" / "checkpoints"
    checkpoints.mkdir(parents=True)
    shutil.move(placed, checkpoints)
    assert backbones.weights_here("smallvgg") and same_as(small_vgg.state, backbones.load("smallvgg"))
    assert weights.kept(small_vgg.card).parent == small_vgg.folder


def test_a_folder_that_cannot_be_written_costs_time_only(small_vgg, placed, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    assert same_as(small_vgg.state, backbones.load("smallvgg"))
    names = {path.name for path in small_vgg.folder.iterdir() if not path.name.endswith(".lock")}
    assert names == {placed.name}, "nothing half-written"
    with pytest.raises(WeightsError, match="smallvgg.*Permission denied"):
        backbones.install("smallvgg", placed)


def test_the_folder_is_the_users_choice(monkeypatch, tmp_path):
    monkeypatch.delenv("LOOKALIKE_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert weights.folder() == tmp_path / "cache" / "lookalike" / "weights"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert weights.shown(weights.folder()) == str(Path("~/.cache/lookalike/weights"))
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", "~/nets")
    assert weights.folder() == Path.home() / "nets"


# ---- nothing there


def test_missing_weights_are_reported_in_one_message(small_vgg):
    card = small_vgg.card
    with pytest.raises(WeightsError) as refusal:
        weights.read(card, small_vgg.shapes)
    said = str(refusal.value)
    for part in (card.name, card.weights_source, " MB", card.weights_sha256, str(small_vgg.folder), "default backbone"):
        assert part in said
    assert "\n" not in said and len(said) < 400


def test_messages_of_the_real_backbones_fit_a_line(monkeypatch):
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", "~/.cache/of/nothing/at/all")
    for card in torchvision_nets.CARDS:
        with pytest.raises(WeightsError) as refusal:
            weights.origin(card)
        assert len(str(refusal.value)) < 400


def test_a_file_that_is_not_there_is_said_so(small_vgg, tmp_path):
    with pytest.raises(WeightsError, match="nowhere.pth.*check the path"):
        backbones.install("smallvgg", tmp_path / "nowhere.pth")


def test_facts_say_whether_weights_are_here(small_vgg, placed):
    found = {one["name"]: one["weights_here"] for one in backbones.facts()}
    assert found == {backbones.DEFAULT: True, "smallvgg": True, "smallvgg_fc7": True}
    placed.unlink()
    assert not any(one["weights_here"] for one in backbones.facts()[1:])
    json.dumps(backbones.facts())


def test_a_built_database_searches_with_them(small_vgg, placed, tmp_path):
    from small_photos import write_photos

    from lsh_engine import RetrievalEngine

    engine = RetrievalEngine.build(write_photos(tmp_path / "photos", range(3)), tmp_path / "a.db", "smallvgg")
    report = engine.query(photo(1))
    assert report.exhaustive.matches[0].path == "thing_1.png"
    assert engine.presets["same picture"] == 0.4 and engine.info()["dim"] == 16
    assert Describer("smallvgg").card == small_vgg.card
