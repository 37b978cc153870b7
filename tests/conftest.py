"""Data with planted answers: the true neighbours of every query are known before any index is asked."""

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
import small_nets
import small_photos
from browser_help import address as address  # fixtures of all browser tests
from browser_help import browser as browser
from browser_help import tab as tab
from build_help import N_PHOTOS

from lsh_engine import RetrievalEngine
from lsh_engine.cli.app import main
from lsh_engine.collection import describing

IN_A_BROWSER = ("test_axe", "_browser")  # modules whose names end so


def pytest_collection_modifyitems(items):
    """Tests of the real page are marked by the module they stand in."""
    for item in items:
        if item.module.__name__.endswith(IN_A_BROWSER):
            item.add_marker("browser")


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of unit length, float32."""
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def at_angles(random: np.random.Generator, query: np.ndarray, angles: np.ndarray, within=None) -> np.ndarray:
    """One unit row at each angle (radians) from `query`, in random directions or towards `within`."""
    query = query.astype(np.float64)
    sideways = random.standard_normal((len(angles), len(query))) if within is None else within.astype(np.float64)
    sideways -= (sideways @ query)[:, None] * query
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True)
    return unit(np.cos(angles)[:, None] * query + np.sin(angles)[:, None] * sideways)


@dataclass(frozen=True)
class Planted:
    """vectors: (n, d), queries: (m, d) float32 unit rows; angles: (m, n) float64 radians."""

    vectors: np.ndarray
    queries: np.ndarray

    @cached_property
    def angles(self) -> np.ndarray:
        """Brute force in float64, from chords, which are exact for small angles too."""
        vectors = self.vectors.astype(np.float64)
        chords = [np.linalg.norm(vectors - query, axis=1) for query in self.queries.astype(np.float64)]
        return 2 * np.arcsin(np.minimum(1, np.array(chords) / 2))

    def within(self, query: int, delta: float) -> set[int]:
        return set(np.flatnonzero(self.angles[query] <= delta).tolist())


def centred_like(seed: int, n: int, n_queries: int, planted: int, dim: int = 256) -> Planted:
    """Unrelated pairs around pi/2; `planted` neighbours of each query evenly at 0.3 .. 1.25 rad."""
    random = np.random.default_rng(seed)
    queries = unit(random.standard_normal((n_queries, dim)))
    angles = np.linspace(0.3, 1.25, planted)
    near = [at_angles(random, query, angles) for query in queries]
    vectors = np.concatenate([unit(random.standard_normal((n, dim))), *near])
    return Planted(vectors[random.permutation(len(vectors))], queries)


def raw_like(seed: int, n: int, n_queries: int, planted: int, dim: int = 512) -> Planted:
    """Non-negative vectors, unrelated pairs around 1 rad; neighbours towards others at 0.1 .. 0.7 rad."""
    random = np.random.default_rng(seed)
    vectors = unit(random.gamma(0.8, size=(n, dim)))
    queries = unit(random.gamma(0.8, size=(n_queries, dim)))
    angles = np.linspace(0.1, 0.7, planted)
    near = [at_angles(random, q, angles, vectors[random.integers(0, n, planted)]) for q in queries]
    vectors = np.concatenate([vectors, *near])
    return Planted(vectors[random.permutation(len(vectors))], queries)


@pytest.fixture(scope="session")
def centred() -> Planted:
    return centred_like(seed=1, n=6000, n_queries=6, planted=120)


@pytest.fixture(scope="session")
def raw() -> Planted:
    return raw_like(seed=2, n=3000, n_queries=4, planted=60)


@pytest.fixture(scope="session")
def planted(centred) -> Planted:
    """The set to use when any will do."""
    return centred


@dataclass(frozen=True)
class SmallDatabase:
    """Six drawn photos with their things (`small_photos`), described by the default backbone."""

    photos: Path
    path: Path
    engine: RetrievalEngine


@pytest.fixture(scope="session")
def one_thread():
    """Torch on one thread: reproducible to the last bit, and kind to a busy machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def small_db(one_thread, tmp_path_factory) -> SmallDatabase:
    """Built once. Read it, do not change it."""
    folder = tmp_path_factory.mktemp("small")
    photos = small_photos.write_photos(folder / "photos")
    return SmallDatabase(photos, folder / "small.db", RetrievalEngine.build(photos, folder / "small.db"))


@pytest.fixture
def tiny_backbone(one_thread):
    """The name of a backbone that takes milliseconds, for tests of everything around it."""
    small_photos.plug_in()
    yield "tiny"
    small_photos.pull_out()


@pytest.fixture
def small_vgg(one_thread, tmp_path, monkeypatch):
    """A small backbone whose weights have to be fetched; see `small_nets`."""
    return small_nets.plug_in(monkeypatch, tmp_path)


@pytest.fixture
def small_pieces(monkeypatch):
    """Seven photos pass through every stage: two pieces teach the transform, two more are described with it."""
    monkeypatch.setattr(describing, "PIECE", 2)
    monkeypatch.setattr(describing, "SAMPLE", 4)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # most of the time of a small build


@pytest.fixture
def photos(tmp_path) -> Path:
    return small_photos.write_photos(tmp_path / "photos", range(N_PHOTOS))


@pytest.fixture
def make(tiny_backbone, small_pieces, photos, tmp_path):
    """Builds a database of the photos, or of others, with the quick backbone."""

    def make(name: str = "a.db", progress=None, folder: Path = photos, **options) -> RetrievalEngine:
        return RetrievalEngine.build(folder, tmp_path / name, tiny_backbone, progress, **options)

    return make


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a command in this process: (exit status, stdout, stderr)."""

    def run(*arguments) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lsh_engine", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
            sys.exit(0)
        return end.value.code or 0, *capsys.readouterr()

    return run
