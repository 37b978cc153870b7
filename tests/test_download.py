"""Weights over HTTP from a loopback server: interrupted, resumed, wrong, refused, and two processes at once."""

import threading
from http import HTTPStatus
from pathlib import Path

import pytest
from file_server import FileServer
from small_nets import save_state
from small_photos import write_photos

from lsh_engine import RetrievalEngine
from lsh_engine.core.errors import BuildCancelled, WeightsError
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import weights
from lsh_engine.describe.backbones.weights import download


@pytest.fixture
def server(small_vgg, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0)
    monkeypatch.setattr(download, "CHUNK", 10_000)
    data = save_state(small_vgg.state, tmp_path / "published.pth").read_bytes()
    server = FileServer(data)
    small_vgg.published_at(server.url, data)
    yield server
    server.close()


def quiet(done: int, total: int, stage: str) -> None:
    pass


def visible(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir() if not path.name.startswith(".")) if place.exists() else []


def only_kept(small_vgg) -> bool:
    """The kept file is there, and nothing else but the lock."""
    names = {path.name for path in small_vgg.folder.iterdir() if not path.name.endswith(".lock")}
    return names == {weights.kept(small_vgg.card).name}


def test_a_download_with_progress_leaves_what_the_backbone_uses(small_vgg, server):
    calls = []
    backbones.prepare("smallvgg", lambda *call: calls.append(call))
    assert only_kept(small_vgg) and server.asked == [None]
    done = [done for done, _, _ in calls]
    assert done == sorted(done) and done[-1] == len(server.data) and len(done) > 3
    assert {(total, stage) for _, total, stage in calls} == {(len(server.data), "download")}
    backbones.prepare("smallvgg", quiet)
    assert len(server.asked) == 1, "what is here is not asked for again"


def test_a_broken_connection_is_resumed(small_vgg, server):
    server.breaks = [30_000, 20_000]
    backbones.prepare("smallvgg", quiet)
    assert server.asked == [None, "bytes=30000-", "bytes=50000-"] and only_kept(small_vgg)


def test_a_server_without_ranges_starts_again(small_vgg, server):
    server.breaks, server.ranges = [30_000], False
    backbones.prepare("smallvgg", quiet)
    assert server.asked == [None, "bytes=30000-"] and only_kept(small_vgg)


def test_a_server_that_brings_nothing_any_more_is_given_up(small_vgg, server):
    server.breaks = [30_000, 0]
    with pytest.raises(WeightsError, match="smallvgg.*broke off.*put "):
        backbones.prepare("smallvgg", quiet)
    assert visible(small_vgg.folder) == [] and not backbones.weights_here("smallvgg")
    backbones.prepare("smallvgg", quiet)
    assert server.asked[-1] == "bytes=30000-", "the next call goes on"
    assert only_kept(small_vgg)


def test_wrong_bytes_are_refused_and_removed(small_vgg, server):
    server.data = server.data[:-1] + b"?"
    with pytest.raises(WeightsError, match="not what was asked for.*put http"):
        backbones.prepare("smallvgg", quiet)
    assert not [path for path in small_vgg.folder.iterdir() if not path.name.endswith(".lock")]


def test_a_wrong_piece_from_before_is_fetched_again(small_vgg, server):
    small_vgg.folder.mkdir()
    part = small_vgg.folder / f".{weights.file_name(small_vgg.card)}.part"
    for wrong in (bytes(5000), bytes(len(server.data)), bytes(len(server.data) + 5)):
        part.write_bytes(wrong)
        server.asked.clear()
        backbones.prepare("smallvgg", quiet)
        assert server.asked == [f"bytes={len(wrong)}-", None] and only_kept(small_vgg)
        weights.kept(small_vgg.card).unlink()


def test_a_file_that_came_whole_before_a_kill_is_used(small_vgg, server):
    small_vgg.folder.mkdir()
    (small_vgg.folder / f".{weights.file_name(small_vgg.card)}.part").write_bytes(server.data)
    backbones.prepare("smallvgg", quiet)
    assert server.asked == [f"bytes={len(server.data)}-"] and only_kept(small_vgg)


@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.BAD_GATEWAY])
def test_a_refusal_of_the_server_is_reported(small_vgg, server, status):
    server.status = status
    with pytest.raises(WeightsError, match=f"smallvgg.*{status.phrase}") as refusal:
        backbones.prepare("smallvgg", quiet)
    said = str(refusal.value)
    for part in ("smallvgg", small_vgg.card.weights_source, " MB", str(small_vgg.folder), "default backbone"):
        assert part in said
    assert visible(small_vgg.folder) == []


def test_a_server_that_never_ends_does_not_fill_the_disk(small_vgg, server):
    server.data = server.data * 4
    with pytest.raises(WeightsError, match="not what was asked for"):
        backbones.prepare("smallvgg", quiet)
    assert visible(small_vgg.folder) == []


def test_a_silent_server_is_given_up_in_time(small_vgg, server, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    release = threading.Event()
    monkeypatch.setattr(FileServer, "status", property(lambda self: release.wait(5) and 500), raising=False)
    server.__dict__.pop("status")
    with pytest.raises(WeightsError, match="timed out"):
        backbones.prepare("smallvgg", quiet)
    release.set()


def test_no_network_is_one_message_and_builds_nothing(small_vgg, tmp_path):
    small_vgg.published_at("http://127.0.0.1:9/smallvgg-{}.pth")  # nobody listens there
    photos = write_photos(tmp_path / "photos", range(2))
    with pytest.raises(WeightsError, match="smallvgg.*Connection refused.*put "):
        RetrievalEngine.build(photos, tmp_path / "a.db", "smallvgg")
    assert not (tmp_path / "a.db").exists() and visible(small_vgg.folder) == []


def test_a_build_fetches_what_it_needs(small_vgg, server, tmp_path):
    stages = []
    photos = write_photos(tmp_path / "photos", range(2))
    RetrievalEngine.build(photos, tmp_path / "a.db", "smallvgg", lambda done, total, stage: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["download", "describe", "hash"]


def test_stopping_keeps_what_came(small_vgg, server):
    def stop(done: int, total: int, stage: str) -> None:
        if done > 40_000:
            raise BuildCancelled("stopped")

    with pytest.raises(BuildCancelled):
        backbones.prepare("smallvgg", stop)
    backbones.prepare("smallvgg", quiet)
    assert server.asked[0] is None and int(server.asked[1][6:-1]) > 40_000 and only_kept(small_vgg)


def test_two_at_once_download_once(small_vgg, server):
    outcomes = []

    def fetch():
        weights.fetch(small_vgg.card, small_vgg.shapes, quiet)
        outcomes.append(True)

    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 3 and server.asked == [None]


def test_damaged_weights_are_fetched_again_only_when_they_are_deleted(small_vgg, server):
    """They may have been a user's own, which a download must not replace unasked."""
    backbones.prepare("smallvgg", quiet)
    kept = weights.kept(small_vgg.card)
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(WeightsError, match=f"damaged.*delete .*{kept.name} and run"):
        backbones.prepare("smallvgg", quiet)
    kept.unlink()
    backbones.prepare("smallvgg", quiet)
    assert len(server.asked) == 2 and only_kept(small_vgg)


def test_a_disk_that_refuses_is_reported_and_given_its_space_back(small_vgg, server):
    def full(done, *_):
        raise OSError(28, "No space left on device")

    with pytest.raises(WeightsError, match="smallvgg.*No space left on device.*put http"):
        backbones.prepare("smallvgg", full)
    assert not [path for path in small_vgg.folder.iterdir() if not path.name.endswith(".lock")]


def test_a_folder_that_cannot_be_made_is_reported(small_vgg, server, tmp_path):
    small_vgg.folder.parent.joinpath("weights").write_text("a file")
    with pytest.raises(WeightsError, match="cannot keep the weights .*let LOOKALIKE_WEIGHTS name another folder"):
        backbones.prepare("smallvgg", quiet)
    assert server.asked == []
