"""Durable directories: immutable files, a manifest with their SHA-256, and one atomically replaced pointer.

A directory holds generations. Committing writes new files under new names, then a manifest that lists every file of
the generation, then replaces `CURRENT`. Whatever moment the process dies, `CURRENT` names a whole generation, the old
or the new one. Files that neither the new nor the previous generation names are removed at the next commit, so a
reader that opened the previous one keeps it. Nothing is pickled.

Opening checks the manifest, and that every file is there in its size. The first use of a file's content compares its
SHA-256, once a process (`Generation.check`), so that opening need not wait for it: a core reads 2 GB a second.
"""

import hashlib
import io
import json
import logging
import mmap
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from . import journal
from .errors import DatabaseError
from .files import replace_bytes, sha256_of, temporary_name, write_bytes, write_new
from .progress import Progress, silent
from .threads import map_parallel

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 3
FORMER_FORMAT = 2  # the same, but for what a database's meta and files are called: `open_generation` takes a translator
POINTER = "CURRENT"
LONGEST_HEADER = 2**12  # bytes of a .npy file; ours have 128
SETTLED = 10**9  # ns; a file changed later than this may change again under the same time stamp

_good: set[tuple] = set()  # SHA-256, device, inode and time of change of the files this process found good


@dataclass(frozen=True)
class Entry:
    """One immutable file of a generation. dtype and shape are those of an array, None for a table or other bytes."""

    file: str
    bytes: int
    sha256: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None


class Generation:
    """One committed state of a directory, as it was when opened. It keeps its files open: it stays whole however many
    generations come after it.
    """

    def __init__(self, root: Path, kind: str, meta: dict, entries: dict[str, Entry]) -> None:
        """Opens every file; raises DatabaseError for one that is missing or has another size."""
        self.root, self.kind, self.meta, self.entries = root, kind, meta, entries
        self._contents = {name: _opened(root, entry) for name, entry in entries.items()}
        self._checking = threading.Lock()

    def array(self, name: str, checked: bool = False) -> np.ndarray:
        """The named array, memory-mapped and read-only. checked: `check` it first."""
        entry = self._entry(name)
        if checked:
            self.check(name)
        return _array_in(self._contents[name].data, self.root, entry)

    def table(self, name: str) -> "pd.DataFrame":
        """The named table as a pandas DataFrame, checked."""
        import pandas as pd

        content = self.read(name)
        try:
            return pd.read_parquet(io.BytesIO(content))
        except Exception as error:  # as in _array_in
            raise damaged(self.root, self._entry(name).file) from error

    def read(self, name: str) -> bytes:
        """The bytes of the named file, checked."""
        self._entry(name)
        self.check(name)
        return bytes(self._contents[name].data)

    def check(self, *names: str) -> None:
        """Before the content of these parts (all, if none is named) is used: compare the SHA-256 of each file that
        this process has not found good before. Raises DatabaseError naming a bad one.
        """
        left = [name for name in names or self.entries if self._known(name) not in _good]
        with self._checking:  # threads that come together do not read together
            map_parallel(self._check, left)

    def verify(self, progress: Progress = silent) -> int:
        """Read every file against its SHA-256; returns how many, or raises DatabaseError naming the first bad one."""
        for done, (name, entry) in enumerate(self.entries.items()):
            progress(done, len(self.entries), "verify")
            _check_size(self.root, entry)
            self._check(name)
        progress(len(self.entries), len(self.entries), "verify")
        return len(self.entries)

    def _check(self, name: str) -> None:
        entry, content = self.entries[name], self._contents[name]
        if hashlib.sha256(content.data).hexdigest() != entry.sha256:
            raise damaged(self.root, entry.file)
        if time.time_ns() - content.state[-1] > SETTLED:
            _good.add(self._known(name))

    def _known(self, name: str) -> tuple:
        return self._entry(name).sha256, *self._contents[name].state

    def _entry(self, name: str) -> Entry:
        if name not in self.entries:
            raise DatabaseError(f"{self.root.name} has no part named {name!r}: build it again")
        return self.entries[name]


@dataclass(frozen=True)
class Content:
    """An opened file: its bytes, memory-mapped if it is an array, and (device, inode, time of change in ns)."""

    data: mmap.mmap | bytes
    state: tuple[int, int, int]


def damaged(root: Path, file: str) -> DatabaseError:
    return DatabaseError(f"{root.name}: the file {file} is missing or damaged: restore it from a copy or build again")


def read_array(root: Path, entry: Entry) -> np.ndarray:
    """The array of one file of `root`, memory-mapped and read-only; DatabaseError where it is not what was written."""
    return _array_in(_opened(root, entry).data, root, entry)


def read_table(root: Path, entry: Entry) -> "pd.DataFrame":
    """The table of one file of `root`; DatabaseError where it is not what was written."""
    import pandas as pd

    try:
        return pd.read_parquet(io.BytesIO(_opened(root, entry).data))
    except DatabaseError:
        raise
    except Exception as error:  # as in _array_in
        raise damaged(root, entry.file) from error


def _array_in(data: mmap.mmap | bytes, root: Path, entry: Entry) -> np.ndarray:
    try:
        stream = io.BytesIO(data[:LONGEST_HEADER])
        np.lib.format.read_magic(stream)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
        if by_columns or dtype.hasobject or dtype.str != entry.dtype or shape != tuple(entry.shape or ()):
            raise damaged(root, entry.file)
        return np.ndarray(shape, dtype, data, stream.tell())
    except DatabaseError:
        raise
    except Exception as error:  # a damaged header makes the reader raise anything, tokenize.TokenError too
        raise damaged(root, entry.file) from error


def _opened(root: Path, entry: Entry) -> Content:
    try:
        with open(root / entry.file, "rb") as stream:
            now = os.fstat(stream.fileno())
            if now.st_size != entry.bytes:
                raise damaged(root, entry.file)
            is_array = entry.dtype is not None
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if is_array else stream.read()
    except (OSError, ValueError) as error:
        raise damaged(root, entry.file) from error
    return Content(data, (now.st_dev, now.st_ino, now.st_mtime_ns))


def _check_size(root: Path, entry: Entry) -> None:
    """Whether the file is still there, in its size: one that was cut short must not be read through a map."""
    try:
        good = os.stat(root / entry.file).st_size == entry.bytes
    except OSError as error:
        raise damaged(root, entry.file) from error
    if not good:
        raise damaged(root, entry.file)


def write_array(root: Path, name: str, array: np.ndarray) -> Entry:
    """Write `array` as a new immutable file of `root`, flushed to disk."""
    array = np.ascontiguousarray(array)
    write = lambda stream: np.lib.format.write_array(stream, array, allow_pickle=False)  # noqa: E731
    return _written(root, name, "npy", write, array)


def write_table(root: Path, name: str, table: "pd.DataFrame") -> Entry:
    """Write a pandas DataFrame as a new immutable Parquet file of `root`, flushed to disk."""
    return _written(root, name, "parquet", lambda stream: table.to_parquet(stream, index=False))


def write_file(root: Path, name: str, data: bytes, suffix: str) -> Entry:
    """Write bytes of another format as a new immutable file of `root`, flushed to disk."""
    return _written(root, name, suffix, lambda stream: stream.write(data))


def _written(
    root: Path, name: str, suffix: str, write: Callable[[BinaryIO], Any], array: np.ndarray | None = None
) -> Entry:
    path = root / journal.fresh_name(root, name, suffix)
    write_new(path, write)
    return entry_of(path) if array is None else entry_of(path, array.dtype.str, array.shape)


def entry_of(path: Path, dtype: str | None = None, shape: tuple[int, ...] | None = None) -> Entry:
    """The entry of a file that is written and flushed: its size, and its SHA-256 as read back."""
    return Entry(path.name, path.stat().st_size, sha256_of(path), dtype, shape)


def commit(root: Path, kind: str, meta: dict, entries: dict[str, Entry]) -> Generation:
    """Make `entries` and `meta` (JSON) the current generation of `root`. The caller holds the directory for writing.

    Raises DatabaseError where `root` holds something of another kind.
    """
    previous = _current_files(root, kind)
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "meta": meta,
        "files": {name: asdict(entry) for name, entry in entries.items()},
    }
    text = json.dumps(manifest, indent=1).encode()
    file = journal.fresh_name(root, "manifest", "json")
    write_bytes(root / file, text)
    pointer = {"manifest": file, "sha256": hashlib.sha256(text).hexdigest()}
    fresh = journal.enlist(root, temporary_name(POINTER))
    replace_bytes(root / POINTER, json.dumps(pointer).encode(), root / fresh)
    log.info("%s: %d files are the current generation", root.name, len(entries))
    with suppress(DatabaseError, OSError):  # it is committed: what could not be tidied up goes with the next commit
        journal.remove_all_but(root, {file, *(entry.file for entry in entries.values())} | previous)
    return Generation(root, kind, meta, entries)


Translator = Callable[[dict, dict[str, Entry]], tuple[dict, dict[str, Entry]]]


def open_generation(root: Path | str, kind: str, translate: Translator | None = None) -> Generation:
    """The current generation of `root`, its sizes checked; DatabaseError when it is not what was expected.

    translate: turns (meta, files) of the former format into today's.
    """
    root = Path(root)
    while True:
        pointer = pointer_bytes(root)
        try:
            return _open_current(root, kind, translate)
        except DatabaseError:
            if pointer_bytes(root) == pointer:
                raise
            # a writer committed meanwhile, and perhaps removed what was about to be opened: look again


def _open_current(root: Path, kind: str, translate: Translator | None) -> Generation:
    if not root.exists():
        raise DatabaseError(f"there is no {kind} named {root.name}: check the path or build one")
    if not (root / POINTER).is_file():
        raise DatabaseError(f"{root.name} is not a {kind}: it has no {POINTER} file; build one there first")
    _, manifest = _read_manifest(root, kind)
    try:
        meta, entries = manifest["meta"], {name: Entry(**entry) for name, entry in manifest["files"].items()}
        for entry in entries.values():
            if Path(entry.file).name != entry.file:
                raise damaged(root, Path(entry.file).name)
        if manifest["format"] == FORMER_FORMAT and translate:
            meta, entries = translate(meta, entries)
        return Generation(root, kind, meta, entries)
    except (KeyError, TypeError, AttributeError) as error:
        raise damaged(root, POINTER) from error


def format_of(root: Path, kind: str) -> int:
    """The format of the current generation of `root`."""
    return _read_manifest(root, kind)[1]["format"]


def pointer_bytes(root: Path) -> bytes | None:
    """What names the current generation; None where there is none."""
    try:
        return (root / POINTER).read_bytes()
    except OSError:
        return None


def _read_manifest(root: Path, kind: str) -> tuple[str, dict]:
    """(name of the manifest that the pointer names, its content), of a format and kind that can be read."""
    try:
        pointer = json.loads((root / POINTER).read_bytes())
        text = (root / Path(pointer["manifest"]).name).read_bytes()
        if hashlib.sha256(text).hexdigest() != pointer["sha256"]:
            raise damaged(root, pointer["manifest"])
        manifest = json.loads(text)
        if not isinstance(manifest, dict):
            raise damaged(root, pointer["manifest"])
    except DatabaseError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(root, POINTER) from error
    found = manifest.get("format")
    if found not in (FORMAT, FORMER_FORMAT):
        raise DatabaseError(f"{root.name} has format {found!r:.20}, this version reads format {FORMAT}: build it again")
    if manifest.get("kind") != kind:
        raise DatabaseError(f"{root.name} is a {manifest.get('kind')!r:.40}, expected a {kind}")
    return pointer["manifest"], manifest


def _current_files(root: Path, kind: str) -> set[str]:
    """Every file that the current generation needs; empty where there is none yet."""
    if not (root / POINTER).is_file():
        return set()
    name, manifest = _read_manifest(root, kind)
    return {name, *(entry["file"] for entry in manifest["files"].values())}
