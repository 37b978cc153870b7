"""What a delta does on one database: who is near, by chance or not, what hashing finds, and what it costs.

The engine's door is `RetrievalEngine.thresholds`. Nothing is remembered between calls.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from ...collection.collection import Database
from ...core.bounds import check_delta, check_whole
from ...core.errors import EngineError
from ...describe.describer import Describer, QueryDescriptors, check_box
from ...search.report import Box, Match
from .alarms import ChanceAngles, chance_angles
from .collisions import CollisionRate, PairSample, TableCost, collision_rates, sample_pairs, table_cost
from .nearness import Nearness, nearness
from .scale_cover import BACKGROUNDS, PastedCrop, pasted_crops
from .strategies import StrategyPoint, strategy_points

N_STAND_INS = 4  # stored patches that are asked when there is no query


class Thresholds:
    """Questions about delta, k and L on one opened database."""

    def __init__(self, database: Database, describer: Describer):
        self.database, self.describer = database, describer
        self.rows = database.index.exhaustive.rows

    def nearness(self, described: QueryDescriptors) -> Nearness:
        """The angle of every photo to a query."""
        return nearness(described, self.rows, self.database.n_patches)

    def match(self, near: Nearness, rank: int) -> Match:
        """The photo at a rank of `near`, 0 the nearest."""
        image_id = int(near.images[rank])
        box = self._box(image_id, int(near.patches[rank]))
        scale = float(near.scales[rank])
        return Match(self.database.path(image_id), image_id, float(near.angles[rank]), box, scale)

    def chance_angles(self) -> ChanceAngles:
        """Angles of random pairs of patches of different photos. EngineError below two photos."""
        return chance_angles(self.rows, self.database.n_patches)

    def pair(self, chance: ChanceAngles, rank: int) -> tuple[Match, Match]:
        """The two patches of a random pair, 0 the nearest."""
        angle = float(chance.angles[rank])
        patches = [divmod(int(row), self.database.n_patches) for row in chance.pairs[rank]]
        first, second = (Match(self.database.path(i), i, angle, self._box(i, p), 1.0) for i, p in patches)
        return first, second

    def sample_pairs(self) -> PairSample:
        """Pairs of patches of every angle, for `collisions`."""
        return sample_pairs(self.rows, self.database.n_patches)

    def collisions(self, sample: PairSample, k: int, n_tables: int) -> list[CollisionRate]:
        """Share of the pairs that k hyperplanes and L tables bring together, counted and predicted."""
        return collision_rates(sample, *_checked(k, n_tables), self.database.lsh_config.seed)

    def table_cost(self, k: int, n_tables: int) -> TableCost:
        """Memory and candidates of k hyperplanes and L tables on this database."""
        histogram = self.database.index.arrays()["histograms"][0]
        return table_cost(self.rows, histogram, *_checked(k, n_tables), self.database.lsh_config.seed)

    def strategies(
        self, described: QueryDescriptors | None, deltas: Sequence[float], recall: float | None = None
    ) -> list[StrategyPoint]:
        """Every strategy at every delta, predicted and measured: with a query, else with some stored patches."""
        queries = described.vectors if described else self._stand_ins()
        return strategy_points(self.database.index, queries, [check_delta(delta) for delta in deltas], recall)

    def pasted_crops(
        self,
        image: Image.Image,
        box: Box | None,
        scales: Sequence[float],
        near: Nearness,
        photo: Callable[[int], Image.Image],
        progress: Callable[[int, int], None] = lambda done, total: None,
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
                backgrounds.append((self.database.path(image_id), photo(image_id)))
            except EngineError as error:  # its original has gone: another will do
                problem = error
            if len(backgrounds) == BACKGROUNDS:
                break
        if not backgrounds:
            raise problem
        return pasted_crops(self.describer, self.database.transform, image, box, scales, backgrounds, progress)

    def _stand_ins(self) -> np.ndarray:
        ids = np.random.default_rng(0).choice(len(self.rows), min(N_STAND_INS, len(self.rows)), replace=False)
        return self.rows.take(np.sort(ids))

    def _box(self, image_id: int, patch: int) -> Box:
        box = self.describer.boxes(self.database.image_size(image_id))[patch]
        return tuple(round(float(edge), 2) for edge in box)


def _checked(k: int, n_tables: int) -> tuple[int, int]:
    check_whole("k", k, 1, 32)
    check_whole("L", n_tables, 1, 500)
    return int(k), int(n_tables)
