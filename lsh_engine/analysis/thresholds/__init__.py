"""What a delta does on one database: who is near, by chance or not, what hashing finds, and what it costs.

`RetrievalEngine.thresholds` answers these questions. Nothing is remembered between calls.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from ...collection.collection import Collection
from ...core.bounds import check_delta, check_whole
from ...core.errors import EngineError
from ...core.progress import silent
from ...describe.describer import QueryDescriptors, check_box
from ...search.matching import match_at
from ...search.nearness import Nearness, nearness
from ...search.report import Box, Match
from .alarms import ChanceAngles, chance_angles
from .collisions import CollisionRate, PairSample, TableCost, collision_rates, sample_pairs, table_cost
from .scale_cover import BACKGROUNDS, PastedCrop, pasted_crops
from .strategies import StrategyPoint, strategy_points

N_STAND_INS = 4  # stored patches that are asked when there is no query


class Thresholds:
    """Questions about delta, k and L on one opened database."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.store, self.id_map = collection.store, collection.id_map

    def nearness(self, described: QueryDescriptors) -> Nearness:
        """The angle of every photo to a query."""
        return nearness(described, self.store, self.id_map)

    def match(self, near: Nearness, rank: int) -> Match:
        """The photo at a rank of `near`, 0 the nearest."""
        place = int(near.images[rank]), int(near.patches[rank])
        return match_at(self.collection, *place, float(near.angles[rank]), float(near.scales[rank]))

    def chance_angles(self) -> ChanceAngles:
        """Angles of random pairs of patches of different photos. EngineError below two photos."""
        return chance_angles(self.store, self.id_map)

    def pair(self, chance: ChanceAngles, rank: int) -> tuple[Match, Match]:
        """The two patches of a random pair, 0 the nearest."""
        angle = float(chance.angles[rank])
        places = zip(*self.id_map.split(chance.pairs[rank]), strict=True)
        first, second = (match_at(self.collection, int(i), int(patch), angle, 1.0) for i, patch in places)
        return first, second

    def sample_pairs(self) -> PairSample:
        """Pairs of patches of every angle, for `collisions`."""
        return sample_pairs(self.store, self.id_map)

    def collisions(self, sample: PairSample, k: int, n_tables: int) -> list[CollisionRate]:
        """Share of the pairs that k hyperplanes and L tables bring together, counted and predicted."""
        return collision_rates(sample, *_checked(k, n_tables), self.collection.lsh_config.seed)

    def table_cost(self, k: int, n_tables: int) -> TableCost:
        """Memory and candidates of k hyperplanes and L tables on this database."""
        return table_cost(
            self.store, self.collection.lsh.pair_histogram, *_checked(k, n_tables), self.collection.lsh_config.seed
        )

    def strategies(
        self, described: QueryDescriptors | None, deltas: Sequence[float], recall: float | None = None
    ) -> list[StrategyPoint]:
        """Every strategy at every delta, predicted and measured: with a query, else with some stored patches."""
        queries = described.vectors if described else self._stand_ins()
        return strategy_points(self.collection.lsh, queries, [check_delta(delta) for delta in deltas], recall)

    def pasted_crops(
        self,
        image: Image.Image,
        box: Box | None,
        scales: Sequence[float],
        near: Nearness,
        photo: Callable[[int], Image.Image],
        progress: Callable[[int, int], None] = silent,
    ) -> list[PastedCrop]:
        """The crop pasted on photos that lie far from it: angle against size and cover rate.

        near: of this very query. photo: image id -> its original; some may be gone, EngineError where all are.
        """
        check_box(box, image.size)
        backgrounds, problem = (
            [],
            EngineError("pasting the crop needs at least two photos: add photos to this database"),
        )
        far = near.images[max(1, len(near.images) // 2) :]  # never the nearest
        for image_id in np.random.default_rng(0).permutation(far)[: 4 * BACKGROUNDS].tolist():
            try:
                backgrounds.append((self.collection.path(image_id), photo(image_id)))
            except EngineError as error:  # its original has gone: another will do
                problem = error
            if len(backgrounds) == BACKGROUNDS:
                break
        if not backgrounds:
            raise problem
        return pasted_crops(
            self.collection.describer, self.collection.transform, image, box, scales, backgrounds, progress
        )

    def _stand_ins(self) -> np.ndarray:
        ids = np.random.default_rng(0).choice(len(self.store), min(N_STAND_INS, len(self.store)), replace=False)
        return self.store.take(np.sort(ids))


def _checked(k: int, n_tables: int) -> tuple[int, int]:
    check_whole("k", k, 1, 32)
    check_whole("L", n_tables, 1, 500)
    return int(k), int(n_tables)
