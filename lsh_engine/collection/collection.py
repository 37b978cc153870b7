"""A database directory as readers see it: vectors, photos and the id map of one collection, and what is kept with it.

The grid of the describer gives the box of every patch: no table of patches is stored.
"""

import operator
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..analysis.calibration import presets_in
from ..core import generations as manifest
from ..core.errors import DatabaseError, EngineError, WeightsError
from ..describe import backbones
from ..describe.describer import Describer
from ..describe.patch_config import PatchConfig
from ..describe.transform import Transform
from ..index import ExhaustiveIndex, HyperplaneLSH, Index, VectorStore
from ..index.lsh.config import LSHConfig
from ..index.saving import check_once, is_small
from .id_map import IdMap

KIND = "database"
INDEX = "index."  # what the names of the index's own arrays begin with
SEGMENT_PARTS = ("vectors", "images", "thumbnails")
UNKNOWN = 0  # time of the last change of a file whose time was not noted


class Collection:
    """One generation of a database, opened for reading. Threads share it; nothing in it changes."""

    def __init__(self, root: str | os.PathLike, photos: str | os.PathLike | None = None):
        """photos: where the photo folder is now, if it moved since the build (a database of one folder).

        Raises DatabaseError when there is no database, or it is damaged or of another version.
        """
        self.root, self.photos = Path(root), photos
        self.generation = manifest.open_generation(self.root, KIND)
        meta = self.meta = self.generation.meta
        try:
            self.backbone = backbones.card(meta["backbone"])
            self.patches = PatchConfig.stored(meta["patches"])
            self.lsh_config = LSHConfig(**meta["lsh"])
            self.precision = backbones.check_precision(meta.get("precision", "fp32"))
            counts = (meta[name] for name in ("n_images", "n_patches", "n_segments"))
            self.n_images, self.n_patches, n_segments = map(operator.index, counts)
            self.folders = [resolve_folder(self.root, folder) for folder in meta["folders"]]
        except (KeyError, TypeError, EngineError) as error:
            raise DatabaseError(f"{self.root.name} was written by another version: build it again") from error
        if photos is not None:
            self._move(Path(photos))
        self.transform = _read_transform(self.generation, self.backbone)
        self.describer = Describer(self.backbone.name, self.patches, self.precision)
        self.id_map = IdMap(np.full(self.n_images, self.n_patches))
        vectors = [self.generation.array(f"vectors-{i}") for i in range(n_segments)]
        if any(part.shape[1:] != (self.backbone.dim,) for part in vectors):
            raise DatabaseError(f"{self.root.name} was not made by the backbone {self.backbone.name}: build it again")
        check = check_once(self.generation, *(f"vectors-{i}" for i in range(n_segments)))
        self.store = VectorStore.opened(vectors, self.backbone.dim, check=check)
        self.lsh = open_index(self.generation, self.store)
        self._indexes: dict[str, Index] = {"lsh": self.lsh}
        self.images = _read_images(self.generation, n_segments)
        if len(self.images) != self.n_images or len(self.store) != self.id_map.n_patches:
            raise DatabaseError(f"{self.root.name} disagrees with itself on how much it holds: build it again")

    def reopened(self) -> "Collection":
        """The current generation, which may be a later one."""
        return Collection(self.root, self.photos)

    @property
    def weights(self) -> dict | None:
        """Which weights described the photos (`backbones.weights_in_use`); None where it was not noted."""
        return self.meta.get("weights")

    def check_weights(self) -> None:
        """WeightsError where the weights here are others than those that described the photos: angles between their
        descriptors mean nothing. Those that are not here yet are no others, unless no download brings them."""
        noted, name = self.weights, self.backbone.name
        if noted is None:
            return
        here = backbones.weights_in_use(name) if backbones.weights_here(name) else None
        if here["sha256"] == noted["sha256"] if here else noted["published"]:
            return
        came = f"those here are {_shown(here)}" if here else "they are not here"
        raise WeightsError(
            f"{self.root.name} was described with weights of {name} from {_shown(noted)}, {came}: "
            f"give the old file with 'python -m lsh_engine weights {name} --file FILE' and start the app again, "
            "or build the database anew"
        )

    @property
    def calibration(self) -> dict | None:
        """How the presets were measured on this database (`calibration.calibrate`); None where they were not."""
        return self.meta.get("calibration") if presets_in(self.meta.get("calibration")) else None

    @property
    def presets(self) -> dict[str, float]:
        """Meaning -> delta in radians: measured on this database, else the backbone's own."""
        return presets_in(self.calibration) or dict(self.backbone.presets)

    @property
    def n_vectors(self) -> int:
        return len(self.store)

    def index(self, kind: str = "lsh") -> Index:
        """An index over these vectors, opened once. Raises EngineError for one that is not built here."""
        if kind == "exhaustive" and kind not in self._indexes:
            self._indexes[kind] = ExhaustiveIndex.build(self.store)
        if kind not in self._indexes:
            raise EngineError(f"{self.root.name} has no index {kind!r:.40}: build it first")
        return self._indexes[kind]

    @property
    def index_bytes(self) -> int:
        """Tables and sketches on disk, without the vectors."""
        return sum(entry.bytes for name, entry in self.generation.entries.items() if name.startswith(INDEX))

    def path(self, image_id: int) -> str:
        """Path of an image relative to its photo folder, with forward slashes."""
        return self.images["path"].iat[image_id]

    def file(self, image_id: int) -> Path:
        """Where the original lies. Raises DatabaseError for a path that leads out of its photo folder."""
        folder = self.folders[self.images["folder"].iat[image_id]]
        file = folder / self.path(image_id)
        try:
            inside = file.resolve().is_relative_to(folder.resolve())
        except (OSError, ValueError, RuntimeError):  # a name that no disk takes, links that run in a circle
            inside = False
        if not inside:
            raise DatabaseError(f"{self.root.name} names a photo outside its photo folder: build it again")
        return file

    def image_size(self, image_id: int) -> tuple[int, int]:
        """(width, height) of the upright original in pixels."""
        return int(self.images["width"].iat[image_id]), int(self.images["height"].iat[image_id])

    def boxes(self, image_id: int) -> np.ndarray:
        """(m, 4) float32 boxes of an image's patches, in pixels of the upright original."""
        return self.describer.boxes(self.image_size(image_id))

    def thumbnail(self, image_id: int) -> bytes:
        """A JPEG file made at build."""
        row = self.images.iloc[image_id]
        blob = self.generation.array(f"thumbnails-{row.segment}", checked=True)
        return blob[row.thumbnail_start : row.thumbnail_start + row.thumbnail_bytes].tobytes()

    def _move(self, photos: Path) -> None:
        if len(self.folders) > 1:
            raise DatabaseError(f"{self.root.name} holds {len(self.folders)} photo folders: only one can be moved")
        if not photos.is_dir():
            raise DatabaseError(f"there is no photo folder {photos.name}: check the path given for the photos")
        self.folders = [photos]


def _shown(weights: dict) -> str:
    return f"{weights['source'].rpartition('/')[2]} (SHA-256 {weights['sha256'][:12]}...)"


def open_index(generation: manifest.Generation, store: VectorStore) -> HyperplaneLSH:
    """The hyperplane index of a generation over its vectors; its tables stay on disk, memory-mapped."""
    names = [name for name in generation.entries if name.startswith(INDEX)]
    arrays = {name.removeprefix(INDEX): generation.array(name, checked=is_small(name)) for name in names}
    return HyperplaneLSH.opened(store, generation.meta["index"], arrays, check_once(generation, *names))


def write_index(root: Path, index: HyperplaneLSH, former: dict[str, manifest.Entry]) -> dict[str, manifest.Entry]:
    """Files of the index's arrays. Those that span the same rows as in `former` are there already."""
    entries = {}
    for name, array in index.arrays().items():
        same = former.get(INDEX + name) if name[-1].isdigit() else None
        entries[INDEX + name] = same or manifest.write_array(root, name, array)
    return entries


def relative_folder(root: Path, folder: Path) -> str:
    """How a photo folder is noted down: relative when it lies beside the database, so that both can move together."""
    root, folder = root.resolve(), folder.resolve()
    return os.path.relpath(folder, root) if folder.is_relative_to(root.parent) else str(folder)


def resolve_folder(root: Path, noted: str) -> Path:
    return Path(noted) if os.path.isabs(noted) else Path(os.path.normpath(root.resolve() / noted))


def meta_of(
    backbone: str,
    patches: PatchConfig,
    lsh: LSHConfig,
    folders: list[str],
    n_images: int,
    n_segments: int,
    created: str,
) -> dict:
    """What the manifest says of a database, besides its files."""
    return {
        "backbone": backbone,
        "patches": asdict(patches),
        "lsh": asdict(lsh),
        "folders": folders,
        "n_images": n_images,
        "n_patches": patches.n_patches,
        "n_segments": n_segments,
        "created": created,
    }


def _read_transform(generation: manifest.Generation, card: backbones.BackboneCard) -> Transform | None:
    if not card.learned:
        return None
    mean, rotation = (np.array(generation.array(part, checked=True)) for part in ("mean", "rotation"))
    fits = mean.shape == (card.joined_dim,) and rotation.shape == (card.joined_dim, card.dim)
    if not (fits and np.isfinite(mean).all() and np.isfinite(rotation).all()):
        raise DatabaseError(f"{generation.root.name} was not made by the backbone {card.name}: build it again")
    return Transform(mean, rotation)


def _read_images(generation: manifest.Generation, n_segments: int):
    import pandas as pd

    tables = []
    for i in range(n_segments):
        table = generation.table(f"images-{i}")
        table["segment"] = i
        table["mtime_ns"] = table.get("mtime_ns", UNKNOWN)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
