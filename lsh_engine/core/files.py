"""Files that are on the disk, whole, when a function returns: new ones, and small ones that are replaced."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .errors import DatabaseError


def write_new(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Make a new file of what `write(stream)` writes, and flush it to the disk with its name.

    On failure nothing is left, and DatabaseError tells what the disk refused.
    """
    try:
        with open(path, "xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        sync_directory(path.parent)
    except BaseException as error:
        with suppress(OSError):  # on a read-only disk even this fails
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise not_written(path, error) from error
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """`write_new` of these bytes."""
    write_new(path, lambda stream: stream.write(data))


def replace_bytes(path: Path, data: bytes, fresh: Path | None = None) -> None:
    """Replace a small file in one step: readers see the old bytes or the new ones.

    fresh: where the new bytes are written before they get their name; another hidden file beside `path` by default.
    """
    fresh = fresh or path.with_name(temporary_name(path.name))
    write_bytes(fresh, data)
    try:
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise not_written(path, error) from error
    sync_directory(path.parent)


def replace_json(path: Path, content: object) -> None:
    """`replace_bytes` with JSON."""
    replace_bytes(path, json.dumps(content).encode())


def temporary_name(name: str) -> str:
    """A hidden name of its own for a file that will become `name`."""
    return f".{name}.{secrets.token_hex(4)}"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content in 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_directory(path: Path) -> None:
    """Flush the names in a directory to the disk."""
    if os.name == "nt":  # Windows has no such thing
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> DatabaseError:
    reason = error.strerror or "the disk refused it"
    return DatabaseError(f"could not write {path.name}: {reason}; free some space or choose another folder")
