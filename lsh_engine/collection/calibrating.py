"""When presets are measured: at the end of a build, after much growth, and whenever someone asks."""

from pathlib import Path

from PIL import Image

from ..analysis.calibration import WORTH_ANEW, calibrate
from ..core import generations as manifest
from ..core.errors import DatabaseError
from ..core.writer_lock import only_writer
from ..describe.describer import Describer
from ..describe.transform import Transform
from ..images.loading import load_image
from ..index.store import VectorStore
from .collection import KIND, Collection
from .id_map import IdMap
from .task import Progress, Task


def calibration_of_build(
    task: Task, records: list[dict], transform: Transform | None, rows: VectorStore, progress: Progress
) -> dict:
    """{"calibration": ...} for the description of what is being built; empty where it cannot be measured."""
    former = task.existing
    replaced = set(task.replaced.values())
    files = [former.file(i) for i in range(former.n_images) if i not in replaced] if former else []
    files += [task.folder / image["path"] for record in records for image in record["images"]]
    if former and former.calibration and len(files) < WORTH_ANEW * former.calibration.get("images", 0):
        return {"calibration": former.calibration}
    return _measured(task.describer, transform, rows, files, progress)


def calibrate_database(root: Path, progress: Progress) -> Collection:
    """Measure the presets of a database anew and commit them. Raises DatabaseError where there are too few photos."""
    with only_writer(root):
        database = Collection(root)
        database.check_weights()
        describer = Describer(database.backbone.name, database.patches, database.precision)
        database.generation.check()
        files = [database.file(i) for i in range(database.n_images)]
        measured = _measured(describer, database.transform, database.store, files, progress)
        if not measured:
            raise DatabaseError(
                f"{root.name} holds {database.n_images:,} photos, too few to measure presets on, or their originals "
                "are not where they were: the presets of the backbone stay"
            )
        manifest.commit(root, KIND, database.meta | measured, database.generation.entries)
    return Collection(root)


def _measured(
    describer: Describer, transform: Transform | None, rows: VectorStore, files: list[Path], progress: Progress
) -> dict:
    def ask(image: Image.Image, box: tuple, scales: tuple[float, ...]):
        return describer.describe_query(image, box, scales, transform)

    found = calibrate(
        describer.card, rows, IdMap.even(len(files), len(rows)), lambda i: load_image(files[i]), ask, progress
    )
    return {"calibration": found} if found else {}
