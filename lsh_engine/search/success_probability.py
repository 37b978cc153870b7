"""Chance that a search finds an image: it is found when one of its (patch, scale) pairs within delta is.

Neighbouring patches, and scales of one crop, fall into the same buckets together. Taking pairs as independent is
therefore an upper bound, de Caen's inequality a lower one; for tables the estimate is the middle of both, which came
within .03 of the measured share on real and rendered photos (either bound alone: within .09).
"""

import math
from collections.abc import Sequence

import numpy as np

from ..collection.collection import Collection
from ..core.angles import angles_from_cosines
from ..describe.describer import QueryDescriptors
from ..index import Hits
from ..index.hits import Law
from .crops import AskedCrops
from .report import Match

MAX_PAIRS = 48  # nearest pairs of an image that count; the farther ones add next to nothing
IMAGES_AT_ONCE = 256  # bounds memory: a few arrays of 256 x 48 x 48 floats


def match_chances(
    hits: Sequence[Hits], law: Law, asked: AskedCrops, matches: Sequence[Match], collection: Collection
) -> dict[int, float]:
    """Image id -> chance that a search with this law finds it, of every match of the exhaustive answer.

    hits: exact, one for each of `asked.vectors`. Where all crops are asked for, a photo is found when the search of
    each finds it: the product of their chances.
    """
    if asked.combine == "any":
        crops = [image_chances(hits, law, asked, collection)]
    else:
        parts = zip(asked.rows, asked.look, strict=True)
        crops = [image_chances(hits[rows], law, crop, collection) for rows, crop in parts]
    return {match.image_id: math.prod(chances[match.image_id] for chances in crops) for match in matches}


def image_chances(
    hits: Sequence[Hits], law: Law, described: QueryDescriptors | AskedCrops, collection: Collection
) -> dict[int, float]:
    """Image id -> chance that a search with this law finds it, given every hit on it. hits: exact, one a scale."""
    ids = np.concatenate([hit.ids for hit in hits])
    angles = np.concatenate([hit.angles for hit in hits]).astype(np.float64)
    scales = np.repeat(np.arange(len(hits)), [len(hit) for hit in hits])
    images, table = _nearest_pairs(collection.id_map.image_of(ids), angles)
    upper = independent_union(law.found_probability(angles)[table], table >= 0)
    if law.tables is None:  # a plan that keeps its recall finds nearly all: the bounds lie close together
        return dict(zip(images.tolist(), upper.tolist(), strict=True))
    lower = [np.empty(0)]
    for start in range(0, len(images), IMAGES_AT_ONCE):
        part = table[start : start + IMAGES_AT_ONCE]
        patches, places = np.unique(ids[part], return_inverse=True)
        rows = collection.store.take(patches)[places.reshape(part.shape)]
        between_patches = angles_from_cosines(rows @ rows.transpose(0, 2, 1))
        crops = angles_from_cosines(described.vectors @ described.vectors.T)
        between_crops = crops[scales[part][:, :, None], scales[part][:, None, :]]
        lower.append(bucket_union(angles[part], between_patches, between_crops, part >= 0, *law.tables))
    middle = (upper + np.concatenate(lower)) / 2
    return dict(zip(images.tolist(), middle.tolist(), strict=True))


def bucket_union(
    angles: np.ndarray,
    between_patches: np.ndarray,
    between_crops: np.ndarray,
    valid: np.ndarray,
    n_hyperplanes: int,
    n_tables: int,
) -> np.ndarray:
    """Least chance that one of an image's pairs or more share a bucket, (n,) float64.

    angles: (n, p) radians of the pairs. between_patches, between_crops: (n, p, p) radians between the patches and
    between the crops of two pairs. valid: (n, p), False where an image has fewer pairs.
    Within a table it is de Caen's bound (1997), sum of P_i^2 / sum_j P_ij; tables are independent. A hyperplane leaves
    three vectors on one side with chance 1 - (sum of their angles) / 2 pi, which gives P_ij exactly for two pairs that
    share the crop or the patch; for others the two correlations are multiplied.
    """
    bit = 1 - angles / math.pi
    both = bit[:, :, None] * bit[:, None, :]
    spread = np.sqrt(np.maximum(bit * (1 - bit), 1e-12))
    spread = spread[:, :, None] * spread[:, None, :]
    pair_sum = angles[:, :, None] + angles[:, None, :]
    correlation = 1.0
    for between in (between_patches, between_crops):
        joint = 1 - (pair_sum + between) / (2 * math.pi)
        correlation = correlation * np.clip((joint - both) / spread, 0, 1)
    joint = np.minimum(both + correlation * spread, np.minimum(bit[:, :, None], bit[:, None, :]))
    pairs = valid[:, :, None] & valid[:, None, :]
    together = np.where(pairs, joint, 0.0) ** n_hyperplanes
    alone = np.where(valid, bit, 0.0) ** n_hyperplanes
    sums = np.maximum(together.sum(axis=2), 1e-300)
    in_a_table = np.minimum((alone**2 / sums).sum(axis=1), 1.0)
    return -np.expm1(n_tables * np.log1p(-np.minimum(in_a_table, 1 - 1e-16)))


def independent_union(chances: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """1 - product of (1 - f) over the pairs of each image: (n, p) -> (n,). It is the most: pairs come together."""
    missed = np.where(valid, np.log1p(-np.minimum(chances, 1 - 1e-12)), 0.0)
    return -np.expm1(missed.sum(axis=1))


def _nearest_pairs(images: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(image ids, (n, MAX_PAIRS) positions of each image's nearest pairs, -1 where it has fewer)."""
    order = np.lexsort((angles, images))
    found, starts, counts = np.unique(images[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(starts, counts)
    table = np.full((len(found), min(MAX_PAIRS, counts.max(initial=1))), -1)
    kept = rank < MAX_PAIRS
    table[np.repeat(np.arange(len(found)), counts)[kept], rank[kept]] = order[kept]
    return found, table
