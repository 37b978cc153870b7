"""What is asked, and among what: photos as rows of vectors, and which of them each query should find."""

from dataclasses import dataclass

import numpy as np

from ..analysis.calibration import image_angles
from ..collection.collection import Database
from ..core.errors import EngineError
from ..describe.patch_config import PatchConfig
from ..index.contract import frozen
from ..index.store import Rows

WHOLE = PatchConfig(sizes=(1.0,), positions=(1,))  # one vector a photo


@dataclass(frozen=True)
class Pool:
    """A collection of n images with m vectors each, and q queries.

    vectors: (n * m, d) float32, image after image. queries: (s_i, d) float32 each, one row a query scale.
    targets: (q, n) bool, what each query should find. left_out: (q, n) bool, what no score of that query counts, such
    as its own image.
    """

    vectors: np.ndarray
    n_images: int
    queries: list[np.ndarray]
    targets: np.ndarray
    left_out: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "vectors", frozen(self.vectors))  # indexes keep read-only vectors without a copy

    @property
    def n_patches(self) -> int:
        return len(self.vectors) // self.n_images

    def angles(self) -> np.ndarray:
        """(q, n) float32 radians: from each query to each image."""
        return image_angles(self.queries, Rows([self.vectors]), self.n_images)

    def rankings(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each query (angles, relevant) of all images that count, nearest first: float32 radians, bool."""
        found = []
        for query, row in enumerate(self.angles()):
            ids = np.flatnonzero(~self.left_out[query])
            ids = ids[np.lexsort((ids, row[ids]))]
            found.append((row[ids], self.targets[query, ids]))
        return found


def vectors_of_images(database: Database, image_ids: np.ndarray, patches: bool) -> np.ndarray:
    """(len(image_ids) * m, d) float32: all patches of each image, or the one that spans it."""
    m = database.n_patches
    within = np.arange(m) if patches else np.array([whole_patch(database)])
    ids, place = np.unique((np.asarray(image_ids)[:, None] * m + within).ravel(), return_inverse=True)
    return database.index.exhaustive.rows.take(ids).astype(np.float32)[place]  # rows are taken in ascending order


def whole_patch(database: Database) -> int:
    """Which patch of a photo spans all of it. Raises EngineError where none does."""
    first = 0
    for size, places in zip(database.patches.sizes, database.patches.positions, strict=True):
        if size == 1.0:
            return first
        first += places * places
    raise EngineError(f"no patch of {database.root.name} spans a whole photo: build it with size 1, or ask by patches")
