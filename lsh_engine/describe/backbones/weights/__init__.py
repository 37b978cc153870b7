"""Weights that do not come with a package: found, downloaded, taken from a user's file, checked on every load."""

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ....core.errors import WeightsError
from ....core.files import sha256_of
from ..card import BackboneCard, check_weights
from . import folder
from .download import Progress, receive
from .tensors import Shapes, keep, origin_of, read_file, select


@dataclass(frozen=True)
class Origin:
    """The file that weights came from: its address or name, the 64 digits of its SHA-256."""

    source: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.source} {self.sha256}"


def here(card: BackboneCard) -> bool:
    """Whether there is a file to load from. It is checked when it is loaded."""
    return bool(folder.kept(card) or folder.full(card) or _shared(card))


def origin(card: BackboneCard) -> Origin:
    """Where the weights that `read` would read came from. WeightsError where there are none."""
    kept = folder.kept(card)
    if kept is None and (path := folder.full(card)):
        return Origin(card.weights_source, sha256_of(path))
    path = kept or _shared(card)
    if path is None:
        raise folder.missing(card)
    return _noted(path, card)


def read(card: BackboneCard, shapes: Shapes) -> dict:
    """The tensors of the backbone, float32 by name. Downloads nothing; WeightsError says how to get what is missing.

    From the kept file, checked against the SHA-256 in its name. Else from the maker's own file, checked against the
    card, or from what a larger backbone keeps of that file; the share is then kept, so that the next load reads a
    tenth of it.
    """
    kept, full, came_from = folder.kept(card), folder.full(card), origin(card)
    if kept:
        return select(_read_kept(kept, card), shapes, kept, card)
    if full:
        check_weights(full, card)
    path = full or _shared(card)
    tensors = select(read_file(full) if full else _read_kept(path, card), shapes, path, card)
    with suppress(WeightsError):  # a folder that cannot be written costs time at the next load, no more
        keep(tensors, card, str(came_from))
    return tensors


def fetch(card: BackboneCard, shapes: Shapes, progress: Progress) -> None:
    """Download the weights unless they are here, and keep what the backbone uses of them.

    One process at a time; another waits, and finds them there. Raises WeightsError with nothing half-written.
    """
    if here(card):
        return
    with _alone(card, progress):
        if here(card):  # another process was faster
            return
        part = receive(card, progress)
        keep(select(read_file(part), shapes, part, card), card, str(Origin(card.weights_source, sha256_of(part))))
        part.unlink()


def install(card: BackboneCard, shapes: Shapes, file: Path) -> None:
    """Keep the weights in a user's file, full or convolutions only. It need not be the maker's own, see `origin`."""
    if not file.is_file():
        raise WeightsError(f"there is no file {file.name}: check the path given for the weights of {card.name}")
    keep(select(read_file(file), shapes, file, card), card, str(Origin(file.name, sha256_of(file))))


def _shared(card: BackboneCard) -> Path | None:
    """What a larger backbone keeps of the maker's file. A user's own file serves only what it was given for."""
    path = folder.larger(card)
    with suppress(WeightsError):  # damaged: as good as none
        if path and _noted(path, card).sha256.startswith(card.weights_sha256):
            return path
    return None


def _noted(path: Path, card: BackboneCard) -> Origin:
    try:
        source, _, digest = origin_of(path).rpartition(" ")
    except Exception as error:  # a damaged header raises anything
        raise _damaged(path, card) from error
    return Origin(source, digest)


def _read_kept(path: Path, card: BackboneCard) -> dict:
    if not folder.is_whole(path):
        raise _damaged(path, card)
    return read_file(path)


def _damaged(path: Path, card: BackboneCard) -> WeightsError:
    return WeightsError(
        f"the weights of {card.name} are damaged, their SHA-256 is not the one in the file's name: "
        f"delete {folder.shown(path)} and run 'python -m lsh_engine weights {card.name}'"
    )


@contextmanager
def _alone(card: BackboneCard, progress: Progress):
    """Hold the folder for one file of weights; progress is called while waiting, so that it can stop that too."""
    from filelock import FileLock, Timeout

    place = folder.folder()
    lock = FileLock(place / f".{folder.file_name(card)}.lock", timeout=1)
    try:
        place.mkdir(parents=True, exist_ok=True)
        while not lock.is_locked:
            progress(0, card.weights_bytes, "download")
            with suppress(Timeout):
                lock.acquire()
    except OSError as error:
        raise WeightsError(
            f"cannot write to {folder.shown(place)}: {error.strerror}; "
            f"let {folder.ENVIRONMENT} name a folder for the weights of {card.name}"
        ) from error
    try:
        yield
    finally:
        lock.release()


__all__ = ["Origin", "Progress", "Shapes", "fetch", "here", "install", "origin", "read"]
