"""A database directory as readers see it: vectors, photos and the id map of one collection, and what is kept with it.

The grid of the describer gives the box of every patch: no table of patches is stored.
"""

import math
import operator
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ..core import generations as manifest
from ..core.errors import DatabaseError, EngineError, WeightsError
from ..describe import backbones
from ..describe.describer import Describer
from ..describe.patch_config import PatchConfig
from ..describe.transform import Transform
from ..index import ExhaustiveIndex, HyperplaneLSH, Index, VectorStore
from ..index.lsh.config import LSHConfig
from ..index.registry import kind as kind_of_index
from ..index.saving import check_once, is_small
from .artefacts import Artefact, artefacts_in, read_part
from .database_format import CALIBRATION, LSH, fingerprint, open_database
from .id_map import IdMap
from .originals import original, resolve_folder
from .segments import Segment, complete, segment_in

if TYPE_CHECKING:
    import pandas as pd


class Collection:
    """One generation of a database, opened for reading. Threads share it; nothing in it changes."""

    def __init__(self, root: str | os.PathLike, photos: str | os.PathLike | None = None) -> None:
        """photos: where the photo folder is now, if it moved since the build (a database of one folder).

        Raises DatabaseError when there is no database, or it is damaged or of another version.
        """
        self.root, self.photos = Path(root), photos
        self.generation = open_database(self.root)
        meta = self.meta = self.generation.meta
        self._artefacts = artefacts_in(self.generation)
        try:
            self.backbone = backbones.card(meta["backbone"])
            self.patches = PatchConfig.stored(meta["patches"])
            self.lsh_config = LSHConfig(**self._artefacts[LSH].config)
            self.precision = backbones.check_precision(meta.get("precision", "fp32"))
            counts = (meta[name] for name in ("n_images", "n_patches", "n_segments"))
            self.n_images, self.n_patches, self.n_segments = map(operator.index, counts)
            self.folders = [resolve_folder(self.root, folder) for folder in meta["folders"]]
        except (KeyError, TypeError, EngineError) as error:
            raise DatabaseError(f"{self.root.name} was written by another version: build it again") from error
        if photos is not None:
            self._move(Path(photos))
        self.transform = _read_transform(self.generation, self.backbone)
        self.describer = Describer(self.backbone.name, self.patches, self.precision)
        self.images = _read_images(self.generation, self.n_segments)
        self.id_map = IdMap(self.images["n_patches"].to_numpy())
        parts = [f"vectors-{i}" for i in range(self.n_segments)]
        vectors = [self.generation.array(part) for part in parts]
        if any(part.shape[1:] != (self.backbone.dim,) for part in vectors):
            raise DatabaseError(f"{self.root.name} was not made by the backbone {self.backbone.name}: build it again")
        self.store = VectorStore.opened(vectors, self.backbone.dim, check=check_once(self.generation, *parts))
        if len(self.images) != self.n_images or len(self.store) != self.id_map.n_patches:
            raise DatabaseError(f"{self.root.name} disagrees with itself on how much it holds: build it again")
        self._columns: dict[str, np.ndarray] = {}
        self._opened_thumbnails: dict[int, np.ndarray] = {}
        self._indexes: dict[str, Index] = {}
        self._opening = threading.Lock()
        self.lsh  # noqa: B018  a damaged description is found here

    def reopened(self) -> "Collection":
        """The current generation, which may be a later one."""
        return Collection(self.root, self.photos)

    @property
    def weights(self) -> dict | None:
        """Which weights described the photos (`backbones.weights_in_use`); None where that is not known."""
        return self.meta.get("weights")

    def check_weights(self) -> None:
        """WeightsError where the weights here are others than those that described the photos: angles between their
        descriptors mean nothing. Those that are not here yet are no others, unless no download brings them.
        """
        used, name = self.weights, self.backbone.name
        if used is None:
            return
        here = backbones.weights_in_use(name) if backbones.weights_here(name) else None
        if here["sha256"] == used["sha256"] if here else used["published"]:
            return
        came = f"those here are {_shown(here)}" if here else "they are not here"
        raise WeightsError(
            f"{self.root.name} was described with weights of {name} from {_shown(used)}, {came}: "
            f"give the old file with 'python -m lsh_engine weights {name} --file FILE' and start the app again, "
            "or build the database anew"
        )

    @property
    def calibration(self) -> dict | None:
        """How the presets were measured on this database (`analysis.calibration`); None where they were not."""
        measured = self._artefacts.get(CALIBRATION)
        return measured.content if measured and presets_in(measured.content) else None

    @property
    def presets(self) -> dict[str, float]:
        """Meaning -> delta in radians: measured on this database, else the backbone's own."""
        return presets_in(self.calibration) or dict(self.backbone.presets)

    @property
    def n_vectors(self) -> int:
        return len(self.store)

    @property
    def fingerprint(self) -> str:
        """Names these photos and vectors: whatever was computed from them is of the same fingerprint."""
        return fingerprint(self.generation.entries)

    @property
    def segments(self) -> list[Segment]:
        """The files of the photos, run by run."""
        sizes = np.bincount(self.images["segment"], minlength=self.n_segments)
        return [segment_in(self.generation.entries, i, int(n)) for i, n in enumerate(sizes)]

    def artefacts(self, kind: str = "") -> list[Artefact]:
        """What was computed from the collection and is kept with it, by name. kind: of this kind only."""
        return [found for name, found in sorted(self._artefacts.items()) if kind in ("", found.kind)]

    def artefact(self, name: str) -> Artefact:
        """The artefact of this name. Raises EngineError where there is none."""
        if name not in self._artefacts:
            raise EngineError(f"{self.root.name} keeps nothing named {name!r:.60}")
        return self._artefacts[name]

    def read(self, name: str, part: str) -> bytes:
        """The bytes of one file of an artefact, checked."""
        return read_part(self.generation, name, part)

    @property
    def lsh(self) -> HyperplaneLSH:
        """The index that every database has."""
        return cast(HyperplaneLSH, self.index("lsh"))

    def built_kinds(self) -> list[str]:
        """Kinds of index that can be asked here: the exhaustive scan, and those whose index is current."""
        built = [found.name.partition(".")[2] for found in self.artefacts("index") if found.current]
        return ["exhaustive", *built]

    def index(self, kind: str = "lsh") -> Index:
        """An index over these vectors, opened once. Raises EngineError for one that is not built, or is out of date."""
        if kind not in self._indexes:
            with self._opening:  # threads that come together open it once; those that ask another need not wait
                if kind not in self._indexes:
                    self._indexes[kind] = self._opened_index(kind)
        return self._indexes[kind]

    def _opened_index(self, kind: str) -> Index:
        if kind == ExhaustiveIndex.name:
            return ExhaustiveIndex.build(self.store)
        made, name = kind_of_index(kind), f"index.{kind}"
        if name not in self._artefacts:
            raise EngineError(f"{self.root.name} has no index {kind!r:.40}: build it first")
        found = self._artefacts[name]
        if not found.current:
            raise EngineError(f"the index {kind} of {self.root.name} is older than its photos: build it again")
        paths = {part: f"{name}/{part}" for part in found.parts}
        arrays = {part: self.generation.array(path, checked=is_small(part)) for part, path in paths.items()}
        return made.opened(self.store, found.content, arrays, check_once(self.generation, *paths.values()))

    @property
    def index_bytes(self) -> int:
        """Bytes of the index that every database has, without the vectors."""
        return self._artefacts[LSH].bytes

    def path(self, image_id: int) -> str:
        """Path of an image relative to its photo folder, with forward slashes."""
        return str(self._column("path")[image_id])

    def file(self, image_id: int) -> Path:
        """Where the original lies. Raises DatabaseError for a path that leads out of its photo folder."""
        return original(self.root, self.folders[int(self.images["folder"].to_numpy()[image_id])], self.path(image_id))

    def image_size(self, image_id: int) -> tuple[int, int]:
        """(width, height) of the upright original in pixels."""
        width, height = self._column("width"), self._column("height")
        return int(width[image_id]), int(height[image_id])

    def boxes(self, image_id: int) -> np.ndarray:
        """(m, 4) float32 boxes of an image's patches, in pixels of the upright original."""
        return self.describer.boxes(self.image_size(image_id))

    def thumbnail(self, image_id: int) -> bytes:
        """A JPEG file made at build."""
        start = int(self._column("thumbnail_start")[image_id])
        stop = start + int(self._column("thumbnail_bytes")[image_id])
        return self._thumbnails(int(self._column("segment")[image_id]))[start:stop].tobytes()

    def _column(self, name: str) -> np.ndarray:
        """A column of the table of photos: pandas takes a hundred times as long to read one cell."""
        if name not in self._columns:
            self._columns[name] = self.images[name].to_numpy()
        return self._columns[name]

    def _thumbnails(self, segment: int) -> np.ndarray:
        if segment not in self._opened_thumbnails:
            self._opened_thumbnails[segment] = self.generation.array(f"thumbnails-{segment}", checked=True)
        return self._opened_thumbnails[segment]

    def _move(self, photos: Path) -> None:
        if len(self.folders) > 1:
            raise DatabaseError(f"{self.root.name} holds {len(self.folders)} photo folders: only one can be moved")
        if not photos.is_dir():
            raise DatabaseError(f"there is no photo folder {photos.name}: check the path given for the photos")
        self.folders = [photos]


def _shown(weights: dict) -> str:
    return f"{weights['source'].rpartition('/')[2]} (SHA-256 {weights['sha256'][:12]}...)"


def presets_in(calibration: object) -> dict[str, float]:
    """The presets of a stored calibration; none where it is no such thing."""
    presets = calibration.get("presets") if isinstance(calibration, dict) else None
    if not isinstance(presets, dict):
        return {}
    good = {name: delta for name, delta in presets.items() if isinstance(delta, int | float) and 0 < delta <= math.pi}
    return good if len(good) == len(presets) else {}


def _read_transform(generation: manifest.Generation, card: backbones.BackboneCard) -> Transform | None:
    if not card.learned:
        return None
    mean, rotation = (np.array(generation.array(part, checked=True)) for part in ("mean", "rotation"))
    fits = mean.shape == (card.joined_dim,) and rotation.shape == (card.joined_dim, card.dim)
    if not (fits and np.isfinite(mean).all() and np.isfinite(rotation).all()):
        raise DatabaseError(f"{generation.root.name} was not made by the backbone {card.name}: build it again")
    return Transform(mean, rotation)


def _read_images(generation: manifest.Generation, n_segments: int) -> "pd.DataFrame":
    """The table of all photos."""
    import pandas as pd

    tables = []
    for i in range(n_segments):
        (n_rows, *_) = generation.array(f"vectors-{i}").shape
        tables.append(complete(generation.table(f"images-{i}"), n_rows))
        tables[-1]["segment"] = i
    return pd.concat(tables, ignore_index=True)
