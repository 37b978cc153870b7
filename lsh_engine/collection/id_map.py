"""Patch ids and image ids: the only place that knows which patches belong to which image."""

from collections.abc import Iterator

import numpy as np


class IdMap:
    """Patches lie image after image; an image may have any number of them.

    starts: (n_images + 1,) int64, the first patch id of each image, and the number of patches at the end.
    """

    def __init__(self, counts: np.ndarray) -> None:
        """counts: (n_images,) patches of each image."""
        counts = np.asarray(counts, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(counts)])
        self._same = int(counts[0]) if len(counts) and (counts == counts[0]).all() else 0  # dividing is quicker

    @classmethod
    def even(cls, n_images: int, n_patches: int) -> "IdMap":
        """n_patches shared out evenly among n_images."""
        return cls(np.full(n_images, n_patches // max(1, n_images)))

    @property
    def n_images(self) -> int:
        return len(self.starts) - 1

    @property
    def n_patches(self) -> int:
        """Patches of all images together."""
        return int(self.starts[-1])

    def image_of(self, ids: np.ndarray) -> np.ndarray:
        """Image ids of (m,) patch ids: int64."""
        if self._same:
            return np.asarray(ids) // self._same
        return np.searchsorted(self.starts, ids, side="right") - 1

    def split(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(image ids, places of the patches within their images) of (m,) patch ids: int64."""
        images = self.image_of(ids)
        return images, ids - self.starts[images]

    def span(self, image_id: int) -> slice:
        """Patch ids of an image."""
        return slice(int(self.starts[image_id]), int(self.starts[image_id + 1]))

    def ids_of(self, images: np.ndarray) -> np.ndarray:
        """Patch ids of (m,) images, image after image: int64."""
        return np.concatenate([np.arange(*self.starts[i : i + 2]) for i in images] or [np.empty(0, np.int64)])

    def groups(self, size: int) -> Iterator[tuple[slice, slice]]:
        """Images in groups of `size`, each with its patches: for what does not fit into memory at once."""
        for first in range(0, self.n_images, size):
            last = min(first + size, self.n_images)
            yield slice(first, last), slice(int(self.starts[first]), int(self.starts[last]))

    def starts_in(self, images: slice) -> np.ndarray:
        """Where the patches of each image of a group begin within the group's patches: for `reduceat`."""
        return self.starts[images] - self.starts[images.start]
