"""Vectors from a .npy file: checked, and brought to unit length."""

from pathlib import Path

import numpy as np

from ..core.errors import EngineError

BLOCK = 8192  # rows converted at once
MIN_ROWS = 16


def read_vectors(path: Path) -> tuple[np.ndarray, bool]:
    """((n, d) float32 rows of unit length, whether they had to be scaled), or EngineError."""
    stored = _open(path)
    if stored.ndim != 2 or stored.dtype.kind != "f" or stored.shape[1] < 2 or len(stored) < MIN_ROWS:
        raise EngineError(
            f"{path.name} must hold floats of shape (n, d) with n >= {MIN_ROWS} and d >= 2, "
            f"got {stored.shape} {stored.dtype}: save one vector a row"
        )
    vectors = np.empty(stored.shape, np.float32)
    furthest = 0.0
    for start in range(0, len(stored), BLOCK):
        block = stored[start : start + BLOCK].astype(np.float64)
        norms = np.linalg.norm(block, axis=1)
        bad = np.flatnonzero(~(np.isfinite(norms) & (norms > 0)))
        if len(bad):
            raise EngineError(
                f"row {start + bad[0]} of {path.name} has length {norms[bad[0]]:.4g}: "
                "expected finite vectors other than zero, take such rows out"
            )
        furthest = max(furthest, float(np.abs(norms - 1).max()))
        vectors[start : start + BLOCK] = block / norms[:, None]
    return vectors, furthest > 1e-3


def _open(path: Path) -> np.ndarray:
    """The array, memory-mapped where it can be. Never unpickles."""
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise EngineError(f"cannot read {path.name}: {error.strerror or 'it ends too early'}; check the path") from None
    except (ValueError, EOFError):
        stored = None
    if not isinstance(stored, np.ndarray):  # np.load opens an archive of several arrays, too
        raise EngineError(f"{path.name} is no .npy file of numbers: write one with numpy.save")
    return stored


def hold_out(vectors: np.ndarray, n_held: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(the other rows, n_held random rows). The array itself is rearranged: rows of its end fill the holes."""
    n_kept = len(vectors) - n_held
    chosen = np.random.default_rng(seed).choice(len(vectors), n_held, replace=False)
    held = vectors[chosen]
    holes = np.sort(chosen[chosen < n_kept])
    vectors[holes] = vectors[np.setdiff1d(np.arange(n_kept, len(vectors)), chosen)]
    return vectors[:n_kept], held
