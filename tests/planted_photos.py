"""A collection without pictures: photos of planted vectors, and brute force over them in float64."""

from dataclasses import dataclass, field

import numpy as np

from lsh_engine import ExhaustiveIndex, HyperplaneLSH, LSHConfig, QueryDescriptors
from lsh_engine.collection.id_map import IdMap
from lsh_engine.index.store import VectorStore


@dataclass
class PlantedPhotos:
    """Stands in for a `Collection`. vectors: (n, d); counts: patches of each photo."""

    vectors: np.ndarray
    counts: np.ndarray
    indexes: dict = field(default_factory=dict)

    def __post_init__(self):
        self.store, self.id_map = VectorStore([self.vectors]), IdMap(self.counts)
        self.n_images = len(self.counts)
        self.indexes = {
            "exhaustive": ExhaustiveIndex.build(self.store),
            "lsh": HyperplaneLSH.build(self.store, LSHConfig(n_hyperplanes=12, n_tables=20)),
        }

    def index(self, kind: str):
        return self.indexes[kind]

    def path(self, image_id: int) -> str:
        return f"photo_{image_id}.jpg"

    def boxes(self, image_id: int) -> np.ndarray:
        """Patch j has the box (j, 0, j + 1, 1)."""
        left = np.arange(self.counts[image_id], dtype=np.float32)
        return np.stack([left, 0 * left, left + 1, 0 * left + 1], axis=1)

    def angles(self, crop: QueryDescriptors) -> np.ndarray:
        """(n_images,) float64: least angle of each photo to a crop, over its patches and the crop's scales."""
        chords = np.linalg.norm(self.vectors[None].astype(np.float64) - crop.vectors[:, None], axis=2)
        least = (2 * np.arcsin(np.minimum(1, chords / 2))).min(axis=0)
        return np.minimum.reduceat(least, self.id_map.starts[:-1])
