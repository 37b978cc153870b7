"""RetrievalEngine: the only door of the pages and of the command line."""

import os
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from . import index
from .analysis.calibration import calibrate_anew, calibrate_collection, time_trials
from .analysis.thresholds import Thresholds
from .collection import building, estimating
from .collection.artefacts import Artefact, commit_artefact
from .collection.collection import Collection
from .collection.comparing import vanished_photos
from .collection.database_format import CALIBRATION
from .collection.estimating import Estimate
from .collection.indexing import build_index
from .collection.removing import remove_vanished
from .collection.task import BuildResult
from .core import generations as manifest
from .core.bounds import check_whole
from .core.errors import DatabaseError, EngineError, ImageError
from .core.progress import Progress, silent
from .describe import backbones
from .describe.describer import QueryDescriptors
from .describe.patch_config import PatchConfig
from .images.loading import load_image
from .index.contract import Card
from .index.lsh.config import LSHConfig, LSHParams
from .search import explaining, heat, searching
from .search.crops import AskedCrops
from .search.delta_sweep import found_at
from .search.feedback import Place, refined
from .search.folder_queries import FileAnswer, answers_of, pictures_in
from .search.heat import PatchMap
from .search.neighbourhood import neighbourhood
from .search.own_photo import own_photo
from .search.report import Box, Match, QueryReport
from .search.searching import METHODS, OnAnswer, nobody
from .search.settings import SearchSettings
from .search.trace import LSHTrace

Folder = str | os.PathLike


class RetrievalEngine:
    """One opened database. Queries change nothing, so threads may share an engine."""

    def __init__(self, collection: Collection, result: BuildResult | None = None) -> None:
        self._use(collection)
        self._note(result or BuildResult())

    def _note(self, result: BuildResult) -> None:
        """What came of the last build, addition or update."""
        self.unreadable = result.unreadable  # (path, reason) of files that could not be read
        self.changed = result.changed  # paths of photos that had changed and were described anew

    def _use(self, collection: Collection) -> None:
        self.collection = collection
        self.describer = collection.describer

    # ---- making

    @classmethod
    def open(cls, path: Folder, photos: Folder | None = None) -> "RetrievalEngine":
        """Open a database. photos: where its photo folder is now, if it moved. Raises DatabaseError."""
        return cls(Collection(path, photos))

    @classmethod
    def build(
        cls,
        photos: Folder,
        path: Folder,
        backbone: str = backbones.DEFAULT,
        progress: Progress | None = None,
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
        result = building.build_database(
            Path(photos), Path(path), backbone, patches, lsh, dtype, calibrate_anew, progress or silent
        )
        return cls(Collection(path), result)

    def add(self, photos: Folder, progress: Progress | None = None) -> tuple[tuple[str, str], ...]:
        """Add the photos below a folder that are not in the database yet; returns the unreadable ones.

        Photos that changed since they were described (another size or time of the file) are described anew and listed
        in `changed`. Raises WeightsError where the backbone's weights are not those that described the others. Other
        engines that have the database open keep what they opened.
        """
        self._note(building.add_photos(self.collection, Path(photos), calibrate_anew, progress or silent))
        current = Collection(self.collection.root)
        if current.n_images > self.n_images or self.changed:
            self._use(current)
        return self.unreadable

    def update(self, progress: Progress | None = None) -> None:
        """Add what is new in the photo folders, and describe anew what changed: one commit a folder, as `add`."""
        unreadable: tuple[tuple[str, str], ...] = ()
        changed: tuple[str, ...] = ()
        for folder in list(self.collection.folders):
            self.add(folder, progress)
            unreadable, changed = unreadable + self.unreadable, changed + self.changed
        self._note(BuildResult(unreadable, changed))

    def sync(self, progress: Progress | None = None) -> list[str]:
        """Make the database say what its photo folders hold: `update`, and without the photos whose originals are gone.

        Returns the paths of those. Raises DatabaseError, before anything is done, where a whole folder is gone.
        """
        vanished_photos(self.collection.root)
        self.update(progress)
        removed = remove_vanished(self.collection.root, progress or silent)
        self._use(self.collection.reopened())
        return removed

    def calibrate(self, progress: Progress | None = None) -> None:
        """Measure the delta presets on the photos anew. Raises DatabaseError where there are too few."""
        collection = self.collection.reopened()
        measured = calibrate_collection(collection, progress or silent)
        commit_artefact(collection.root, CALIBRATION, CALIBRATION, content=measured, of=collection.fingerprint)
        self._use(collection.reopened())

    def build_index(self, kind: str, progress: Progress | None = None, **config: Any) -> Artefact:
        """Build an index of a registered kind (`kinds`) over the vectors, and keep it. config: fields of its Config."""
        made = index.kind(kind)
        try:
            settings = made.Config(**config)
        except TypeError as error:
            known = ", ".join(made.Config.__dataclass_fields__) or "nothing to configure"
            raise EngineError(f"an index {kind} has {known}, got {', '.join(config)}") from error
        artefact = build_index(self.collection.root, kind, settings, progress or silent)
        self._use(self.collection.reopened())
        return artefact

    def artefacts(self) -> list[Artefact]:
        """What was computed from the collection and is kept with it: kind, configuration, bytes, current or stale."""
        return self.collection.artefacts()

    def verify(self, progress: Progress = silent) -> int:
        """Read every file against its checksum; returns how many. Raises DatabaseError naming the first bad one."""
        return self.collection.generation.verify(progress)

    # ---- telling

    @property
    def presets(self) -> dict[str, float]:
        """Meaning -> delta in radians: measured on this database, else the backbone's own."""
        return self.collection.presets

    @property
    def max_delta(self) -> float:
        """Where a slider of delta should end: radians."""
        return self.collection.backbone.max_delta

    @property
    def n_images(self) -> int:
        return self.collection.n_images

    @property
    def n_vectors(self) -> int:
        return self.collection.n_vectors

    @property
    def photos_found(self) -> bool:
        """Whether every photo folder is where the database says."""
        return all(folder.is_dir() for folder in self.collection.folders)

    def info(self) -> dict:
        """Facts of the database, fit for JSON. Sizes in bytes, angles in radians.

        dtype: precision of the stored vectors; every angle told is exact in it. centred: whether the index hashes from
        the mean of the collection.
        """
        collection = self.collection
        return {
            "name": collection.root.name,
            "images": self.n_images,
            "vectors": self.n_vectors,
            "dim": collection.store.dim,
            "dtype": collection.store.dtype.name,
            "patches_per_image": collection.n_patches,
            "backbone": collection.backbone.name,
            "weights": collection.weights,  # which ones described it; None: not noted
            "precision": collection.precision,  # of the network that described the photos
            "runtime": str(self.describer.runtime),
            "patches": {"sizes": list(collection.patches.sizes), "positions": list(collection.patches.positions)},
            "photos": [str(folder) for folder in collection.folders],
            "photos_found": self.photos_found,
            "bytes": sum(entry.bytes for entry in collection.generation.entries.values()),
            "index_bytes": collection.index_bytes,
            "centred": collection.lsh.centred,
            "created": collection.meta["created"],
            "lsh": asdict(collection.lsh_config),
            "presets": self.presets,
            "calibration": collection.calibration,  # None: the presets are the backbone's own
            "max_delta": self.max_delta,
            "artefacts": [artefact.facts() for artefact in collection.artefacts()],
        }

    def path(self, image_id: int) -> str:
        """Path of an image relative to its photo folder."""
        return self.collection.path(self._check_id(image_id))

    def image_size(self, image_id: int) -> tuple[int, int]:
        """(width, height) of the upright original in pixels."""
        return self.collection.image_size(self._check_id(image_id))

    def thumbnail(self, image_id: int) -> bytes:
        """JPEG of at most 320 x 320 pixels."""
        return self.collection.thumbnail(self._check_id(image_id))

    def patch_boxes(self, image_id: int) -> list[Box]:
        """(left, top, right, bottom) of every patch of an image, in pixels of the upright original."""
        boxes = self.collection.boxes(self._check_id(image_id)).tolist()
        return [(left, top, right, bottom) for left, top, right, bottom in boxes]

    def angle_histogram(self) -> list[int]:
        """Counts of the angles of random pairs of patches, over equal steps from 0 to pi."""
        return self.collection.lsh.pair_histogram.tolist()

    def photo_file(self, image_id: int) -> Path:
        """The file of the original. Raises DatabaseError when it is not where it was."""
        file = self.collection.file(self._check_id(image_id))
        if not os.path.isfile(file):  # unlike Path.is_file, false for a name that is too long
            raise DatabaseError(
                f"the original of {self.path(image_id)} is not where it was: "
                "put the photo folder back, or open the database with its new place (--photos)"
            )
        return file

    def photo(self, image_id: int) -> Image.Image:
        """The upright original. Raises DatabaseError when it is not where it was."""
        try:
            return load_image(self.photo_file(image_id))
        except ImageError as error:
            raise DatabaseError(f"the original of {self.path(image_id)} cannot be read any more: {error}") from error

    # ---- asking

    def query(
        self,
        image: Image.Image,
        box: Box | None = None,
        settings: SearchSettings | None = None,
        methods: Sequence[str] = METHODS,
        on_answer: OnAnswer = nobody,
    ) -> QueryReport:
        """Everything within delta of a crop, by every method asked, beside the exhaustive answer.

        image: upright RGB. box: (left, top, right, bottom) in its pixels; None is the whole picture. methods: kinds of
        index that are built here (`kinds`). on_answer: called with each answer as soon as it is there.
        """
        settings = settings or SearchSettings()
        return self.search(self.describe(image, box, settings.scales), settings, methods, on_answer)

    def describe(self, image: Image.Image, box: Box | None, scales: Sequence[float]) -> QueryDescriptors:
        """The crop at every query scale: the part of a query that takes the network."""
        if not isinstance(image, Image.Image):
            raise EngineError(f"expected a picture from load_image, got {type(image).__name__}")
        asked = tuple(SearchSettings(scales=scales).scales)
        started = perf_counter()
        image = image if image.mode == "RGB" else image.convert("RGB")
        self.collection.check_weights()
        described = self.describer.describe_query(image, box, asked, self.collection.transform)
        return replace(described, seconds=perf_counter() - started)

    def search(
        self,
        asked: QueryDescriptors | AskedCrops,
        settings: SearchSettings,
        methods: Sequence[str] = METHODS,
        on_answer: OnAnswer = nobody,
        warm: bool = False,
    ) -> QueryReport:
        """The part of a query that asks indexes, for one crop or several: see `searching.search`."""
        return searching.search(self.collection, asked, settings, methods, on_answer, warm)

    def ranking(self, described: QueryDescriptors) -> tuple[Match, ...]:
        """Every image of the database, nearest first."""
        return searching.ranking(self.collection, described)

    def nearest(self, described: QueryDescriptors) -> Match:
        """The nearest image of the whole database, whatever delta."""
        return searching.nearest(self.collection, described)

    def neighbourhood(self, asked: QueryDescriptors | AskedCrops, n: int = 300) -> tuple[Match, ...]:
        """The n nearest photos whatever delta, by the rules of a search: an answer at delta is the first of them."""
        check_whole("n", n, 1, 2**31 - 1)
        return neighbourhood(self.collection, searching.checked(self.collection, asked), n)

    def found_at(
        self,
        asked: QueryDescriptors | AskedCrops,
        deltas: Sequence[float],
        method: str = "lsh",
        params: Any = None,
    ) -> list[frozenset[int]]:
        """Image ids that a method finds at each delta (radians). params: as `SearchSettings.params` has them."""
        return found_at(self.collection, searching.checked(self.collection, asked), deltas, method, params)

    def refined(
        self, described: QueryDescriptors, liked: Sequence[Place], disliked: Sequence[Place] = ()
    ) -> QueryDescriptors:
        """The query moved towards liked patches and away from disliked ones, (image id, patch) each (Rocchio)."""
        return refined(self.collection, described, liked, disliked)

    def own_photo(self, data: bytes) -> int | None:
        """The photo of the database that is byte for byte this file; None where there is none."""
        return own_photo(self.collection, data)

    # ---- explaining

    def patch_angles(self, described: QueryDescriptors, image_id: int) -> tuple[np.ndarray, tuple[float, ...]]:
        """(angle of every patch of an image at its best query scale, (m,) float32 radians; those scales)."""
        return heat.patch_angles(self.collection, described, self._check_id(image_id))

    def patch_map(self, described: QueryDescriptors, image_id: int) -> PatchMap:
        """The image painted with the angles of its patches: every cell takes the nearest patch that covers it."""
        return heat.patch_map(self.collection, described, self._check_id(image_id))

    def cell_angles(
        self, image: Image.Image, box: Box | None, descriptors: np.ndarray, scale: float = 1.0
    ) -> np.ndarray:
        """Least angle of every cell of a picture, or of a box on it, to descriptors: see `heat.cell_angles`."""
        self.collection.check_weights()
        image = image if image.mode == "RGB" else image.convert("RGB")
        return heat.cell_angles(self.collection, image, box, descriptors, scale)

    def patch_descriptor(self, image_id: int, patch: int) -> np.ndarray:
        """(d,) float32 of one patch of an image, by its number."""
        span = self.collection.id_map.span(self._check_id(image_id))
        check_whole("patch", patch, 0, span.stop - span.start - 1)
        return self.collection.store.take(np.array([span.start + patch]))[0]

    def explain(
        self,
        described: QueryDescriptors,
        image_id: int,
        delta: float,
        params: LSHParams | None = None,
        own: int | None = None,
    ) -> LSHTrace:
        """Why LSH finds one image within delta, or misses it, step by step: see `LSHTrace`. Any image may be asked.

        own: image id of the photo that was asked about; it is counted in no answer.
        """
        return explaining.explain(self.collection, described, self._check_id(image_id), delta, params, own)

    def query_folder(
        self,
        pictures: Folder | Mapping[str, Path | bytes],
        settings: SearchSettings | None = None,
        methods: Sequence[str] = METHODS,
        *,
        boxes: Mapping[str, Box] | None = None,
        known: Container[str] = (),
        own: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[FileAnswer]:
        """Ask every picture of a folder, or each of the named ones, and give its answer as soon as it is there.

        boxes: picture -> what is asked for in it, as `read_asked_boxes` reads them; others are asked whole. known:
        pictures to pass over, such as those that an earlier run has asked. own: whether a picture that is a photo of
        this database may find itself. progress(done, total, "query") is called before each picture; what it raises
        stops the work, as leaving the loop does. A picture that cannot be asked is told as a problem and stops nothing;
        methods that cannot be asked raise EngineError at once, and so does a folder without pictures.
        """
        settings = settings or SearchSettings()
        named = pictures if isinstance(pictures, Mapping) else pictures_in(Path(pictures))
        searching.check_methods(self.collection, methods)

        def ask(picture: Path | bytes, box: Box | None) -> QueryReport:
            described = self.describe(load_image(picture), box, settings.scales)
            itself = None if own else self.own_photo(picture if isinstance(picture, bytes) else picture.read_bytes())
            return self.search(AskedCrops((described,), own=itself), settings, methods)

        return answers_of(named, ask, boxes or {}, known, progress or silent)

    def vectors(self) -> np.ndarray:
        """(n, d) float32 of all patches, read-only; memory-mapped where they lie in one piece."""
        store = self.collection.store
        if store.check is not None:
            store.check()
        return store.part(0, len(store))

    def kinds(self) -> dict[str, Card]:
        """Cards of the kinds of index by name; `built_kinds` tells which of them can be asked here."""
        return {name: made.card for name, made in index.kinds().items()}

    def built_kinds(self) -> list[str]:
        """Kinds of index that can be asked here, the exhaustive scan first: built over these very vectors."""
        return self.collection.built_kinds()

    @property
    def thresholds(self) -> Thresholds:
        """What delta, k and L do on this database: angles, chance hits, collisions, costs."""
        return Thresholds(self.collection)

    def _check_id(self, image_id: int) -> int:
        check_whole("image id", image_id, 0, self.n_images - 1)
        return int(image_id)


def estimate_build(
    photos: Folder, path: Folder, backbone: str, patches: PatchConfig | None = None, lsh: LSHConfig | None = None
) -> Estimate:
    """Photos, time and disk that building the database `path` will take. Describes a few photos to tell."""
    return estimating.estimate_build(Path(photos), Path(path), backbone, patches, lsh, time_trials)


def find_databases(folders: Sequence[Folder]) -> list[Path]:
    """Databases among the given folders and directly inside them, sorted by name."""
    found = set()
    for folder in map(Path, folders):
        inside = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        found |= {path.resolve() for path in (folder, *inside) if (path / manifest.POINTER).is_file()}
    return sorted(found, key=lambda path: path.name)


def warm_up(engine: RetrievalEngine) -> None:
    """Pay first-use costs ahead of the first query: read files and weights, import torch, compile the loops."""
    engine.collection.generation.check()
    picture = Image.new("RGB", (128, 128), "grey")
    engine.describe(picture, None, (1.0,))
    index.warm_up()
