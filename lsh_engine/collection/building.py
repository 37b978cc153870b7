"""Photos to a database: describe, learn the transform, hash, commit. Stops anywhere and goes on from there."""

import logging
from dataclasses import asdict, replace
from pathlib import Path

from ..core import generations as manifest
from ..core.errors import DatabaseError
from ..core.progress import Progress
from ..core.threads import one_blas_thread
from ..core.writer_lock import only_writer
from ..describe import backbones
from ..describe.describer import Describer
from ..describe.patch_config import PatchConfig
from ..images.photo_folders import list_photos
from ..index.lsh.config import LSHConfig
from . import segments
from .collection import Collection
from .committing import commit_staged
from .comparing import changed, known_photos
from .describing import describe, learn
from .originals import relative_folder, resolve_folder
from .staging import StagedPhotos, Staging
from .task import BuildResult, Calibrate, Task

log = logging.getLogger(__name__)


def build_database(
    photos: Path,
    root: Path,
    backbone: str,
    patches: PatchConfig | None,
    lsh: LSHConfig | None,
    dtype: str,
    calibrate: Calibrate,
    progress: Progress,
) -> BuildResult:
    """Build `root` from the photos, or bring it up to date with them as `add_photos` does."""
    lsh = replace(lsh or LSHConfig(), storage=dtype)
    describer = Describer(backbone, patches)
    if (root / manifest.POINTER).is_file():
        existing = Collection(root)
        if existing.backbone.name != backbone or (patches and existing.patches != patches):
            raise DatabaseError(
                f"{root.name} exists with backbone {existing.backbone.name}, asked for {backbone}: "
                "choose another path, or the same backbone and patches to add photos"
            )
        return add_photos(existing, photos, calibrate, progress)
    if root.is_file() or (root.is_dir() and not _ours_or_empty(root)):
        raise DatabaseError(f"{root.name} exists and is no database: choose a new or empty folder for it")
    paths = list_photos(photos)  # before anything is created: a folder without photos ends here
    return _run(Task(root, photos, paths, describer, lsh, calibrate), progress)


def _ours_or_empty(root: Path) -> bool:
    """Whether a folder that is no database yet may become one: a build killed in its last moments left files in it."""
    return Staging.began(root) or all(path.name.startswith(".") for path in root.iterdir())


def add_photos(existing: Collection, photos: Path, calibrate: Calibrate, progress: Progress) -> BuildResult:
    """Add the photos below a folder that the database does not hold yet, with the transform it has, and describe anew
    those that changed since. One commit: a reader sees all of it or nothing.
    """
    existing.check_weights()
    describer = Describer(existing.backbone.name, existing.patches)
    task = Task(existing.root, photos, list_photos(photos), describer, existing.lsh_config, calibrate, existing)
    return _run(task, progress)


def _run(task: Task, progress: Progress) -> BuildResult:
    with only_writer(task.root):
        if task.existing:  # another writer may have added photos since it was opened
            existing = task.existing.reopened()
            existing.generation.check()  # damage must not get a checksum of its own
            task = replace(task, existing=existing)
        with one_blas_thread():  # a build that was stopped ends as one that was not
            return _run_alone(task, progress)


def _run_alone(task: Task, progress: Progress) -> BuildResult:
    folder, former = relative_folder(task.root, task.folder), task.existing
    known = known_photos(former, resolve_folder(task.root, folder)) if former else {}
    stale = changed(former, task.folder, known) if former else {}
    wanted = [path for path in task.paths if path not in known or path in stale]
    if wanted:
        backbones.prepare(task.describer.card.name, progress)  # before anything is written
    staging, staged = _staged(task, folder, wanted)
    if wanted:
        task = replace(task, describer=_on_staged_runtime(task, staging))
    transform, sample = (former.transform, {}) if former else learn(task, staging, wanted, progress)
    describe(task, staged, wanted, transform, sample, progress)
    described = {image["path"] for segment in staged.segments for image in segment.images}
    task = replace(task, replaced={path: i for path, i in known.items() if path in described})
    if not described and former is None:
        staging.discard()
        raise DatabaseError(
            f"none of the {len(task.paths):,} photos in {task.folder.name} could be read: {staged.unreadable[0][1]}"
        )
    if described:
        progress(len(wanted), len(wanted), "hash")
        commit_staged(task, staged, transform, folder, progress)
    staging.discard()
    for path, reason in staged.unreadable:
        log.info("passed over %s: %s", path, reason)
    return BuildResult(tuple(staged.unreadable), tuple(task.replaced))


def _staged(task: Task, folder: str, wanted: list[str]) -> tuple[Staging, StagedPhotos]:
    """What is done of this very build; nothing where it is not whole."""
    plan = _plan(task, folder, wanted)
    staging = Staging(task.root, plan)
    staged = StagedPhotos(staging, task.describer.card.dim, task.lsh.storage, segments.SEGMENT)
    if staged.whole:
        return staging, staged
    staging.discard()
    staging = Staging(task.root, plan)
    return staging, StagedPhotos(staging, task.describer.card.dim, task.lsh.storage, segments.SEGMENT)


def _on_staged_runtime(task: Task, staging: Staging) -> Describer:
    """The describer on what described the staged photos, so that a build that was stopped ends as one that was not."""
    name = task.describer.card.name
    if not staging.done("runtime"):
        precision = task.existing.precision if task.existing else backbones.best_precision(name)
        backbones.maps_of(name, precision)  # what runs it is known once it runs
        found = backbones.runtime_of(name, precision)
        staging.put("runtime", {"library": found.library, "precision": found.precision})
    (runtime,) = staging.done("runtime")
    return Describer(name, task.describer.patches, runtime["precision"], runtime["library"])


def _plan(task: Task, folder: str, wanted: list[str]) -> dict:
    """Whatever must be equal for staged work to be of use. behind: the last photos that are there; a commit puts others
    behind them, so that nothing is added twice.
    """
    describer, former = task.describer, task.existing
    return {
        "format": manifest.FORMAT,
        "folder": folder,
        "backbone": describer.card.name,
        "weights": backbones.weights_in_use(describer.card.name)["sha256"] if wanted else "",
        "patches": asdict(describer.patches),
        "dtype": task.lsh.storage,
        "behind": former.segments[-1].images.file if former else "",
    }
