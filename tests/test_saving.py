"""Indexes saved into folders: never over something else, never two writers at once."""

import os
import subprocess
import sys

import numpy as np
import pytest

from lsh_engine import DatabaseError, ExhaustiveIndex, HyperplaneLSH, LSHConfig, RetrievalEngine
from lsh_engine.core.writer_lock import HOLDER, only_writer

CONFIG = LSHConfig(n_tables=2, n_hyperplanes=8)


def rows(seed: int, n: int = 60) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((n, 16)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def index_of(seed: int, n: int = 60) -> HyperplaneLSH:
    index = HyperplaneLSH(CONFIG)
    index.add(rows(seed, n))
    return index


def exhaustive_of(seed: int) -> ExhaustiveIndex:
    index = ExhaustiveIndex()
    index.add(rows(seed))
    return index


def files_in(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_database_is_never_saved_over(make, tmp_path):
    make()
    before = files_in(tmp_path / "a.db")
    for index in (index_of(0), exhaustive_of(0)):
        with pytest.raises(DatabaseError, match="a.db is a 'database', expected a"):
            index.save(tmp_path / "a.db")
    assert files_in(tmp_path / "a.db") == before and RetrievalEngine.open(tmp_path / "a.db").verify()


def test_an_index_of_another_kind_is_never_saved_over(tmp_path):
    index_of(0).save(tmp_path / "index")
    with pytest.raises(DatabaseError, match="index is a 'hyperplane index', expected a exhaustive index"):
        exhaustive_of(0).save(tmp_path / "index")
    assert len(HyperplaneLSH.load(tmp_path / "index")) == 60


def test_somebody_elses_pointer_is_no_leave_to_save(tmp_path):
    (tmp_path / "CURRENT").write_text("main")
    with pytest.raises(DatabaseError, match="the file CURRENT is missing or damaged"):
        index_of(0).save(tmp_path)
    assert files_in(tmp_path) == {"CURRENT": b"main"}


def test_an_unfinished_build_is_not_saved_into(tmp_path):
    (tmp_path / ".staging").mkdir()
    (tmp_path / ".written").write_text(".staging/\n")
    with pytest.raises(DatabaseError, match="holds other files"):
        index_of(0).save(tmp_path)


def test_a_save_that_was_killed_is_saved_again(tmp_path):
    (tmp_path / ".written").write_text("sketch-0-60-12345678.npy\n")
    (tmp_path / "sketch-0-60-12345678.npy").write_bytes(b"half")
    index_of(0).save(tmp_path)
    assert len(HyperplaneLSH.load(tmp_path)) == 60 and not (tmp_path / "sketch-0-60-12345678.npy").exists()


def test_saving_keeps_the_files_of_others(tmp_path):
    index_of(0).save(tmp_path / "index")
    (tmp_path / "index" / "boxes.json").write_text("mine")
    for seed in range(3):
        index_of(seed).save(tmp_path / "index")
    assert (tmp_path / "index" / "boxes.json").read_text() == "mine"


def test_a_busy_folder_is_refused_at_once(tmp_path):
    with only_writer(tmp_path / "index"), pytest.raises(DatabaseError, match="index is busy, held by process"):
        index_of(0).save(tmp_path / "index")


def test_a_writer_that_lets_go_while_another_asks_who_holds_it(tmp_path):
    """Its name goes before its lock: who comes between the two is told that the folder is busy."""
    with only_writer(tmp_path), pytest.raises(DatabaseError, match="held by process unknown"):
        (tmp_path / HOLDER).unlink()
        with only_writer(tmp_path):
            pass


SAVER = """
import sys
sys.path[:0] = sys.argv[1:3]
from test_saving import index_of, DatabaseError
index, saved = index_of(int(sys.argv[4]), 40 + int(sys.argv[4])), 0
while saved < 15:
    try:
        index.save(sys.argv[3])
        saved += 1
    except DatabaseError as error:
        assert "busy" in str(error), error
"""


def test_two_processes_that_save_one_index_leave_one_of_the_two(tmp_path):
    index_of(0).save(tmp_path / "index")
    here = os.path.dirname(__file__)
    places = [os.path.dirname(here), here, str(tmp_path / "index")]
    savers = [
        subprocess.Popen([sys.executable, "-c", SAVER, *places, str(seed)], stderr=subprocess.PIPE) for seed in (1, 2)
    ]
    for saver in savers:
        _, trouble = saver.communicate(timeout=120)
        assert saver.returncode == 0, trouble.decode()
    index = HyperplaneLSH.load(tmp_path / "index")
    vectors = rows(len(index) - 40, len(index))
    assert len(index) in (41, 42) and index.range_search(vectors[7], 0.1, plan="tables").ids.tolist() == [7]
    assert len(list((tmp_path / "index").glob("manifest-*"))) == 2
