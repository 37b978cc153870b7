"""The compiled loops against NumPy, and that they compile once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import at_angles, unit

from lsh_engine.index import exact_loops
from lsh_engine.index.checks import frozen
from lsh_engine.index.lsh import kernels
from lsh_engine.index.store import raw_bits

ROOT = Path(__file__).parents[1]

# Everything that queries do, on what the warm-up has never seen: memory maps, slices, segments, removed rows, a centre.
EVERYTHING = """
import sys
import numpy as np
from lsh_engine.index.lsh.config import PLANS, LSHConfig
from lsh_engine.index import ExhaustiveIndex, HyperplaneLSH, warm_up
from lsh_engine.index import exact_loops
from lsh_engine.index.lsh import kernels

loops = {name: loop for name, loop in (vars(kernels) | vars(exact_loops)).items() if hasattr(loop, "signatures")}
warm_up()
before = {name: len(loop.signatures) for name, loop in loops.items()}
random = np.random.default_rng(0)
vectors = np.abs(random.standard_normal((600, 32))).astype(np.float32)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
np.save(sys.argv[1], vectors)
mapped = np.load(sys.argv[1], mmap_mode="r", allow_pickle=False)
for storage in ("float32", "float16"):
    for centred in (False, True):
        index = HyperplaneLSH(LSHConfig(n_tables=3, storage=storage, centred=centred))
        for part in (mapped[:300], vectors[300:500:1], vectors[500:].astype(storage)):
            index.add(part)
        index.range_search(vectors[0], 0.5)
        index.remove(np.array([3, 400]))
        for plan in PLANS:
            for query in (vectors[5], np.ascontiguousarray(mapped[5]), mapped[5].astype(np.float64)):
                for delta in (0, 0.3, np.float32(0.7), 2.0):
                    hits = index.range_search(query, delta, plan=plan)
                    hits.predicted_recall, hits.plan
            index.range_search_batch(mapped[:3], 0.5, plan=plan)
        index.search(vectors[2], 5), ExhaustiveIndex.build(index.store).search(vectors[2], 5)
        for k in (0, 1, 20):
            index.candidates(vectors[2], k)
after = {name: len(loop.signatures) for name, loop in loops.items()}
late = {name: after[name] - before[name] for name in loops if after[name] != before[name]}
many = {name: n for name, n in after.items() if n > (2 if name in ("dot", "rerank") else 1)}
print("compiled late:", late, "compiled twice:", many)
"""


def test_warm_up_compiles_everything_once(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING, tmp_path / "vectors.npy"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout == "compiled late: {} compiled twice: {}\n", done.stdout + done.stderr


def test_float16_bits_are_widened_exactly():
    """All 63,488 finite float16 numbers: subnormals, both zeros and the largest among them."""
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)]
    wide = exact_loops.widened(raw_bits(halves[None]))
    assert wide.dtype == np.float32 and np.array_equal(wide[0], halves.astype(np.float32))
    assert np.array_equal(np.signbit(wide[0]), np.signbit(halves))
    assert np.isnan(exact_loops.widened(raw_bits(np.array([[np.nan]], np.float16)))[0, 0])


@pytest.mark.parametrize("dim", [2, 3, 7, 8, 31, 64, 257])
def test_products_are_those_of_float64(dim):
    random = np.random.default_rng(dim)
    vectors, query = unit(random.standard_normal((50, dim))), frozen(unit(random.standard_normal(dim)))
    half = vectors.astype(np.float16)
    assert exact_loops.products(raw_bits(half), query) == pytest.approx(half.astype(np.float64) @ query, abs=2e-6)


@pytest.mark.parametrize("n", [8, 16, 64, 1024])
def test_hadamard_is_its_own_inverse(n):
    x = np.random.default_rng(0).standard_normal(n).astype(np.float32)
    y = x.copy()
    kernels.hadamard(y)
    assert y[0] == pytest.approx(x.sum(), abs=1e-3) and float(y @ y) == pytest.approx(n * float(x @ x), rel=1e-4)
    kernels.hadamard(y)
    assert y / n == pytest.approx(x, abs=1e-5)


def judged(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Angles from the chord above a cosine of .9, else from the cosine: float16 rows are not quite of unit length."""
    cosines, chords = vectors @ query, np.linalg.norm(vectors - query, axis=1)
    return np.where(
        cosines < exact_loops.NEAR, np.arccos(np.clip(cosines, -1, 1)), 2 * np.arcsin(np.minimum(1, chords / 2))
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("n_near", [0, 1, 63, 64, 65, 300])
def test_rerank_is_the_judge(n_near, dtype):
    """Hits of every number: angles to 2e-6 rad, all that lie within and nothing else, sorted where there are few."""
    random = np.random.default_rng(n_near)
    query = unit(random.standard_normal(48))
    angles = np.concatenate([random.uniform(0, 0.599, n_near), random.uniform(0.602, 2.9, 400)])
    vectors = at_angles(random, query, random.permutation(angles)).astype(dtype)
    true = judged(vectors.astype(np.float64), query.astype(np.float64))
    ids = np.sort(random.choice(len(vectors), 3 * len(vectors) // 4, replace=False)).astype(np.int32)
    for delta in (0.6, np.pi):
        hits, found = exact_loops.rerank(raw_bits(frozen(vectors)), frozen(ids), frozen(query), np.float32(delta))
        assert hits.dtype == np.int64 and found.dtype == np.float32
        assert set(hits.tolist()) == set(ids[true[ids] <= delta].tolist())
        assert found == pytest.approx(true[hits], abs=2e-6)
        if len(hits) <= exact_loops.FEW:
            assert np.array_equal(np.lexsort((hits, found)), np.arange(len(hits)))
