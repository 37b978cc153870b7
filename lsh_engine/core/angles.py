"""The one way from cosines to angles: radians, the distance that delta bounds."""

import numpy as np

SAME = 1e-6  # radians: the rounding of float32; vectors closer than this are equal, so delta 0 finds duplicates


def angles_from_cosines(cosines: np.ndarray) -> np.ndarray:
    """float32 angles in radians, in [0, pi], of the same shape; cosines that rounding took beyond 1 count as 1."""
    return np.arccos(np.clip(cosines, -1.0, 1.0)).astype(np.float32, copy=False)
