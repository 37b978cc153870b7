"""From pooled layers to one descriptor: centre, weigh, join, rotate.

Backbones with `learned=False` (VGG16, source A) skip all of it: their descriptor is the normalised GeM vector.
"""

from dataclasses import dataclass

import numpy as np

from .backbones import BackboneCard
from .pooling import l2_normalise


@dataclass(frozen=True)
class Transform:
    """Learned on the patches of a database at its first build and stored with it.

    mean: (joined_dim,) float32, the mean of every layer's unit rows, layer after layer.
    rotation: (joined_dim, dim) float32, leading principal directions, not whitened (whitening costs .11 P@10).
    """

    mean: np.ndarray
    rotation: np.ndarray

    def apply(self, pooled: np.ndarray, card: BackboneCard) -> np.ndarray:
        """(n, joined_dim) unit rows per layer -> (n, dim) float32 rows of unit length."""
        return l2_normalise(_centre_and_join(pooled, self.mean, card) @ self.rotation)


def learn_transform(pooled: np.ndarray, card: BackboneCard) -> Transform:
    """Mean and principal directions of pooled patches: (n, joined_dim) float16 or float32, n >= 1."""
    mean = pooled.mean(axis=0, dtype=np.float64).astype(np.float32)
    moment = np.zeros((card.joined_dim, card.joined_dim), np.float64)
    for start in range(0, len(pooled), 8192):  # float64 of all patches at once would be gigabytes
        joined = _centre_and_join(pooled[start : start + 8192].astype(np.float32), mean, card)
        moment += joined.T @ joined
    _, directions = np.linalg.eigh(moment / len(pooled))
    leading = directions[:, ::-1][:, : card.dim]
    signs = np.where(leading[np.abs(leading).argmax(axis=0), np.arange(card.dim)] < 0, -1.0, 1.0)
    return Transform(mean, np.ascontiguousarray(leading * signs, dtype=np.float32))


def finish(pooled: np.ndarray, card: BackboneCard, transform: Transform | None) -> np.ndarray:
    """Pooled rows -> descriptors (n, card.dim), with the transform where the backbone has one."""
    return transform.apply(pooled, card) if transform else l2_normalise(pooled)


def _centre_and_join(pooled: np.ndarray, mean: np.ndarray, card: BackboneCard) -> np.ndarray:
    parts, start = [], 0
    for layer in card.layers:
        part = slice(start, start := start + layer.dim)
        parts.append(layer.weight * l2_normalise(pooled[:, part] - mean[part]))
    return np.concatenate(parts, axis=1)
