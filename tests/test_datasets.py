"""Data sets through torchvision's loaders; a stand-in gives the pictures, for there is no network here."""

import sys
import types
from pathlib import Path

import pytest
from job_help import note_job
from small_photos import photo, write_photos
from test_cli import ask as ask  # fixtures
from test_cli import fails

from lsh_engine import EngineError, Request, read_job
from lsh_engine.images.datasets import DATASETS, fetch_dataset
from lsh_engine.running.worker import run_job


class InMemory:
    """As CIFAR100: pictures and labels, no files."""

    classes = ("apple", "bee")

    def __init__(self, root: str, download: bool, train: bool):
        assert download and not train

    def __len__(self) -> int:
        return 6

    def __getitem__(self, number: int):
        return photo(number), number % 2


def on_disk(root: str, download: bool) -> None:
    """As Caltech101: its files are the photos."""
    write_photos(Path(root) / DATASETS["Caltech101"][1])


def offline(root: str, download: bool) -> None:
    raise RuntimeError("error downloading: <urlopen error [Errno -3]> http://somewhere\nand more")


@pytest.fixture
def loaders(monkeypatch):
    """Puts a stand-in for torchvision.datasets in place."""

    def put(**classes) -> None:
        datasets = types.ModuleType("torchvision.datasets")
        vars(datasets).update(classes)
        package = types.ModuleType("torchvision")
        package.datasets = datasets
        monkeypatch.setitem(sys.modules, "torchvision", package)
        monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)

    return put


def silent(*_) -> None:
    pass


def test_pictures_in_memory_become_files_once(loaders, tmp_path):
    loaders(CIFAR100=InMemory)
    folder = fetch_dataset("CIFAR100", tmp_path, silent)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    assert files == sorted(f"{InMemory.classes[n % 2]}/{n:06d}.png" for n in range(6))
    first = (folder / files[0]).stat().st_mtime_ns
    fetch_dataset("CIFAR100", tmp_path, silent)
    assert (folder / files[0]).stat().st_mtime_ns == first


def test_a_data_set_of_files_is_used_as_it_is(loaders, ask, tmp_path):
    loaders(Caltech101=on_disk)
    found = ask("dataset", "Caltech101", tmp_path / "data")
    assert found["photos"] == str(tmp_path / "data" / DATASETS["Caltech101"][1])


def test_without_a_connection_it_says_what_to_do(loaders, run, tmp_path):
    loaders(Flowers102=offline)
    fails(
        run("dataset", "Flowers102", tmp_path / "data"),
        "could not get Flowers102 (RuntimeError): it takes a connection",
    )
    fails(run("dataset", "Secrets", tmp_path), "unknown data set 'Secrets': choose one of Caltech101")
    fails(run("dataset", "OxfordIIITPet", tmp_path), "torchvision has no loader of OxfordIIITPet here")


def test_a_loader_that_left_nothing(loaders, tmp_path):
    loaders(Caltech101=lambda root, download: None)
    with pytest.raises(EngineError, match="was downloaded but has no folder"):
        fetch_dataset("Caltech101", tmp_path, silent)


def test_a_fetch_is_a_job(loaders, tmp_path):
    loaders(CIFAR100=InMemory)
    root = tmp_path / "CIFAR100.photos"
    run_job(note_job(root, Request(kind="fetch", dataset="CIFAR100")))
    assert read_job(root).state.message.startswith("6 photos are there")
