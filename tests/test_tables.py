"""Tables as sorted arrays: every key of every length against brute force on the codes, and damaged ones."""

import numpy as np
import pytest

from lsh_engine.core.errors import DatabaseError
from lsh_engine.index.lsh.tables import RUN, Tables, build_tables, row_bits

SIZES = (1, 2, 3, 7, 8, 9, 1000, 5000)
N_TABLES = 3


def drawn_codes(n: int, seed: int = 0) -> np.ndarray:
    """(n, 3) codes: all over, crowded into few buckets, and each several times; 0 and 2^32 - 1 among them."""
    random = np.random.default_rng([seed, n])
    codes = random.integers(0, 2**32, (n, N_TABLES), dtype=np.uint32)
    codes[:, 1] &= np.uint32(0xF00000FF)
    codes[:, 2] = codes[random.integers(0, n, n), 2]
    codes[0], codes[-1] = 0, 2**32 - 1
    return codes


def asked(codes: np.ndarray, n_keys: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """(tables, keys): codes that are there, neighbours of them, and codes that are not."""
    random = np.random.default_rng(5)
    keys = [np.uint32(0), np.uint32(2**32 - 1), *random.choice(codes.ravel(), n_keys)]
    keys += [keys[-1] ^ np.uint32(1 << bit) for bit in (0, 5, 31)]
    keys += random.integers(0, 2**32, 3, dtype=np.uint32).tolist()
    return random.integers(0, N_TABLES, len(keys)).astype(np.int32), np.array(keys, np.uint32)


def shared(codes: np.ndarray, tables: np.ndarray, keys: np.ndarray, k: int) -> np.ndarray:
    """Brute force: rows that share the first k bits with one of the keys, in its table."""
    return np.flatnonzero(((codes[:, tables] ^ keys).astype(np.uint64) >> np.uint64(32 - k) == 0).any(axis=1))


@pytest.mark.parametrize("n_bits", [0, 20, 32])
@pytest.mark.parametrize("n", SIZES)
def test_look_up_equals_brute_force_for_every_key_length(n, n_bits):
    codes = drawn_codes(n)
    built, (tables, keys) = build_tables(codes, n_bits), asked(codes)
    for k in range(built.n_bits + 1):
        rows = built.look_up(tables, keys, k)
        assert rows.dtype == np.int32 and np.array_equal(rows, shared(codes, tables, keys, k)), k
        for one in range(len(keys) if n < 100 else 4):
            alone = slice(one, one + 1)
            expected = shared(codes, tables[alone], keys[alone], k)
            assert np.array_equal(built.look_up(tables[alone], keys[alone], k), expected), (k, one)


@pytest.mark.parametrize("n_bits", [0, 20, 32])
@pytest.mark.parametrize("n", SIZES)
def test_codes_are_given_back(n, n_bits):
    codes = drawn_codes(n)
    built = build_tables(codes, n_bits)
    assert 32 >= built.n_bits >= max(29, n_bits) and built.n_rows == n
    assert np.array_equal(built.codes(), codes >> np.uint32(32 - built.n_bits) << np.uint32(32 - built.n_bits))
    again = build_tables(built.codes(), n_bits)
    assert np.array_equal(again.codes(), built.codes()) and np.array_equal(again.directory, built.directory)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 255, 256, 257, 1023, 1024, 1025])
def test_rows_fit_their_bits_and_tables_their_memory(n):
    built = build_tables(drawn_codes(n))
    assert n <= 2**built.spare < max(3, 2 * n) and built.spare == row_bits(n)
    assert built.directory.dtype == built.entries.dtype == np.uint32
    assert built.directory.shape == (N_TABLES, 2**built.depth + 1) and built.entries.shape == (N_TABLES, n)
    assert built.directory.nbytes <= 2 * built.entries.nbytes / RUN + 8 * N_TABLES
    for part in (built.directory, built.entries):
        assert part.flags.c_contiguous and not part.flags.writeable


def test_equal_codes_stay_in_one_bucket():
    codes = np.full((1000, 2), 0xDEADBEEF, np.uint32)
    built = build_tables(codes)
    both, keys = np.arange(2, dtype=np.int32), codes[0]
    for k in range(built.n_bits + 1):
        assert np.array_equal(built.look_up(both, keys, k), np.arange(1000)), (
            "each row once, though both tables have it"
        )
        assert (len(built.look_up(both, keys ^ np.uint32(1 << 31), k)) == 0) == (k > 0)


def test_the_same_key_twice_and_no_key_at_all():
    codes = drawn_codes(1000)
    built, key = build_tables(codes), codes[3:4, 0]
    once = built.look_up(np.zeros(1, np.int32), key, 4)
    assert np.array_equal(built.look_up(np.zeros(2, np.int32), np.repeat(key, 2), 4), once) and len(once) > 30
    assert len(built.look_up(np.zeros(0, np.int32), np.zeros(0, np.uint32), 4)) == 0


# ---- damage: an error, never a read past the end


def look_at_all(built: Tables):
    tables, no_bits = np.arange(N_TABLES, dtype=np.int32), np.zeros(N_TABLES, np.uint32)
    yield lambda: [built.look_up(tables, no_bits, k) for k in range(1, 29)]
    if built.directory[0, 0] == 0:  # only the steps from one cell to the next count there
        yield built.codes


def damaged_tables(n: int):
    """(what was done, tables)"""
    built = build_tables(drawn_codes(n))
    yield "rows that are not there", Tables(built.directory, built.entries | np.uint32((1 << built.spare) - 1))
    yield "a directory past the end", Tables(built.directory + np.uint32(n), built.entries)
    yield "a huge directory", Tables(np.full_like(built.directory, 2**32 - 1), built.entries)
    backwards = np.ascontiguousarray(built.directory[:, ::-1])
    yield "a directory backwards", Tables(backwards, built.entries)


@pytest.mark.parametrize("n", [9, 1000, 5000])
def test_damaged_tables_raise(n):
    for what, broken in damaged_tables(n):
        for look in look_at_all(broken):
            with pytest.raises(DatabaseError, match="damaged"):
                look()
                pytest.fail(f"{what}: no error")
