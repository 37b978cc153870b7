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
import mmap
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .errors import DatabaseError
from .threads import map_parallel

FORMAT = 2
POINTER = "CURRENT"
DATA_SUFFIXES = (".npy", ".parquet", ".json")
LONGEST_HEADER = 2**12  # bytes of a .npy file; ours have 128
SETTLED = 10**9  # ns; a file changed later than this may change again under the same time stamp

_good: set[tuple] = set()  # SHA-256, device, inode and time of change of the files this process found good


@dataclass(frozen=True)
class Entry:
    """One immutable file of a generation. dtype and shape are None for a table."""

    file: str
    bytes: int
    sha256: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None


class Generation:
    """One committed state of a directory, as it was when opened. It keeps its files open: it stays whole however many
    generations come after it."""

    def __init__(self, root: Path, kind: str, meta: dict, entries: dict[str, Entry]):
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

    def table(self, name: str):
        """The named table as a pandas DataFrame, checked."""
        import pandas as pd

        entry = self._entry(name)
        self.check(name)
        try:
            return pd.read_parquet(io.BytesIO(self._contents[name].data))
        except Exception as error:  # as in _array_in
            raise damaged(self.root, entry.file) from error

    def check(self, *names: str) -> None:
        """Before the content of these parts (all, if none is named) is used: compare the SHA-256 of each file that
        this process has not found good before. Raises DatabaseError naming a bad one."""
        left = [name for name in names or self.entries if self._known(name) not in _good]
        with self._checking:  # threads that come together do not read together
            map_parallel(self._check, left)

    def verify(self, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Read every file against its SHA-256; returns how many, or raises DatabaseError naming the first bad one."""
        for done, (name, entry) in enumerate(self.entries.items()):
            progress(done, len(self.entries))
            _check_size(self.root, entry)
            self._check(name)
        progress(len(self.entries), len(self.entries))
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


def _array_in(data: mmap.mmap | bytes, root: Path, entry: Entry) -> np.ndarray:
    try:
        stream = io.BytesIO(data[:LONGEST_HEADER])
        np.lib.format.read_magic(stream)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
        if by_columns or dtype.hasobject or dtype.str != entry.dtype or shape != tuple(entry.shape):
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
    file = _fresh_name(name, "npy")
    _write(root / file, lambda stream: np.lib.format.write_array(stream, array, allow_pickle=False))
    return Entry(file, *_size_and_sha(root / file), array.dtype.str, array.shape)


def write_table(root: Path, name: str, frame) -> Entry:
    """Write a pandas DataFrame as a new immutable Parquet file of `root`, flushed to disk."""
    file = _fresh_name(name, "parquet")
    _write(root / file, lambda stream: frame.to_parquet(stream, index=False))
    return Entry(file, *_size_and_sha(root / file))


def commit(root: Path, kind: str, meta: dict, entries: dict[str, Entry]) -> Generation:
    """Make `entries` and `meta` (JSON) the current generation of `root`."""
    previous = _current_files(root)
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "meta": meta,
        "files": {name: asdict(entry) for name, entry in entries.items()},
    }
    text = json.dumps(manifest, indent=1).encode()
    file = _fresh_name("manifest", "json")
    write_bytes(root / file, text)
    pointer = {"manifest": file, "sha256": hashlib.sha256(text).hexdigest()}
    replace_bytes(root / POINTER, json.dumps(pointer).encode())
    _remove_orphans(root, {file, *(entry.file for entry in entries.values())} | previous)
    return Generation(root, kind, meta, entries)


def open_generation(root: Path | str, kind: str) -> Generation:
    """The current generation of `root`, its sizes checked; DatabaseError when it is not what was expected."""
    root = Path(root)
    while True:
        pointer = _pointer_bytes(root)
        try:
            return _open_current(root, kind)
        except DatabaseError:
            if _pointer_bytes(root) == pointer:
                raise
            # a writer committed meanwhile, and perhaps removed what was about to be opened: look again


def _open_current(root: Path, kind: str) -> Generation:
    if not root.exists():
        raise DatabaseError(f"there is no {kind} named {root.name}: check the path or build one")
    if not (root / POINTER).is_file():
        raise DatabaseError(f"{root.name} is not a {kind}: it has no {POINTER} file; build one there first")
    _, manifest = _read_manifest(root)
    if manifest.get("format") != FORMAT:
        found = manifest.get("format")
        raise DatabaseError(f"{root.name} has format {found!r:.20}, this version reads format {FORMAT}: build it again")
    if manifest.get("kind") != kind:
        raise DatabaseError(f"{root.name} is a {manifest.get('kind')!r:.40}, expected a {kind}")
    try:
        meta, entries = manifest["meta"], {name: Entry(**entry) for name, entry in manifest["files"].items()}
        for entry in entries.values():
            if Path(entry.file).name != entry.file:
                raise damaged(root, Path(entry.file).name)
        return Generation(root, kind, meta, entries)
    except (KeyError, TypeError, AttributeError) as error:
        raise damaged(root, POINTER) from error


def _pointer_bytes(root: Path) -> bytes | None:
    try:
        return (root / POINTER).read_bytes()
    except OSError:
        return None


def sha256_of(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    _write(path, lambda stream: stream.write(data))


def replace_bytes(path: Path, data: bytes) -> None:
    """Replace a small file atomically: readers see the old bytes or the new ones."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_bytes(fresh, data)
    try:
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise _not_written(path, error) from error
    _sync_directory(path.parent)


def _write(path: Path, write: Callable) -> None:
    """Write a new file and flush it to disk; on failure nothing is left and DatabaseError says why."""
    try:
        with open(path, "xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException as error:
        with suppress(OSError):  # on a read-only disk even this fails
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _not_written(path, error) from error
        raise


def _not_written(path: Path, error: OSError) -> DatabaseError:
    reason = error.strerror or "the disk refused it"
    return DatabaseError(f"could not write {path.name}: {reason}; free some space or choose another folder")


def _read_manifest(root: Path) -> tuple[str, dict]:
    """(name of the manifest that the pointer names, its content)."""
    try:
        pointer = json.loads((root / POINTER).read_bytes())
        text = (root / Path(pointer["manifest"]).name).read_bytes()
        if hashlib.sha256(text).hexdigest() != pointer["sha256"]:
            raise damaged(root, pointer["manifest"])
        manifest = json.loads(text)
        if not isinstance(manifest, dict):
            raise damaged(root, pointer["manifest"])
        return pointer["manifest"], manifest
    except DatabaseError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(root, POINTER) from error


def _current_files(root: Path) -> set[str]:
    """Every file that the current generation needs; empty where there is none yet."""
    if not (root / POINTER).is_file():
        return set()
    name, manifest = _read_manifest(root)
    return {name, *(entry["file"] for entry in manifest["files"].values())}


def _remove_orphans(root: Path, wanted: set[str]) -> None:
    for path in root.iterdir():
        ours = path.suffix in DATA_SUFFIXES or path.name.startswith(f".{POINTER}.")  # a pointer that was not renamed
        if ours and path.name not in wanted and path.is_file():
            with suppress(PermissionError):  # Windows, while a reader maps it: the next commit tries again
                path.unlink(missing_ok=True)


def _fresh_name(name: str, suffix: str) -> str:
    return f"{name}-{secrets.token_hex(4)}.{suffix}"


def _size_and_sha(path: Path) -> tuple[int, str]:
    _sync_directory(path.parent)
    return path.stat().st_size, sha256_of(path)


def _sync_directory(path: Path) -> None:
    if os.name == "nt":  # Windows has no such thing
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        os.close(descriptor)
