"""RetrievalEngine: the only door of the pages and of the command line."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from PIL import Image

from . import index
from .analysis.thresholds import Thresholds
from .collection.building import Outcome, add_photos, build_database
from .collection.collection import Database
from .core import generations as manifest
from .core.bounds import check_whole
from .core.errors import DatabaseError, EngineError, ImageError
from .describe import backbones
from .describe.describer import Describer, QueryDescriptors
from .describe.patch_config import PatchConfig
from .images.loading import load_image
from .index.lsh.config import LSHConfig
from .search.matching import answer_of, matches_of
from .search.report import Answer, Box, Match, QueryReport
from .search.settings import SearchSettings
from .search.success_probability import image_chances

Folder = str | os.PathLike


def silent(done: int, total: int, stage: str) -> None:
    pass


class RetrievalEngine:
    """One opened database. Queries change nothing, so threads may share an engine."""

    def __init__(self, database: Database, outcome: Outcome | None = None):
        self._use(database)
        self._tell(outcome or Outcome())

    def _tell(self, outcome: Outcome) -> None:
        """Of the last build, add or sync."""
        self.unreadable = outcome.unreadable  # (path, reason) of files that could not be read
        self.changed = outcome.changed  # paths of photos that had changed and were described anew

    def _use(self, database: Database) -> None:
        self.database = database
        self.describer = Describer(database.backbone.name, database.patches, database.precision)

    # ---- making

    @classmethod
    def open(cls, path: Folder, photos: Folder | None = None) -> "RetrievalEngine":
        """Open a database. photos: where its photo folder is now, if it moved. Raises DatabaseError."""
        return cls(Database(path, photos))

    @classmethod
    def build(
        cls,
        photos: Folder,
        path: Folder,
        backbone: str = backbones.DEFAULT,
        progress: Callable[[int, int, str], None] | None = None,
        *,
        patches: PatchConfig | None = None,
        lsh: LSHConfig | None = None,
        dtype: str = "float32",
    ) -> "RetrievalEngine":
        """Describe every photo below a folder and open the result.

        A build that was stopped goes on where it stopped; a finished database is brought up to date as by `add`. Files
        that are no readable pictures are passed over and listed in `unreadable`. progress(done, total, stage) is called
        before every few photos; it may raise BuildCancelled to stop, and the work done is kept.
        """
        outcome = build_database(Path(photos), Path(path), backbone, patches, lsh, dtype, progress or silent)
        return cls(Database(path), outcome)

    def add(
        self, photos: Folder, progress: Callable[[int, int, str], None] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """Add the photos below a folder that are not in the database yet; returns the unreadable ones.

        Photos that changed since they were described (another size or time of the file) are described anew and listed
        in `changed`. Raises WeightsError where the backbone's weights are not those that described the others. Other
        engines that have the database open keep what they opened.
        """
        self._tell(add_photos(self.database, Path(photos), progress or silent))
        current = Database(self.database.root)
        if current.n_images > self.n_images or self.changed:
            self._use(current)
        return self.unreadable

    def verify(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Read every file against its checksum; returns how many. Raises DatabaseError naming the first bad one."""
        return self.database.generation.verify(progress or (lambda done, total: None))

    # ---- telling

    @property
    def presets(self) -> dict[str, float]:
        """Meaning -> delta in radians: measured on this database, else the backbone's own."""
        return self.database.presets

    @property
    def max_delta(self) -> float:
        """Where a slider of delta should end: radians."""
        return self.database.backbone.max_delta

    @property
    def n_images(self) -> int:
        return self.database.n_images

    @property
    def n_vectors(self) -> int:
        return self.database.n_vectors

    @property
    def photos_found(self) -> bool:
        """Whether every photo folder is where the database says."""
        return all(folder.is_dir() for folder in self.database.folders)

    def info(self) -> dict:
        """Facts of the database, fit for JSON. Sizes in bytes, angles in radians.

        dtype: precision of the stored vectors; every angle told is exact in it. centred: whether the index hashes from
        the mean of the collection.
        """
        database = self.database
        return {
            "name": database.root.name,
            "images": self.n_images,
            "vectors": self.n_vectors,
            "dim": database.index.dim,
            "dtype": database.index.exhaustive.rows.dtype.name,
            "patches_per_image": database.n_patches,
            "backbone": database.backbone.name,
            "weights": database.weights,  # which ones described it; None: not noted
            "precision": database.precision,  # of the network that described the photos
            "runtime": str(self.describer.runtime),
            "patches": {"sizes": list(database.patches.sizes), "positions": list(database.patches.positions)},
            "photos": [str(folder) for folder in database.folders],
            "photos_found": self.photos_found,
            "bytes": sum(entry.bytes for entry in database.generation.entries.values()),
            "index_bytes": database.index_bytes,
            "centred": database.index.centred,
            "created": database.meta["created"],
            "lsh": database.meta["lsh"],
            "presets": self.presets,
            "calibration": database.calibration,  # None: the presets are the backbone's own
            "max_delta": self.max_delta,
        }

    def path(self, image_id: int) -> str:
        """Path of an image relative to its photo folder."""
        return self.database.path(self._check_id(image_id))

    def image_size(self, image_id: int) -> tuple[int, int]:
        """(width, height) of the upright original in pixels."""
        return self.database.image_size(self._check_id(image_id))

    def thumbnail(self, image_id: int) -> bytes:
        """JPEG of at most 320 x 320 pixels."""
        return self.database.thumbnail(self._check_id(image_id))

    def patch_boxes(self, image_id: int) -> list[tuple[float, ...]]:
        """(left, top, right, bottom) of every patch of an image, in pixels of the upright original."""
        return [tuple(box) for box in self.describer.boxes(self.image_size(image_id)).tolist()]

    def angle_histogram(self) -> list[int]:
        """Counts of the angles of random pairs of patches, over equal steps from 0 to pi."""
        return self.database.index.arrays()["histograms"][0].tolist()

    def photo(self, image_id: int) -> Image.Image:
        """The upright original. Raises DatabaseError when it is not where it was."""
        file = self.database.file(self._check_id(image_id))
        if not os.path.isfile(file):  # unlike Path.is_file, false for a name that is too long
            raise DatabaseError(
                f"the original of {self.path(image_id)} is not where it was: "
                "put the photo folder back, or open the database with its new place (--photos)"
            )
        try:
            return load_image(file)
        except ImageError as error:
            raise DatabaseError(f"the original of {self.path(image_id)} cannot be read any more: {error}") from error

    # ---- asking

    def query(self, image: Image.Image, box: Box | None = None, settings: SearchSettings | None = None) -> QueryReport:
        """Everything within delta of a crop: the LSH answer and, unless settings say no, the exhaustive one.

        image: upright RGB. box: (left, top, right, bottom) in its pixels; None is the whole picture.
        """
        settings = settings or SearchSettings()
        described = self.describe(image, box, settings.scales)
        lsh = self.search_lsh(described, settings)
        exhaustive = self.search_exhaustive(described, settings) if settings.exhaustive else None
        return self.compare(lsh, exhaustive, described, settings)

    def describe(self, image: Image.Image, box: Box | None, scales: Sequence[float]) -> QueryDescriptors:
        """The crop at every query scale: the part of a query that takes the network."""
        if not isinstance(image, Image.Image):
            raise EngineError(f"expected a picture from load_image, got {type(image).__name__}")
        scales = SearchSettings(scales=scales).scales
        started = perf_counter()
        image = image if image.mode == "RGB" else image.convert("RGB")
        self.database.check_weights()
        described = self.describer.describe_query(image, box, scales, self.database.transform)
        return replace(described, seconds=perf_counter() - started)

    def search_lsh(self, described: QueryDescriptors, settings: SearchSettings) -> Answer:
        """What the index finds within delta."""
        hits = self.database.index.range_search_batch(
            described.vectors, settings.delta, settings.plan, settings.recall_target
        )
        return answer_of("lsh", hits, described, self.database, self.describer)

    def search_exhaustive(self, described: QueryDescriptors, settings: SearchSettings) -> Answer:
        """Everything within delta, by looking at every vector. Every match carries its chance to be found by LSH."""
        index = self.database.index
        hits = index.exhaustive.range_search_batch(described.vectors, settings.delta)
        plan = index.plan(settings.delta, settings.plan, settings.recall_target, len(described.vectors))
        answer = answer_of("exhaustive", hits, described, self.database, self.describer)
        chances = image_chances(hits, plan, described, self.database)
        matches = (replace(match, found_probability=chances[match.image_id]) for match in answer.matches)
        return replace(answer, matches=tuple(matches))

    def compare(
        self, lsh: Answer, exhaustive: Answer | None, described: QueryDescriptors, settings: SearchSettings
    ) -> QueryReport:
        """Both answers side by side, and the nearest image where neither found any."""
        if exhaustive is None:
            return QueryReport(lsh, None, settings.delta)
        nearest = exhaustive.matches[0] if exhaustive.matches else self.nearest(described)
        return QueryReport(lsh, exhaustive, settings.delta, nearest)

    def ranking(self, described: QueryDescriptors) -> tuple[Match, ...]:
        """Every image of the database, nearest first."""
        hits = self.database.index.exhaustive.range_search_batch(described.vectors, math.pi)
        return matches_of(hits, described.scales, self.database, self.describer)

    def nearest(self, described: QueryDescriptors) -> Match:
        """The nearest image of the whole database, whatever delta."""
        hits = [self.database.index.exhaustive.search(vector, 1) for vector in described.vectors]
        return matches_of(hits, described.scales, self.database, self.describer)[0]

    @property
    def thresholds(self) -> Thresholds:
        """What delta, k and L do on this database: angles, chance hits, collisions, costs."""
        return Thresholds(self.database, self.describer)

    def _check_id(self, image_id: int) -> int:
        check_whole("image id", image_id, 0, self.n_images - 1)
        return int(image_id)


def find_databases(folders: Sequence[Folder]) -> list[Path]:
    """Databases among the given folders and directly inside them, sorted by name."""
    found = set()
    for folder in map(Path, folders):
        inside = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        found |= {path.resolve() for path in (folder, *inside) if (path / manifest.POINTER).is_file()}
    return sorted(found, key=lambda path: path.name)


def warm_up(engine: RetrievalEngine) -> None:
    """Pay first-use costs ahead of the first query: read files and weights, import torch, compile the loops."""
    engine.database.generation.check()
    picture = Image.new("RGB", (128, 128), "grey")
    engine.describe(picture, None, (1.0,))
    index.warm_up()
