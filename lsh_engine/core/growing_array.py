"""A .npy file that grows at its end: rows go to the disk as they come, its header tells their number at the end.

What lies beyond the rows that the caller counts is cut off by the next `append`: a writer may die at any moment.
"""

import io
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .files import not_written, write_bytes
from .generations import Entry, entry_of

HEADER = 128  # bytes, whatever the number of rows


def start(path: Path, dtype: np.dtype, row: tuple[int, ...] = ()) -> None:
    """Make a file without rows. row: shape of each."""
    write_bytes(path, _header(dtype, (0, *row)))


def append(path: Path, n_before: int, rows: np.ndarray) -> int:
    """Put `rows` behind the first `n_before` rows and flush them. Returns how many there are now."""
    rows = np.ascontiguousarray(rows)
    each = rows.itemsize * int(np.prod(rows.shape[1:], dtype=np.int64))
    _write_at(path, HEADER + n_before * each, rows)
    return n_before + len(rows)


def finish(path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> Entry:
    """Write the number of rows into the header; returns the entry of the file. May be done again, and appended to."""
    dtype = np.dtype(dtype)
    size = HEADER + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    _write_at(path, 0, np.frombuffer(_header(dtype, shape), np.uint8), size)
    return entry_of(path, dtype.str, shape)


def holds(path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> bool:
    """Whether the file is there with so many rows or more."""
    size = HEADER + np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
    return path.is_file() and path.stat().st_size >= size


def write_joined(path: Path, parts: Iterable[np.ndarray], dtype: np.dtype, row: tuple[int, ...] = ()) -> Entry:
    """A new file of all parts, one behind the other; only one is in memory at a time."""
    start(path, dtype, row)
    n = 0
    for part in parts:
        n = append(path, n, part.astype(dtype, copy=False))
    return finish(path, dtype, (n, *row))


def _header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    stream = io.BytesIO()
    facts = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, facts)
    header = stream.getvalue()
    if len(header) != HEADER:
        raise ValueError(f"a header of {len(header)} bytes")
    return header


def _write_at(path: Path, place: int, data: np.ndarray, size: int | None = None) -> None:
    """Write at `place` and flush; the file ends behind it, or has `size` bytes."""
    try:
        with open(path, "r+b") as stream:
            stream.truncate(place if size is None else size)
            stream.seek(place)
            stream.write(data.data if data.size else b"")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise not_written(path, error) from error
