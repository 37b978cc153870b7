"""Hash tables as sorted arrays: a bucket is a run of neighbours, and so is the bucket of any shorter key.

The prefix trick of the LSH forest (Bawa et al., 2005): 32-bit codes are stored sorted; the rows whose first k
bits equal the query's are found by two binary searches, for every k from 0 to 32, with no rebuild.
"""

import numpy as np

from ..errors import DatabaseError
from . import kernels
from .rows import frozen


def build_tables(codes: np.ndarray, n_tables: int) -> np.ndarray:
    """(n, >= L) uint32 codes of rows 0..n-1 -> (L, n) uint64 tables; an entry is code << 32 | row."""
    return merge_tables(np.empty((n_tables, 0), np.uint64), codes)


def merge_tables(tables: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Tables of n rows and the codes of the next m rows -> tables of all n + m."""
    n_tables, n = tables.shape
    rows = np.arange(n, n + len(codes), dtype=np.uint64)
    merged = np.empty((n_tables, n + len(codes)), np.uint64)
    for t in range(n_tables):
        merged[t, :n] = tables[t]
        merged[t, n:] = (codes[:, t].astype(np.uint64) << np.uint64(32)) | rows
        merged[t].sort()
    return frozen(merged)


def lookup(tables: np.ndarray, codes: np.ndarray, k: int) -> np.ndarray:
    """Rows that share the first k bits with the query in at least one table: (m,) int32, unique, ascending.

    codes: (>= L,) uint32 of the query. k = 0 is the empty key, which every row has.
    """
    if k == 0:
        return np.arange(tables.shape[1], dtype=np.int32)
    try:
        return kernels.lookup_tables(tables, frozen(codes[: len(tables)]), k)
    except IndexError as error:
        raise DatabaseError("the tables of this index are damaged: build it again") from error
