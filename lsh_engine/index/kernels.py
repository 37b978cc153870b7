"""The hot loops of the index, compiled by numba at first use and cached on disk.

Every kernel releases the GIL, keeps no state and runs on one thread: queries of several threads never meet.
Arrays arrive read-only and C-contiguous (see `rows.frozen`), so each kernel compiles exactly once.
"""

import math

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

CHUNK_WORDS = 4  # 64-bit words in one chunk of a sketch: 256 bits
NEAR = 0.9  # above this cosine the chord gives the angle more exactly than arccos
REORDER = {"reassoc", "nsz", "contract"}  # lets the compiler add in vector lanes; NaN stays NaN


def compiled(**options):
    return njit(nogil=True, cache=True, **options)


@intrinsic
def popcount(typing_context, word):
    """Number of set bits of a uint64, as one machine instruction."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def lowest_bit(typing_context, word):
    """Position of the lowest set bit of a uint64 that is not 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], context.get_constant(types.boolean, 1))

    return types.uint64(types.uint64), generate


@compiled(fastmath=REORDER)
def sign_codes(planes, query, n_codes):
    """Sign bits of one query. planes: (c * 32, d) float32, query: (d,) float32 -> (n_codes,) uint32.

    The first plane of a code is its highest bit, so the first k bits of a code are its k highest.
    """
    codes = np.zeros(n_codes, np.uint32)
    for c in range(n_codes):
        code = np.uint32(0)
        for j in range(32):
            plane = planes[c * 32 + j]
            dot = np.float32(0)
            for i in range(len(query)):
                dot += plane[i] * query[i]
            code = np.uint32(code << 1) | np.uint32(dot > 0)
        codes[c] = code
    return codes


@compiled()
def chunk_distance(row, query):
    """Bits that differ in one chunk. row, query: (4,) uint64."""
    return (
        popcount(row[0] ^ query[0])
        + popcount(row[1] ^ query[1])
        + popcount(row[2] ^ query[2])
        + popcount(row[3] ^ query[3])
    )


@compiled()
def hamming(chunk, query):
    """Hamming distances over one chunk. chunk: (n, 4), query: (4,) uint64 -> (n,) uint16, 0..256."""
    distances = np.empty(len(chunk), np.uint16)
    for i in range(len(chunk)):
        distances[i] = chunk_distance(chunk[i], query)
    return distances


@compiled()
def scan_sketch(sketch, query, coarse, threshold):
    """Rows whose sketch is close to the query's, in ascending order.

    sketch: (c, n, 4), query: (c, 4) uint64, both cut to the chunks to compare. A row stays when at most
    `coarse` bits of the first chunk and at most `threshold` bits of all chunks differ. Returns (m,) int32.
    """
    n_chunks, n = sketch.shape[0], sketch.shape[1]
    first, first_query = sketch[0], query[0]
    found = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        distance = chunk_distance(first[i], first_query)
        if distance <= coarse:
            for c in range(1, n_chunks):
                distance += chunk_distance(sketch[c, i], query[c])
            if distance <= threshold:
                found[count] = i
                count += 1
    return found[:count].copy()


@compiled()
def filter_sketch(sketch, query, threshold, ids):
    """Those of `ids` (int32) that differ from the query in at most `threshold` bits; shapes as above."""
    kept = np.empty(len(ids), np.int32)
    count = 0
    for i in ids:
        distance = np.uint64(0)
        for c in range(sketch.shape[0]):
            distance += chunk_distance(sketch[c, i], query[c])
        if distance <= threshold:
            kept[count] = i
            count += 1
    return kept[:count].copy()


@compiled()
def first_at_least(table, shift, key):
    """Position of the first entry whose value >> shift is at least `key`, in a sorted (n,) uint64 array."""
    low, high = 0, len(table)
    while low < high:
        middle = (low + high) >> 1
        if table[middle] >> shift < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled()
def lookup_tables(tables, codes, n_bits):
    """Rows that share their first `n_bits` (1..32) with the query in some table, unique and ascending.

    tables: (L, n) uint64, each sorted, an entry is code << 32 | row. codes: (L,) uint32 of the query.
    Returns (m,) int32. Raises IndexError where a table names a row that is not there.
    """
    n = tables.shape[1]
    seen = np.zeros((n + 63) // 64, np.uint64)
    shift = np.uint64(64 - n_bits)
    count = 0
    for t in range(len(tables)):
        table = tables[t]
        key = np.uint64(codes[t]) >> np.uint64(32 - n_bits)
        start = first_at_least(table, shift, key)
        stop = first_at_least(table, shift, key + np.uint64(1))
        for position in range(start, stop):
            row = table[position] & np.uint64(0xFFFFFFFF)
            if row >= n:
                raise IndexError("a table names a row that is not there")
            word, bit = row >> np.uint64(6), np.uint64(1) << (row & np.uint64(63))
            if not seen[word] & bit:
                seen[word] |= bit
                count += 1
    rows = np.empty(count, np.int32)
    filled = 0
    for w in range(len(seen)):
        word = seen[w]
        while word:
            rows[filled] = w * 64 + np.int64(lowest_bit(word))
            filled += 1
            word &= word - np.uint64(1)
    return rows


@compiled(fastmath=REORDER)
def rerank(vectors, ids, query, delta):
    """Angles between the query and vectors[ids], kept where angle <= delta: the one judge of every index.

    vectors: (n, d) float32, ids: (m,) int32, query: (d,) float32, delta: float32 radians.
    Returns positions in ids (h,) int64 and angles (h,) float32. Small angles come from the chord,
    2 arcsin(|q - x| / 2), because arccos turns the last bit of a cosine near 1 into 0.0005 rad.
    """
    kept = np.empty(len(ids), np.int64)
    angles = np.empty(len(ids), np.float32)
    floor = math.cos(delta) - 1e-4  # cheap first look; the angle decides
    count = 0
    for m in range(len(ids)):
        row = vectors[ids[m]]
        dot = np.float32(0)
        for i in range(len(query)):
            dot += row[i] * query[i]
        if dot < floor and dot < NEAR:
            continue
        if dot < NEAR:
            angle = math.acos(max(dot, np.float32(-1)))
        else:
            square = np.float32(0)
            for i in range(len(query)):
                difference = row[i] - query[i]
                square += difference * difference
            angle = 2 * math.asin(min(1.0, math.sqrt(square) / 2))
        if np.float32(angle) <= delta:
            kept[count] = m
            angles[count] = angle
            count += 1
    return kept[:count].copy(), angles[:count].copy()


def warm_up() -> None:
    """Compile every kernel: some seconds once, then a fraction of a second. For a background thread."""
    from . import sketch, tables
    from .hashing import Hyperplanes
    from .rows import Rows

    vectors = np.eye(4, dtype=np.float32)
    planes = Hyperplanes(4, sketch.SKETCH_CODES, seed=0)
    codes = planes.codes(vectors)
    query = sketch.query_sketch(planes.query_codes(vectors[0], sketch.SKETCH_CODES), CHUNK_WORDS * 64)
    chunks = sketch.pack_sketch(codes)
    rows = tables.lookup(tables.build_tables(codes, 1), codes[0], 1)
    sketch.keep_close(chunks, query, 0, rows)
    sketch.nearest_rows(chunks, query, 1)
    Rows([vectors]).within(sketch.scan(chunks, query, 256, 256), vectors[0], 1.0)
