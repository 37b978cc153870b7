"""Hash tables as sorted arrays, which serve keys of every length (as the LSH forest of Bawa et al., 2005).

Rows lie sorted by code, so the rows whose first k bits equal the query's are one run, for every k. A directory tells
where the run of each first D bits begins; the row and the bits that follow share one 32-bit word: about 29 bits of code
in 4.5 bytes, whatever the number of rows.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core.errors import DatabaseError
from ..checks import frozen
from . import kernels
from .plan import CODE_BITS

RUN = 8  # rows that share an entry of the directory, about


@dataclass(frozen=True)
class Tables:
    """L tables over n rows. directory: (L, 2^D + 1) uint32, entries: (L, n) uint32, see `kernels.look_up`."""

    directory: np.ndarray
    entries: np.ndarray

    def __post_init__(self) -> None:
        n_cells = self.directory.shape[1] - 1
        if n_cells < 1 or n_cells & (n_cells - 1):  # not 2^D: kernels would read past the end
            raise damaged()

    @cached_property
    def spare(self) -> int:
        """Bits of an entry that hold the row."""
        return row_bits(self.n_rows)

    @property
    def n_rows(self) -> int:
        return self.entries.shape[1]

    @property
    def depth(self) -> int:
        """D, bits of code that the directory resolves."""
        return (self.directory.shape[1] - 1).bit_length() - 1

    @property
    def n_bits(self) -> int:
        """Bits of code kept: the longest key."""
        return min(CODE_BITS, self.depth + CODE_BITS - self.spare)

    def look_up(self, tables: np.ndarray, keys: np.ndarray, k: int) -> np.ndarray:
        """Rows in the given buckets, each once: (m,) int32, ascending.

        tables: (p,) int32, keys: (p,) uint32 codes whose first k bits count. k = 0 is the key that every row has.
        """
        if k == 0:
            return np.arange(self.n_rows, dtype=np.int32)
        try:
            rows = kernels.look_up(self.directory, self.entries, self.spare, tables, keys, k)
        except IndexError as error:
            raise damaged() from error
        rows.sort()
        return rows

    def codes_of(self, rows: np.ndarray) -> np.ndarray:
        """The codes of some rows, cut to `n_bits`: (m,) -> (m, L) uint32. It reads every table through."""
        spare, rows = self.spare, np.asarray(rows, np.uint32)
        codes = np.empty((len(rows), len(self.entries)), np.uint32)
        for t, (starts, entries) in enumerate(zip(self.directory, self.entries, strict=True)):
            named = entries & np.uint32((1 << spare) - 1)
            places = np.flatnonzero(np.isin(named, rows))
            places = places[np.argsort(named[places])]
            if len(places) != len(np.unique(rows)):
                raise damaged()
            places = places[np.searchsorted(named[places], rows)]
            heads = (np.searchsorted(starts, places, side="right") - 1).astype(np.uint64)
            rest = (entries[places] >> np.uint32(spare)).astype(np.uint64) << np.uint64(spare)
            codes[:, t] = heads << np.uint64(CODE_BITS - self.depth) | rest >> np.uint64(self.depth)
        return codes

    def codes(self) -> np.ndarray:
        """The codes they were made of, cut to `n_bits`: (n, L) uint32."""
        spare = self.spare
        codes = np.empty(self.entries.shape[::-1], np.uint32)
        heads = np.arange(1 << self.depth, dtype=np.uint64) << np.uint64(CODE_BITS - self.depth)
        try:
            for t, (starts, entries) in enumerate(zip(self.directory, self.entries, strict=True)):
                code = np.repeat(heads, np.diff(starts.astype(np.int64)))
                rest = (entries >> np.uint32(spare)).astype(np.uint64) << np.uint64(spare)
                code |= rest >> np.uint64(self.depth)
                codes[entries & np.uint32((1 << spare) - 1), t] = code
        except (IndexError, ValueError) as error:
            raise damaged() from error
        return codes


def build_tables(codes: np.ndarray, n_bits: int = 0) -> Tables:
    """(n, L) uint32 codes of rows 0..n-1 -> tables that keep `n_bits` bits of each code or more."""
    n, n_tables = codes.shape
    spare = row_bits(n)
    depth = directory_depth(n, n_bits)
    rows = np.arange(n, dtype=np.uint64)
    cells = np.arange((1 << depth) + 1, dtype=np.uint64) << np.uint64(64 - depth if depth else 63)
    directory, entries = np.empty((n_tables, len(cells)), np.uint32), np.empty((n_tables, n), np.uint32)
    for t in range(n_tables):
        words = codes[:, t].astype(np.uint64) << np.uint64(32) | rows
        words.sort()
        directory[t, :-1] = np.searchsorted(words, cells[:-1])
        directory[t, -1] = n
        row = words & np.uint64((1 << spare) - 1)
        rest = (words << np.uint64(depth)) >> np.uint64(32 + spare) << np.uint64(spare)
        entries[t] = rest | row
    return Tables(frozen(directory), frozen(entries))


def directory_depth(n_rows: int, n_bits: int) -> int:
    """D that makes runs short and keeps `n_bits` bits of code."""
    spare = row_bits(n_rows)
    return max(0, spare - RUN.bit_length() + 1, n_bits - (CODE_BITS - spare))


def table_bytes(n_rows: int, n_bits: int) -> int:
    """Bytes of one table: its directory and its entries."""
    return 4 * (2 ** directory_depth(n_rows, n_bits) + 1 + n_rows)


def row_bits(n_rows: int) -> int:
    """Bits that hold a row number."""
    return max(1, (n_rows - 1).bit_length())


def damaged() -> DatabaseError:
    """The error for tables that name rows or places that are not there."""
    return DatabaseError("the tables of this index are damaged: build it again")
