"""How near every part of a photo is to a query: patch by patch, and cell by cell of the network's map."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..collection.collection import Collection
from ..core.angles import angles_from_cosines
from ..describe.describer import QueryDescriptors
from ..describe.windows import Box
from ..index.checks import as_array, check_vectors, frozen


@dataclass(frozen=True)
class PatchMap:
    """A photo painted with its patches: every cell of the photo's map takes the nearest patch that covers it.

    angles: (m,) float32 radians, each patch to the nearest query scale; scales: (m,) that scale. nearest: (h, w) number
    of the patch that paints a cell; cells: (h, w) float32, its angle.
    """

    angles: np.ndarray
    scales: np.ndarray
    nearest: np.ndarray
    cells: np.ndarray


def pair_angles(collection: Collection, vectors: np.ndarray, image_id: int) -> np.ndarray:
    """Angles of (s, d) query descriptors to every patch of a photo, as a search measures them: (s, m) float32."""
    span = collection.id_map.span(image_id)
    ids = frozen(np.arange(span.start, span.stop, dtype=np.int32))
    angles = np.full((len(vectors), len(ids)), np.pi, np.float32)
    for row, vector in zip(angles, vectors, strict=True):
        found, measured = collection.store.within(ids, frozen(np.ascontiguousarray(vector)), np.pi)
        row[found - span.start] = measured
    return angles


def patch_angles(
    collection: Collection, described: QueryDescriptors, image_id: int
) -> tuple[np.ndarray, tuple[float, ...]]:
    """(angle of every patch of a photo at its best query scale (m,) float32, those scales)."""
    angles = pair_angles(collection, described.vectors, image_id)
    winners = angles.argmin(axis=0)
    return angles.min(axis=0), tuple(described.scales[winner] for winner in winners)


def patch_map(collection: Collection, described: QueryDescriptors, image_id: int) -> PatchMap:
    """The photo painted with the angles of its patches. Windows end at whole cells, so no cell is cut."""
    angles, scales = patch_angles(collection, described, image_id)
    size = collection.image_size(image_id)
    grid = collection.describer.map_size(size)
    per_cell = np.array([size[0] / grid[1], size[1] / grid[0]] * 2)
    nearest = np.zeros(grid, np.int64)
    for patch in np.argsort(-angles, kind="stable"):  # the nearest comes last and paints over the others
        left, top, right, bottom = np.rint(collection.boxes(image_id)[patch] / per_cell).astype(int)
        nearest[top:bottom, left:right] = patch
    return PatchMap(angles, np.array(scales), nearest, angles[nearest])


def cell_angles(
    collection: Collection, image: Image.Image, box: Box | None, descriptors: np.ndarray, scale: float = 1.0
) -> np.ndarray:
    """The least angle of every cell of a picture, or of a box on it, to some descriptors: (h, w) float32 radians.

    descriptors: (s, d) or (d,) unit rows. scale: the query scale at which the network sees the box; 1 is the size of a
    database photo. One forward pass; a cell is pooled and transformed as if it were a patch of its own.
    """
    rows = check_vectors(np.atleast_2d(as_array(descriptors)), collection.store.dim)
    cells = collection.describer.describe_cells(image, box, collection.transform, scale)
    height, width, _ = cells.shape
    cosines = cells.reshape(height * width, -1) @ rows.T
    return angles_from_cosines(cosines).min(axis=1).reshape(height, width)
