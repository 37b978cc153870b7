"""What is asked, and among what: photos as rows of vectors, and which of them each query should find."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..analysis.calibration import image_angles
from ..collection.collection import Collection
from ..collection.id_map import IdMap
from ..core.errors import EngineError
from ..describe.patch_config import PatchConfig
from ..index.checks import frozen
from ..index.store import VectorStore

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectors", frozen(self.vectors))  # indexes keep read-only vectors without a copy

    @cached_property
    def id_map(self) -> IdMap:
        return IdMap.even(self.n_images, len(self.vectors))

    def angles(self) -> np.ndarray:
        """(q, n) float32 radians: from each query to each image."""
        return image_angles(self.queries, VectorStore([self.vectors]), self.id_map)

    def rankings(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each query (angles, relevant) of all images that count, nearest first: float32 radians, bool."""
        found = []
        for query, row in enumerate(self.angles()):
            ids = np.flatnonzero(~self.left_out[query])
            ids = ids[np.lexsort((ids, row[ids]))]
            found.append((row[ids], self.targets[query, ids]))
        return found


def vectors_of_images(database: Collection, image_ids: np.ndarray, patches: bool) -> np.ndarray:
    """(len(image_ids) * m, d) float32: all patches of each image, or the one that spans it."""
    id_map, image_ids = database.id_map, np.asarray(image_ids)
    ids = id_map.ids_of(image_ids) if patches else id_map.starts[image_ids] + whole_patch(database)
    return database.store.take(ids)


def whole_patch(database: Collection) -> int:
    """Which patch of a photo spans all of it. Raises EngineError where none does."""
    first = 0
    for size, places in zip(database.patches.sizes, database.patches.positions, strict=True):
        if size == 1.0:
            return first
        first += places * places
    raise EngineError(f"no patch of {database.root.name} spans a whole photo: build it with size 1, or ask by patches")
