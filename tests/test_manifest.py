"""Durable directories: whole generations only, every damage named, nothing run, nothing lost."""

import errno
import hashlib
import json
import os
import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lsh_engine.core import files, journal
from lsh_engine.core import generations as manifest
from lsh_engine.core.errors import DatabaseError

KIND = "test store"


def store(root: Path, number: int) -> manifest.Generation:
    """Commit a generation whose every file says `number`."""
    root.mkdir(exist_ok=True)
    entries = {
        "a": manifest.write_array(root, "a", np.full((4, 3), number, np.float32)),
        "b": manifest.write_array(root, "b", np.full((4, 3), number + 100, np.float32)),
        "t": manifest.write_table(root, "t", pd.DataFrame({"path": [f"p{number}", "q"], "n": [number, 2]})),
    }
    return manifest.commit(root, KIND, {"number": number}, entries)


def number_in(generation: manifest.Generation) -> int:
    """The number, after checking that all parts agree on it."""
    generation.verify()
    number = generation.meta["number"]
    assert (generation.array("a") == number).all() and (generation.array("b") == number + 100).all()
    assert generation.table("t")["path"].tolist() == [f"p{number}", "q"]
    return number


def reopened(root: Path) -> manifest.Generation:
    return manifest.open_generation(root, KIND)


@pytest.fixture
def root(tmp_path) -> Path:
    store(tmp_path / "store", 1)
    return tmp_path / "store"


def files_of(generation: manifest.Generation) -> set[str]:
    return {entry.file for entry in generation.entries.values()}


def test_what_was_committed_is_what_is_opened(root):
    generation = reopened(root)
    assert number_in(generation) == 1 and generation.kind == KIND
    array = generation.array("a")
    assert array.dtype == np.float32 and array.shape == (4, 3)
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 5


def test_an_opened_generation_stays_readable_after_the_next_commit(root):
    old = reopened(root)
    store(root, 2)
    assert number_in(old) == 1 and number_in(reopened(root)) == 2


def test_a_reader_keeps_a_generation_whose_files_are_gone(root):
    old = reopened(root)
    for number in (2, 3, 4):
        store(root, number)
    assert not any((root / entry.file).exists() for entry in old.entries.values())
    old.check()
    assert (old.array("a", checked=True) == 1).all() and old.table("t")["n"].tolist() == [1, 2]


def test_a_reader_that_is_overtaken_while_it_opens_looks_again(root, monkeypatch):
    late, true = iter((2, 3)), manifest._opened

    def overtaken(*arguments):
        for number in late:
            store(root, number)
        return true(*arguments)

    monkeypatch.setattr(manifest, "_opened", overtaken)
    assert number_in(reopened(root)) == 3


def test_files_that_nobody_needs_go_at_the_next_commit(root):
    first = files_of(reopened(root))
    leftover = manifest.write_array(root, "leftover", np.ones(3)).file
    pointer = journal.enlist(root, ".CURRENT.12345678")
    (root / pointer).write_bytes(b"of a killed writer")
    second = files_of(store(root, 2))
    names = {path.name for path in root.iterdir()}
    assert first | second < names and not names & {leftover, pointer}
    third = files_of(store(root, 3))
    names = {path.name for path in root.iterdir()}
    assert second | third < names and not first & names
    assert len([name for name in names if name.startswith("manifest-")]) == 2


THEIRS = (
    "boxes.json",
    "labels.parquet",
    "mean.npy",
    "photos-20260101.json",
    "vectors-12345678.npy",
    ".CURRENT.1234abcd",
)


@pytest.mark.parametrize("listed", [True, False], ids=["with its list", "of the former format"])
def test_files_of_others_are_never_removed(root, listed):
    """Whatever they are called: only names that this program listed, or that a manifest holds, are its own."""
    if not listed:
        (root / journal.JOURNAL).unlink()
    for name in THEIRS:
        (root / name).write_text("mine")
    first = files_of(reopened(root))
    store(root, 2), store(root, 3)
    names = {path.name for path in root.iterdir()}
    assert names >= set(THEIRS) and not names & first, "its own former files go all the same"
    journal.remove_all(root)
    assert {path.name for path in root.iterdir()} == {*THEIRS, manifest.POINTER}


@pytest.mark.parametrize("line", ["../outside.npy", "/etc/hostname", "boxes.json", "sub/a-12345678.npy", "..", "../x/"])
def test_a_planted_list_removes_nothing_of_others(root, line):
    outside = root.parent / "outside.npy"
    outside.write_text("mine")
    (root / "boxes.json").write_text("mine")
    with open(root / journal.JOURNAL, "a") as stream:
        stream.write(f"{line}\n")
    store(root, 2)
    journal.remove_all(root)
    assert outside.exists() and (root / "boxes.json").exists() and Path("/etc/hostname").exists()


def test_a_list_whose_last_line_is_half_written_goes_on(root):
    """A power cut: what the half name stood for was not made yet."""
    with open(root / journal.JOURNAL, "a") as stream:
        stream.write("labels-123")
    (root / "labels-123").write_text("mine")
    lost = manifest.write_array(root, "a", np.ones(3)).file
    store(root, 2)
    assert (root / "labels-123").exists() and not (root / lost).exists()


def test_a_commit_refuses_a_directory_of_another_kind(root):
    with pytest.raises(DatabaseError, match="store is a 'test store', expected a database"):
        manifest.commit(root, "database", {}, {})
    assert number_in(reopened(root)) == 1


def test_commit_may_keep_files_of_the_former_generation(root):
    former = reopened(root)
    fresh = manifest.write_array(root, "b", np.full((4, 3), 7, np.float32))
    for _ in range(3):
        manifest.commit(root, KIND, {"number": 1}, former.entries | {"b": fresh})
    generation = reopened(root)
    assert (generation.array("a") == 1).all() and (generation.array("b") == 7).all()


# ---- damage


@pytest.mark.parametrize("name", ["a", "t"])
def test_every_flipped_byte_is_found_by_verify(root, name):
    generation = reopened(root)
    path = root / generation.entries[name].file
    good = path.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 30)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
        with pytest.raises(DatabaseError, match=path.name):
            reopened(root).verify()
    path.write_bytes(good)
    assert reopened(root).verify() == 3


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_flipped_bit_in_a_header_gives_the_right_array_or_a_clear_error(root):
    """All bits of the header, without asking for verify."""
    generation = reopened(root)
    path = root / generation.entries["a"].file
    good, refused = path.read_bytes(), 0
    for bit in range(128 * 8):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        try:
            array = generation.array("a")
        except DatabaseError as error:
            assert path.name in str(error)
            refused += 1
        else:
            assert array.dtype == np.float32 and array.shape == (4, 3)
            del array
    assert refused > 400


@pytest.mark.parametrize("name", ["a", "t"])
def test_a_flipped_byte_is_found_at_the_first_use(root, name):
    path = root / reopened(root).entries[name].file
    good = path.read_bytes()
    for at in range(0, len(good), 11):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        generation = reopened(root)
        with pytest.raises(DatabaseError, match=path.name):
            generation.table(name) if name == "t" else generation.array(name, checked=True)


def test_what_was_found_good_is_read_again_only_when_it_changed(root, monkeypatch):
    for path in root.iterdir():
        os.utime(path, (10**9, 10**9))
    reopened(root).check()
    read, true = [], hashlib.sha256
    with monkeypatch.context() as watched:
        watched.setattr(hashlib, "sha256", lambda data=b"": read.append(len(data)) or true(data))
        again = reopened(root)
        read.clear()  # the manifest itself
        again.check()
        assert not read
        again.verify()
        assert len(read) == 3, "verify always reads"
    path = root / again.entries["b"].file
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(DatabaseError, match=path.name):
        reopened(root).check()


def test_a_file_changed_a_moment_ago_is_not_taken_for_good(root):
    """Two changes within one tick of the clock leave the same time stamp."""
    path = root / reopened(root).entries["a"].file
    reopened(root).check()
    stamp = path.stat().st_mtime_ns
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    os.utime(path, ns=(stamp, stamp))
    with pytest.raises(DatabaseError, match=path.name):
        reopened(root).check()


@pytest.mark.parametrize("name", ["a", "b", "t"])
@pytest.mark.parametrize("keep", [0, 1, 64, -1])
def test_a_truncated_file_is_refused_at_open(root, name, keep):
    path = root / reopened(root).entries[name].file
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatabaseError, match=rf"store: the file {path.name} is missing or damaged: restore it"):
        reopened(root)


@pytest.mark.parametrize("name", ["a", "b", "t"])
def test_a_missing_file_is_refused_at_open_and_by_verify(root, name):
    generation = reopened(root)
    path = root / generation.entries[name].file
    path.unlink()
    with pytest.raises(DatabaseError, match=path.name):
        reopened(root)
    with pytest.raises(DatabaseError, match=path.name):
        generation.verify()
    generation.check()
    assert generation.meta["number"] == 1, "who has it open keeps it"


def test_swapped_files_are_found_by_verify(root):
    one, two = (root / reopened(root).entries[name].file for name in "ab")
    one.rename(root / "aside")
    two.rename(one)
    (root / "aside").rename(two)
    with pytest.raises(DatabaseError, match=one.name):
        reopened(root).verify()


def test_a_file_of_another_generation_is_found_by_verify(root):
    old = reopened(root)
    new = store(root, 2)
    shutil.copyfile(root / old.entries["b"].file, root / new.entries["b"].file)
    with pytest.raises(DatabaseError, match=new.entries["b"].file):
        reopened(root).verify()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_an_array_of_another_type_or_shape_is_refused(root, dtype):
    generation = reopened(root)
    path = root / generation.entries["a"].file
    for array in (np.ones((4, 3), dtype), np.ones((3, 4), np.float32)):
        np.save(path, array)
        with pytest.raises(DatabaseError, match=path.name):
            generation.array("a")


def test_a_planted_pickle_is_not_run(root, tmp_path):
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return Path.touch, (marker,)

    generation = reopened(root)
    path = root / generation.entries["a"].file
    np.save(path, np.array([Evil()], object), allow_pickle=True)
    for data in (path.read_bytes(), pickle.dumps(Evil())):
        path.write_bytes(data)
        with pytest.raises(DatabaseError, match=path.name):
            generation.array("a")
    assert not marker.exists()
    pickle.loads(data)
    assert marker.exists(), "the planted file would have run"


# ---- pointer and manifest

GARBAGE = [b"", b"\0" * 64, b"{", b"[]", b"7", b'"text"', b"null", b"{}", b'{"manifest": 7, "sha256": ""}', b"\xff\xfe"]
GARBAGE += [b'{"manifest": "", "sha256": ""}', b'{"manifest": "gone.json", "sha256": ""}', b"9" * 10**4, b"[" * 10**5]


@pytest.mark.parametrize("pointer", GARBAGE)
def test_a_garbage_pointer(root, pointer):
    (root / manifest.POINTER).write_bytes(pointer)
    with pytest.raises(DatabaseError, match="store: the file CURRENT is missing or damaged"):
        reopened(root)
    with pytest.raises(DatabaseError, match="CURRENT"):
        store(root, 2)


@pytest.mark.parametrize("at", [0, 10, -2])
def test_a_flipped_byte_in_the_manifest(root, at):
    path = next(root.glob("manifest-*.json"))
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(DatabaseError, match=path.name):
        reopened(root)


def rewritten(root: Path, change) -> None:
    """A manifest changed by someone who knows how to sign it."""
    pointer = json.loads((root / manifest.POINTER).read_bytes())
    content = json.loads((root / pointer["manifest"]).read_bytes())
    text = json.dumps(change(content)).encode()
    (root / pointer["manifest"]).write_bytes(text)
    pointer["sha256"] = hashlib.sha256(text).hexdigest()
    (root / manifest.POINTER).write_text(json.dumps(pointer))


@pytest.mark.parametrize("version", [0, 1, 99, "3", None, "x" * 10**5])
def test_another_format_says_both_versions(root, version):
    rewritten(root, lambda content: content | {"format": version})
    with pytest.raises(
        DatabaseError, match="store has format .*, this version reads format 3: build it again"
    ) as error:
        reopened(root)
    assert len(str(error.value)) < 160


def test_another_kind_is_named(root):
    with pytest.raises(DatabaseError, match="store is a 'test store', expected a database"):
        manifest.open_generation(root, "database")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: [],
        lambda content: 7,
        lambda content: {key: value for key, value in content.items() if key != "files"},
        lambda content: {key: value for key, value in content.items() if key != "meta"},
        lambda content: content | {"files": []},
        lambda content: content | {"files": {"a": 7}},
        lambda content: content | {"files": {"a": {"file": "x"}}},
        lambda content: content | {"files": {"a": {"file": 7, "bytes": 1, "sha256": ""}}},
        lambda content: content | {"files": {"a": content["files"]["a"] | {"color": "red"}}},
    ],
)
def test_a_manifest_of_another_make_is_refused(root, change):
    rewritten(root, change)
    with pytest.raises(DatabaseError, match="store"):
        reopened(root)


@pytest.mark.parametrize("name", ["../outside.npy", "/etc/hostname", "sub/../a.npy", "..", "", "."])
def test_no_file_outside_the_directory_is_opened(root, name):
    outside = root.parent / "outside.npy"
    outside.write_bytes(next(root.glob("a-*.npy")).read_bytes())

    def point_out(content):
        content["files"]["a"]["file"] = name
        return content

    rewritten(root, point_out)
    with pytest.raises(DatabaseError, match="missing or damaged"):
        reopened(root)


def test_what_is_no_store(tmp_path):
    with pytest.raises(DatabaseError, match="there is no test store named nowhere: check the path or build one"):
        reopened(tmp_path / "nowhere")
    with pytest.raises(DatabaseError, match="is not a test store: it has no CURRENT file"):
        reopened(tmp_path)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(DatabaseError, match="file is not a test store"):
        reopened(tmp_path / "file")


def test_a_part_that_is_not_there(root):
    for ask in (reopened(root).array, reopened(root).table):
        with pytest.raises(DatabaseError, match="store has no part named 'z'"):
            ask("z")


# ---- a full disk


def fail_at(monkeypatch, name: str, number: int) -> list[int]:
    """The call of os.<name> with this number finds the disk full; counts the calls."""
    true, calls = getattr(os, name), [0]

    def failing(*arguments, **options):
        calls[0] += 1
        if calls[0] == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return true(*arguments, **options)

    monkeypatch.setattr(os, name, failing)
    return calls


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_full_disk_at_any_moment_leaves_a_whole_generation(root, monkeypatch, function):
    with monkeypatch.context() as counting:
        n_calls = fail_at(counting, function, 0)
        store(root, 1)
    for number in range(1, n_calls[0] + 1):
        store(root, 1)
        with monkeypatch.context() as full:
            fail_at(full, function, number)
            try:
                store(root, 2)
            except DatabaseError as error:
                assert re.match("could not write .*: No space left on device; free some space", str(error))
            else:
                assert number > n_calls[0] // 2, "it was committed: what is left over goes with the next commit"
                assert number_in(reopened(root)) == 2
        assert number_in(reopened(root)) in (1, 2)
        assert {path.name for path in root.glob(".*")} == {journal.JOURNAL}, "a temporary file was left"
    store(root, 3), store(root, 4)
    assert number_in(reopened(root)) == 4
    assert len([path for path in root.iterdir() if path.suffix]) == 8, "two generations"


def test_a_write_that_fails_halfway_leaves_no_file(root, monkeypatch):
    before = set(root.iterdir())

    def full(stream, array, allow_pickle):
        stream.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(DatabaseError, match=r"could not write a-\w+.npy: No space left"):
        manifest.write_array(root, "a", np.ones(3))
    assert set(root.iterdir()) == before


def test_a_disk_that_has_become_read_only_refuses_even_the_tidying_up(root, monkeypatch):
    def refused(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "fsync", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(DatabaseError, match="could not write .*: Read-only file system"):
        manifest.write_array(root, "a", np.ones(3))


def test_an_interruption_leaves_no_half_file(root, monkeypatch):
    before = set(root.iterdir())

    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        manifest.write_array(root, "a", np.ones(3))
    assert set(root.iterdir()) == before


def test_a_small_file_is_replaced_whole(tmp_path):
    path = tmp_path / "file"
    files.replace_bytes(path, b"old")
    files.replace_bytes(path, b"new and longer")
    assert path.read_bytes() == b"new and longer" and list(tmp_path.iterdir()) == [path]
