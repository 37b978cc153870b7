"""Generalised-mean pooling (GeM; Radenovic et al., TPAMI 2018; source A uses p = 3) and normalisation."""

import numpy as np

GEM_P = 3.0
GEM_EPS = 1e-6  # floor of an activation: keeps the root differentiable and the vector away from zero


def gem(feature_map: np.ndarray, p: float = GEM_P, eps: float = GEM_EPS) -> np.ndarray:
    """Generalised mean over space: (c, h, w) float32 -> (c,). p = 1 is the average, p -> inf the maximum."""
    flat = np.maximum(feature_map, eps).reshape(len(feature_map), -1)
    return np.power(np.power(flat, p).mean(axis=1), 1 / p)


def gem_windows(feature_map: np.ndarray, masks: np.ndarray, p: float = GEM_P, eps: float = GEM_EPS) -> np.ndarray:
    """GeM inside every window at once: (c, h, w), masks (m, h * w) whose rows sum to 1 -> (m, c) float32.

    One matrix product of the masks with the powered map; a window over the whole map equals `gem`.
    """
    flat = np.maximum(feature_map, eps).reshape(len(feature_map), -1)
    powered = flat * flat * flat if p == 3 else np.power(flat, p)
    means = masks @ powered.T
    return np.cbrt(means) if p == 3 else np.power(means, 1 / p)


def split_signs(feature_map: np.ndarray) -> np.ndarray:
    """(c, h, w) -> (2c, h, w): positive part, then the size of the negative part. GeM needs values >= 0."""
    return np.concatenate([np.maximum(feature_map, 0), np.maximum(-feature_map, 0)])


def l2_normalise(rows: np.ndarray) -> np.ndarray:
    """Rows of (n, d) at unit length, float32. A zero row stays zero."""
    norms = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))[:, None]
    return (rows / np.maximum(norms, 1e-12)).astype(np.float32)
