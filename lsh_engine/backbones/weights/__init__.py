"""Weights that do not come with a package: found, downloaded, taken from a user's file, checked on every load."""

from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import WeightsError
from ..card import BackboneCard, check_weights, sha256_of
from . import folder
from .download import Progress, receive
from .tensors import Shapes, keep, origin_of, read_file, select


def here(card: BackboneCard) -> bool:
    """Whether there is a file to load from. It is checked when it is loaded."""
    return bool(folder.kept(card) or folder.full(card))


def published(card: BackboneCard) -> bool:
    """Whether the weights that are here came from the file that their maker published."""
    path = folder.kept(card)
    return path is None or origin_of(path).rpartition(" ")[2].startswith(card.weights_sha256)


def read(card: BackboneCard, shapes: Shapes) -> dict:
    """The tensors of the backbone, float32 by name. Downloads nothing; WeightsError says how to get what is missing.

    From the kept file, checked against the SHA-256 in its name. Else from the maker's own file, checked against the
    card; its share is then kept, so that the next load reads a tenth of it.
    """
    path = folder.kept(card)
    if path is None:
        return _read_full(card, shapes)
    if not folder.is_whole(path):
        raise WeightsError(
            f"the weights of {card.name} are damaged, their SHA-256 is not the one in the file's name: "
            f"delete {folder.shown(path)} and run 'python -m lsh_engine weights {card.name}'"
        )
    return select(read_file(path), shapes, path, card)


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
        keep(select(read_file(part), shapes, part, card), card, f"{card.weights_source} {sha256_of(part)}")
        part.unlink()


def install(card: BackboneCard, shapes: Shapes, file: Path) -> None:
    """Keep the weights in a user's file, full or convolutions only. It need not be the maker's own, see `published`."""
    if not file.is_file():
        raise WeightsError(f"there is no file {file.name}: check the path given for the weights of {card.name}")
    keep(select(read_file(file), shapes, file, card), card, f"{file.name} {sha256_of(file)}")


def _read_full(card: BackboneCard, shapes: Shapes) -> dict:
    path = folder.full(card)
    if path is None:
        raise folder.missing(card)
    check_weights(path, card)
    tensors = select(read_file(path), shapes, path, card)
    with suppress(WeightsError):  # a folder that cannot be written costs time at the next load, no more
        keep(tensors, card, f"{card.weights_source} {sha256_of(path)}")
    return tensors


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


__all__ = ["Progress", "Shapes", "fetch", "here", "install", "published", "read"]
