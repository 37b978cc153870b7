"""A damaged file is named before its content is used, and never gets a checksum of its own."""

import json

import numpy as np
import pytest
from conftest import unit
from small_photos import write_photos

from lsh_engine import (
    DatabaseError,
    HyperplaneLSH,
    LSHConfig,
    RetrievalEngine,
    SearchSettings,
    remove_vanished,
)
from lsh_engine.core import generations as manifest
from lsh_engine.describe.describer import QueryDescriptors
from lsh_engine.index import ExhaustiveIndex

DIM = 24
PARTS = ("vectors", "sketch", "tables", "directory", "probed", "thumbnails", "mean", "rotation", "histograms", "images")


def rows(seed: int, n: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((n, DIM)))


def flip(root, part: str) -> str:
    """Change one bit in the middle of a file of this part; returns the file's name."""
    content = json.loads((root / json.loads((root / manifest.POINTER).read_bytes())["manifest"]).read_bytes())
    file = next(entry["file"] for name, entry in content["files"].items() if part in name)
    data = bytearray((root / file).read_bytes())
    data[len(data) // 2] ^= 4
    (root / file).write_bytes(data)
    return file


def ask(root) -> None:
    engine, described = RetrievalEngine.open(root), QueryDescriptors(rows(0, 1), (1.0,))
    engine.search(described, SearchSettings())
    engine.thumbnail(0)


@pytest.mark.parametrize("part", PARTS)
def test_damage_is_named_at_the_first_use(make, tmp_path, part):
    make()
    ask(tmp_path / "a.db")
    file = flip(tmp_path / "a.db", part)
    with pytest.raises(DatabaseError, match=rf"a.db.*{file}.*restore"):
        ask(tmp_path / "a.db")


def test_nothing_is_built_upon_damage(make, photos, tmp_path):
    engine, root = make(), tmp_path / "a.db"
    file = flip(root, "vectors")
    pointer = (root / manifest.POINTER).read_bytes()
    next(photos.iterdir()).unlink()
    for change in (
        lambda: engine.add(write_photos(tmp_path / "more", [9])),
        lambda: remove_vanished(root),
        lambda: RetrievalEngine.open(root).calibrate(),
    ):
        with pytest.raises(DatabaseError, match=file):
            change()
    assert (root / manifest.POINTER).read_bytes() == pointer


@pytest.mark.parametrize("make_index", [ExhaustiveIndex, lambda: HyperplaneLSH(LSHConfig(n_tables=2, centred=True))])
def test_a_damaged_index_neither_answers_nor_is_saved(tmp_path, make_index):
    index = make_index()
    index.add(rows(1, 200))
    index.save(tmp_path / "index")
    file = flip(tmp_path / "index", "vectors")
    loaded = type(index).load(tmp_path / "index")  # opening reads no vectors
    assert len(loaded) == 200
    loaded.add(rows(2, 3))
    for use in (
        lambda: loaded.range_search(rows(3, 1)[0], 1.0),
        lambda: loaded.search(rows(3, 1)[0]),
        lambda: loaded.save(tmp_path / "again"),
    ):
        with pytest.raises(DatabaseError, match=file):
            use()
    assert not (tmp_path / "again" / manifest.POINTER).exists()


@pytest.mark.parametrize("part", ["mean", "rotation"])
def test_a_transform_that_holds_nan_is_refused(make, tmp_path, part):
    root = tmp_path / "a.db"
    now = make().collection.generation
    array = np.array(now.array(part))
    array.flat[0] = np.nan
    manifest.commit(root, now.kind, now.meta, now.entries | {part: manifest.write_array(root, part, array)})
    with pytest.raises(DatabaseError, match="a.db.*tiny.*build it again"):
        RetrievalEngine.open(root)


def test_another_backbone_of_the_same_make_is_refused(make, tmp_path):
    now = make().collection.generation
    for other in ("vgg16", "efficientnet_lite0", "nonesuch"):
        manifest.commit(tmp_path / "a.db", now.kind, now.meta | {"backbone": other}, now.entries)
        with pytest.raises(DatabaseError, match="a.db.*build it again"):
            RetrievalEngine.open(tmp_path / "a.db")
