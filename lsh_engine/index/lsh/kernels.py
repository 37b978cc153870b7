"""The hot loops of hashing: sign bits, buckets, sketches. `exact_loops` says what holds for all compiled loops."""

import heapq
import math

import numpy as np

from ..exact_loops import REORDER, compiled
from ..instructions import popcount, prefetch, ticks
from . import centring

CHUNK_WORDS = 4  # 64-bit words in one chunk of a sketch: 256 bits
AHEAD_ROWS = 16  # how far ahead of use random rows are fetched: enough to hide the memory's delay
SCAN, PROBE, TABLES = 0, 1, 2  # ways to find candidates
SKETCH_CODES = 32  # codes of a sketch: 1024 bits
MOST_PROBES = 2048  # buckets a query
RARE = 1e-12  # chances are kept away from 0 and 1 by this much, so that their logarithms exist

distance = compiled()(centring.distance)
widest = compiled()(centring.widest)


# ---- sign bits


@compiled()
def hadamard(x):
    """Hadamard transform of (n,) float32 in place, n a power of two of at least 8. Not normalised."""
    n = len(x)
    for i in range(0, n, 8):  # the first three stages at once, in registers
        a0, a1, a2, a3 = x[i] + x[i + 1], x[i] - x[i + 1], x[i + 2] + x[i + 3], x[i + 2] - x[i + 3]
        a4, a5, a6, a7 = x[i + 4] + x[i + 5], x[i + 4] - x[i + 5], x[i + 6] + x[i + 7], x[i + 6] - x[i + 7]
        b0, b1, b2, b3 = a0 + a2, a1 + a3, a0 - a2, a1 - a3
        b4, b5, b6, b7 = a4 + a6, a5 + a7, a4 - a6, a5 - a7
        x[i], x[i + 1], x[i + 2], x[i + 3] = b0 + b4, b1 + b5, b2 + b6, b3 + b7
        x[i + 4], x[i + 5], x[i + 6], x[i + 7] = b0 - b4, b1 - b5, b2 - b6, b3 - b7
    half = 8
    while half < n:
        for start in range(0, n, 2 * half):
            for i in range(start, start + half):
                a, b = x[i], x[i + half]
                x[i], x[i + half] = a + b, a - b
        half *= 2


@compiled()
def rotate(signs, vector):
    """Pseudo-random rotations of one vector. signs: (r, 3, n) of +1, -1, vector: (d,), all float32 -> (r * n,) float32.

    Each is three rounds of random signs and a Hadamard transform; n >= d. Every output has the variance of the
    product with a Gaussian vector, times n^2.
    """
    n_rotations, n_rounds, n = signs.shape
    turned = np.zeros((n_rotations, n), np.float32)
    for r in range(n_rotations):
        x = turned[r]
        for i in range(len(vector)):
            x[i] = vector[i]
        for k in range(n_rounds):
            sign = signs[r, k]
            for i in range(n):
                x[i] *= sign[i]
            hadamard(x)
    return turned.reshape(-1)


@compiled()
def distances_of(signs, vector, offsets):
    """Signed distances of one vector to the hyperplanes of the rotations: (r * n,) float32.

    They are those to planes of unit variance: for a vector of unit length seen from the origin they are standard
    normal over random planes. offsets: the rotated centre.
    """
    distances = rotate(signs, vector)
    scale = np.float32(1 / signs.shape[2])
    for i in range(len(distances)):
        distances[i] = (distances[i] - offsets[i]) * scale
    return distances


@compiled()
def pack_signs(distances, codes):
    """Fill (c,) uint32 codes with the bits distance > 0 of the first 32 c distances; the first is the highest bit."""
    for c in range(len(codes)):
        code = np.uint32(0)
        for i in range(32 * c, 32 * c + 32):
            code = np.uint32(code << np.uint32(1)) | np.uint32(distances[i] > 0)
        codes[c] = code


@compiled()
def rotated_codes(signs, vectors, offsets, n_codes):
    """Codes of (n, d) float32 vectors: (n, n_codes) uint32."""
    codes = np.empty((len(vectors), n_codes), np.uint32)
    for i in range(len(vectors)):
        pack_signs(distances_of(signs, vectors[i], offsets), codes[i])
    return codes


@compiled(fastmath=REORDER)
def product(a, b):
    """Dot product of two float32 vectors."""
    total = np.float32(0)
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@compiled()
def hash_query(signs, vector, offsets, centre, n_codes):
    """Of one query: codes (n_codes,) uint32, the same as a sketch (n_codes / 8, 4) uint64, distances to the
    hyperplanes (r * n,) float32, product with the centre, squared length.
    """
    distances = distances_of(signs, vector, offsets)
    codes = np.empty(n_codes, np.uint32)
    pack_signs(distances, codes)
    sketch = codes.view(np.uint64).reshape(n_codes // (2 * CHUNK_WORDS), CHUNK_WORDS)
    return codes, sketch, distances, product(centre, vector), product(vector, vector)


@compiled(fastmath=REORDER)
def plane_codes(planes, query, n_tables):
    """Sign bits of one query under (L * k, d) float32 planes -> (L,) uint32, the first of k in the highest bit."""
    k = len(planes) // n_tables
    codes = np.zeros(n_tables, np.uint32)
    for t in range(n_tables):
        code = np.uint32(0)
        for j in range(k):
            plane = planes[t * k + j]
            dot = np.float32(0)
            for i in range(len(query)):
                dot += plane[i] * query[i]
            code = np.uint32(code << np.uint32(1)) | np.uint32(dot > 0)
        codes[t] = code << np.uint32(32 - k)
    return codes


# ---- buckets


@compiled()
def reach_of(radius, query_dot, square):
    """cot(radius) over the length of the query as hashing sees it: what `choose_probes` multiplies distances with."""
    return 1.0 / (math.tan(min(max(radius, 1e-9), math.pi - 1e-9)) * distance(query_dot, square))


@compiled()
def choose_probes(codes, distances, n_tables, k, cotangent, target, most=MOST_PROBES):
    """The likeliest buckets of a neighbour, over all tables, until one of them holds it with chance `target`.

    codes: (>= L,) uint32 of the query. distances: (>= 32 L,) float32 of the unit query to each hyperplane.
    cotangent: of the neighbour's angle. most: probes at most. Returns tables (p,) int32, keys (p,) uint32 (codes of
    which the first k bits count) and the chance reached. SPEC 4.3; the order of Lv et al. (2007), over all tables.
    """
    costs, bits = np.empty((n_tables, k)), np.empty((n_tables, k), np.int64)
    tables, keys = np.empty(most, np.int32), np.empty(most, np.uint32)
    found = np.zeros(n_tables)
    queue = [(0.0, 0, 0, 0)]  # (-ln chance, table, bits flipped as ranks of their cost, highest rank + 1)
    for t in range(n_tables):
        start = 0.0
        for j in range(k):
            flipped = 0.5 * math.erfc(abs(distances[32 * t + j]) * cotangent * math.sqrt(0.5))
            flipped = min(max(flipped, RARE), 1 - RARE)
            kept = math.log1p(-flipped)
            start -= kept
            cost, rank = kept - math.log(flipped), j
            while rank > 0 and costs[t, rank - 1] > cost:
                costs[t, rank], bits[t, rank] = costs[t, rank - 1], bits[t, rank - 1]
                rank -= 1
            costs[t, rank], bits[t, rank] = cost, 1 << (31 - j)
        heapq.heappush(queue, (start, t, 0, 0))
    heapq.heappop(queue)  # the first entry only told the types
    missed, goal, count = 0.0, math.log1p(-target), 0
    while len(queue) > 0 and count < most and missed > goal:
        cost, t, ranks, top = heapq.heappop(queue)
        key = np.int64(codes[t])
        for rank in range(top):
            if ranks >> rank & 1:
                key ^= bits[t, rank]
        tables[count], keys[count] = t, key
        count += 1
        before = found[t]
        found[t] = min(before + math.exp(-cost), 1 - RARE)
        missed += math.log1p(-found[t]) - math.log1p(-before)
        if top < k:  # every set of flips follows from exactly one other: add the next bit, or move the last one on
            heapq.heappush(queue, (cost + costs[t, top], t, ranks | 1 << top, top + 1))
            if top > 0:
                moved = ranks & ~(1 << (top - 1)) | 1 << top
                heapq.heappush(queue, (cost + costs[t, top] - costs[t, top - 1], t, moved, top + 1))
    return tables[:count].copy(), keys[:count].copy(), -math.expm1(missed)


@compiled()
def probed_chance(codes, distances, n_tables, k, tables, keys, cotangents):
    """Chance that the probes find a neighbour: (a,) float64 for the cotangents of (a,) angles. Others as above."""
    chances = np.empty(len(cotangents))
    odds, alone, found = np.empty((n_tables, k)), np.empty(n_tables), np.zeros(n_tables)
    probed = np.unique(tables)  # nothing is found in the others
    for a in range(len(cotangents)):
        for t in probed:
            kept = 1.0
            for j in range(k):
                flipped = min(
                    max(0.5 * math.erfc(abs(distances[32 * t + j]) * cotangents[a] * math.sqrt(0.5)), RARE), 1 - RARE
                )
                kept *= 1 - flipped
                odds[t, j] = flipped / (1 - flipped)
            alone[t], found[t] = kept, 0.0
        for p in range(len(tables)):
            t = tables[p]
            chance, flips = alone[t], keys[p] ^ codes[t]
            for j in range(k):
                if flips >> np.uint32(31 - j) & np.uint32(1):
                    chance *= odds[t, j]
            found[t] += chance
        missed = 1.0
        for t in probed:
            missed *= max(0.0, 1 - found[t])
        chances[a] = 1 - missed
    return chances


@compiled()
def first_at_least(run, shift, key):
    """Position of the first entry whose value >> shift is at least `key`, in a sorted run of uint32."""
    low, high = 0, len(run)
    while low < high:
        middle = (low + high) >> 1
        if np.int64(run[middle]) >> shift < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled()
def look_up(directory, entries, row_bits, tables, keys, k):
    """Rows in the probed buckets, each once, in no order: (m,) int32.

    directory: (L, 2^D + 1) uint32 where the runs of equal first D bits begin. entries: (L, n) uint32, further bits of
    the code above `row_bits` bits of row. tables: (p,) int32, keys: (p,) uint32 codes of which the first k bits count.
    Raises IndexError where a table names a row that is not there.
    """
    n = entries.shape[1]
    seen = np.zeros((n + 63) // 64, np.uint64)
    depth = 0
    while 1 << depth < directory.shape[1] - 1:
        depth += 1
    starts, stops = np.empty(len(tables), np.int64), np.empty(len(tables), np.int64)
    total = 0
    for p in range(len(tables)):
        places, key = directory[tables[p]], np.int64(keys[p]) >> (32 - k)
        if k <= depth:
            start, stop = np.int64(places[key << (depth - k)]), np.int64(places[(key + 1) << (depth - k)])
        else:
            start, stop = np.int64(places[key >> (k - depth)]), np.int64(places[(key >> (k - depth)) + 1])
        if start > stop or stop > n:
            raise IndexError("a directory points outside its table")
        if k > depth:
            run, low, shift = entries[tables[p], start:stop], key & ((1 << (k - depth)) - 1), 32 - (k - depth)
            stop = start + first_at_least(run, shift, low + 1)
            start += first_at_least(run, shift, low)
        starts[p], stops[p] = start, stop
        total += stop - start
    rows, mask, count = np.empty(min(total, n), np.int32), (1 << row_bits) - 1, 0
    for p in range(len(tables)):
        table = entries[tables[p]]
        for i in range(starts[p], stops[p]):
            row = np.int64(table[i]) & mask
            if row >= n:
                raise IndexError("a table names a row that is not there")
            word, bit = row >> 6, np.uint64(1) << np.uint64(row & 63)
            if not seen[word] & bit:
                seen[word] |= bit
                rows[count] = row
                count += 1
    return rows[:count]


# ---- sketches


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
def scan_sketch(sketch, query, n_chunks, coarse, threshold):
    """Rows whose sketch is close to the query's, in ascending order.

    sketch: (4, n, 4), query: (4, 4) uint64. A row stays when at most `coarse` bits of the first chunk and at most
    `threshold` bits of the first `n_chunks` differ. Returns (m,) int32.
    """
    first, first_query = sketch[0], query[0]
    found, distances = np.empty(len(first), np.int32), np.empty(len(first), np.uint16)
    count = 0
    for row in range(len(first)):
        distance = chunk_distance(first[row], first_query)
        if distance <= coarse:
            found[count], distances[count] = row, distance
            count += 1
    return confirm(sketch, query, n_chunks, threshold, found[:count], distances[:count])


@compiled()
def filter_sketch(sketch, query, n_chunks, coarse, threshold, rows):
    """Those of `rows` (int32, in any order) that `scan_sketch` would keep; shapes as there."""
    kept, distances = np.empty(len(rows), np.int32), np.empty(len(rows), np.uint16)
    count = 0
    for m in range(len(rows)):
        if m + AHEAD_ROWS < len(rows):
            prefetch(sketch, np.int64(rows[m + AHEAD_ROWS]) * CHUNK_WORDS)
        distance = chunk_distance(sketch[0, rows[m]], query[0])
        if distance <= coarse:
            kept[count], distances[count] = rows[m], distance
            count += 1
    return confirm(sketch, query, n_chunks, threshold, kept[:count], distances[:count])


@compiled()
def confirm(sketch, query, n_chunks, threshold, rows, distances):
    """Those of `rows`, which differ in `distances` bits of the first chunk, with at most `threshold` in `n_chunks`.

    A pass of its own, so that the further chunks are fetched ahead.
    """
    kept = np.empty(len(rows), np.int32)
    n, count = sketch.shape[1], 0
    for m in range(len(rows)):
        if m + AHEAD_ROWS < len(rows):
            for c in range(1, n_chunks):
                prefetch(sketch, np.int64(c * n + rows[m + AHEAD_ROWS]) * CHUNK_WORDS)
        distance = np.uint64(distances[m])
        for c in range(1, n_chunks):
            distance += chunk_distance(sketch[c, rows[m]], query[c])
        if distance <= threshold:
            kept[count] = rows[m]
            count += 1
    return kept[:count].copy()


# ---- one query


@compiled()
def find(query, signs, offsets, centre, planes, directory, entries, spare, sketch, limits, numbers, how):
    """Rows of one segment that are worth an exact look, for one query, (d,) float32: (m,) int32, ascending.

    limits: (r, 2) int64 bits that may differ, of the first chunk and of all, for radii in steps. numbers: delta, the
    first radius of `limits`, their step, (square, low, high) of the Centre, recall of the probes. how: way (SCAN, PROBE
    or TABLES), k, L, chunks to compare. Others as in the functions above.
    Returns rows, how many the buckets held (-1 without buckets), |q|^2, q.c, the radius, and the clock's ticks from
    the begin to the end of hashing and of it all.
    """
    delta, first_radius, step, square, low, high, recall = numbers
    way, k, n_tables, n_chunks = how
    began = ticks()
    codes, words, distances, query_dot, length = hash_query(signs, query, offsets, centre, SKETCH_CODES)
    radius = widest(delta, query_dot, square, low, high)
    at = min(max(0, math.ceil((radius - first_radius) / step - 1e-9)), len(limits) - 1)
    coarse, threshold = limits[at, 0], limits[at, 1]
    tables, keys = np.empty(0, np.int32), np.empty(0, np.uint32)
    if way == PROBE:
        tables, keys, _ = choose_probes(codes, distances, n_tables, k, reach_of(radius, query_dot, square), recall)
    elif way == TABLES:
        tables, keys = np.arange(n_tables).astype(np.int32), plane_codes(planes, query, n_tables)
    hashed, n_proposed = ticks(), -1
    if way == SCAN:
        rows = scan_sketch(sketch, words, n_chunks, coarse, threshold)
    else:
        rows = look_up(directory, entries, spare, tables, keys, k)
        n_proposed = len(rows)
        if n_chunks > 0:
            rows = filter_sketch(sketch, words, n_chunks, coarse, threshold, rows)
        rows.sort()
    return rows, n_proposed, length, query_dot, radius, hashed - began, ticks() - began


@compiled()
def probes_of(query, signs, offsets, centre, numbers, how):
    """The probes that `find` takes for this query: codes, distances, tables, keys."""
    delta, _, _, square, low, high, recall = numbers
    codes, _, distances, query_dot, _ = hash_query(signs, query, offsets, centre, SKETCH_CODES)
    reach = reach_of(widest(delta, query_dot, square, low, high), query_dot, square)
    tables, keys, _ = choose_probes(codes, distances, how[2], how[1], reach, recall)
    return codes, distances, tables, keys
