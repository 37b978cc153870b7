"""Photos to a database: describe, learn the transform, hash, commit. Stops anywhere and goes on from there."""

from dataclasses import asdict, replace
from pathlib import Path

from .. import backbones, manifest
from ..config import LSHConfig, PatchConfig
from ..describer import Describer
from ..errors import DatabaseError
from ..photos import list_photos
from ..staging import Staging
from ..storage import Database, relative_folder, resolve_folder
from ..workers import one_blas_thread
from .committing import commit
from .describing import describe, learn
from .lock import only_writer
from .task import Progress, Task


def build_database(
    photos: Path,
    root: Path,
    backbone: str,
    patches: PatchConfig | None,
    lsh: LSHConfig | None,
    dtype: str,
    progress: Progress,
) -> list[tuple[str, str]]:
    """Build `root` from the photos, or add those it lacks. Returns (path, reason) of each unreadable file."""
    lsh = replace(lsh or LSHConfig(), storage=dtype)
    describer = Describer(backbone, patches)
    if (root / manifest.POINTER).is_file():
        existing = Database(root)
        if existing.backbone.name != backbone or (patches and existing.patches != patches):
            raise DatabaseError(
                f"{root.name} exists with backbone {existing.backbone.name}, asked for {backbone}: "
                "choose another path, or the same backbone and patches to add photos"
            )
        return add_photos(existing, photos, progress)
    if root.is_file() or root.is_dir() and not _ours_or_empty(root):
        raise DatabaseError(f"{root.name} exists and is no database: choose a new or empty folder for it")
    paths = list_photos(photos)  # before anything is created: a folder without photos ends here
    return _run(Task(root, photos, paths, describer, lsh), progress)


def _ours_or_empty(root: Path) -> bool:
    """Whether a folder that is no database yet may become one: a build killed in its last moments left files in it."""
    return Staging.began(root) or all(path.name.startswith(".") for path in root.iterdir())


def add_photos(existing: Database, photos: Path, progress: Progress) -> list[tuple[str, str]]:
    """Add the photos below a folder that the database does not hold yet, with the transform it has."""
    describer = Describer(existing.backbone.name, existing.patches)
    task = Task(existing.root, photos, list_photos(photos), describer, existing.lsh_config, existing)
    return _run(task, progress)


def _run(task: Task, progress: Progress) -> list[tuple[str, str]]:
    with only_writer(task.root):
        if task.existing:  # another writer may have added photos since it was opened
            task = replace(task, existing=task.existing.reopened())
        with one_blas_thread():  # a build that was stopped ends as one that was not
            return _run_alone(task, progress)


def _run_alone(task: Task, progress: Progress) -> list[tuple[str, str]]:
    noted = relative_folder(task.root, task.folder)
    known = _known_paths(task.existing, resolve_folder(task.root, noted))
    wanted = [path for path in task.paths if path not in known]
    if wanted:
        backbones.prepare(task.describer.card.name, progress)  # before anything is written
    staging = Staging(task.root, _plan(task, noted))
    transform = task.existing.transform if task.existing else learn(task, staging, wanted, progress)
    describe(task, staging, wanted, transform, progress)
    described = staging.done("described")
    records = [record for record in described if record["images"]]
    unreadable = [tuple(pair) for record in described for pair in record["unreadable"]]
    if not records and task.existing is None:
        staging.discard()
        raise DatabaseError(
            f"none of the {len(task.paths):,} photos in {task.folder.name} could be read: {unreadable[0][1]}"
        )
    if records:
        progress(len(wanted), len(wanted), "hash")
        commit(task, staging, records, transform, noted, progress)
    staging.discard()
    return unreadable


def _known_paths(existing: Database | None, folder: Path) -> set[str]:
    if existing is None:
        return set()
    ids = [i for i, known in enumerate(existing.folders) if known.resolve() == folder.resolve()]
    return set(existing.images.loc[existing.images["folder"].isin(ids), "path"])


def _plan(task: Task, noted: str) -> dict:
    """Whatever must be equal for staged work to be of use."""
    describer = task.describer
    former = (
        Path(task.existing.generation.entries["mean"].file).name if task.existing and task.existing.transform else ""
    )
    return {
        "folder": noted,
        "backbone": describer.card.name,
        "weights": describer.card.weights_sha256,
        "patches": asdict(describer.patches),
        "dtype": task.lsh.storage,
        "transform": former,
    }
