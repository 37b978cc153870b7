"""Weights that do not come with a package: found, downloaded, taken from a user's file, checked on every load.

LOOKALIKE_WEIGHTS names their folder; without it they lie in the user's cache. Two kinds of file count:

- the maker's own file under its own name, put there by hand (PyTorch's own cache is looked at too);
- what we keep of it: `FILE.BACKBONE.DIGEST.safetensors` holds only the tensors that the backbone uses, 59 MB of 528 for
  VGG16. DIGEST begins its SHA-256, so that one rename publishes the file and its checksum together.

Backbones of one maker's file share a download: what is kept of NAME_MORE, which goes on where NAME ends, holds all of
NAME. Not the other way round: 59 MB of convolutions have no fully connected layers in them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ....core.errors import WeightsError
from ....core.files import sha256_of
from ....core.progress import Progress, silent
from ..card import BackboneCard, check_weights
from .download import receive
from .tensors import Shapes, Tensors, select

ENVIRONMENT = "LOOKALIKE_WEIGHTS"
DIGITS = 16  # of the SHA-256 in a kept file's name


@dataclass(frozen=True)
class Origin:
    """The file that weights came from: its address or name, the 64 digits of its SHA-256."""

    source: str
    sha256: str


def here(card: BackboneCard) -> bool:
    """Whether there is a file to load from. It is checked when it is loaded."""
    return _find(card) is not None


def origin(card: BackboneCard) -> Origin:
    """Where the weights that `read` would read came from. WeightsError where there are none."""
    return _origin(_found(card), card)


def read(card: BackboneCard, shapes: Shapes) -> Tensors:
    """The tensors of the backbone, float32 by name. Downloads nothing; WeightsError says how to get what is missing.

    A kept file is checked against the SHA-256 in its name, the maker's own against the card. What was read from
    another file than the backbone's own kept one is kept, so that the next load reads a tenth of it.
    """
    path = _found(card)
    if path == _full(card):
        check_weights(path, card)
    elif sha256_of(path)[:DIGITS] != path.name.split(".")[-2]:
        raise _damaged(path, card)
    tensors = select(path, shapes, card.name)
    if path != kept(card):
        with suppress(WeightsError), _alone(card, _give_up):  # a read-only folder costs time at the next load, no more
            _keep(tensors, card, _origin(path, card))
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
        part = folder() / f".{file_name(card)}.part"
        try:
            receive(card.weights_source, part, card.weights_sha256, card.weights_bytes, progress)
        except WeightsError as error:
            raise WeightsError(f"cannot download the weights of {card.name} ({error}): {_how_to_get(card)}") from error
        _keep(select(part, shapes, card.name), card, Origin(card.weights_source, sha256_of(part)))
        part.unlink()


def install(card: BackboneCard, shapes: Shapes, file: Path) -> None:
    """Keep the weights in a user's file, full or convolutions only. It need not be the maker's own, see `origin`."""
    tensors = select(file, shapes, card.name)
    with _alone(card, silent):
        _keep(tensors, card, Origin(file.name, sha256_of(file)))


def folder() -> Path:
    """The folder of weights; it need not exist."""
    return Path(os.environ.get(ENVIRONMENT) or _cache() / "lookalike" / "weights").expanduser()


def file_name(card: BackboneCard) -> str:
    """The name of the maker's own file."""
    return card.weights_source.rpartition("/")[2]


def kept(card: BackboneCard, name: str = "") -> Path | None:
    """The newest kept file of the backbone, or of those of the same maker's file that the pattern `name` fits."""
    found = folder().glob(f"{Path(file_name(card)).stem}.{name or card.name}.{'?' * DIGITS}.safetensors")
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def shown(path: Path) -> str:
    """The path as a user writes it, without the name of the home folder."""
    home = Path.home()
    return str("~" / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def _find(card: BackboneCard) -> Path | None:
    """The file to read: the backbone's own kept one, the maker's, or what a larger backbone keeps of the maker's.

    A user's own file serves only the backbone that it was given for.
    """
    if path := kept(card) or _full(card):
        return path
    larger = kept(card, f"{card.name}_*")
    with suppress(WeightsError):  # damaged: as good as none
        if larger and _origin(larger, card).sha256.startswith(card.weights_sha256):
            return larger
    return None


def _full(card: BackboneCard) -> Path | None:
    """The maker's own file, unchecked, in our folder or in PyTorch's."""
    torch_home = Path(os.environ.get("TORCH_HOME") or _cache() / "torch").expanduser()
    paths = (place / file_name(card) for place in (folder(), torch_home / "hub" / "checkpoints"))
    return next(filter(Path.is_file, paths), None)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _found(card: BackboneCard) -> Path:
    if path := _find(card):
        return path
    get = f"run 'python -m lsh_engine weights {card.name}', {_how_to_get(card)}"
    raise WeightsError(f"the weights of {card.name} are not here: {get}")


def _how_to_get(card: BackboneCard) -> str:
    return (
        f"put {card.weights_source} ({card.weights_bytes / 1e6:.0f} MB, SHA-256 {card.weights_sha256[:12]}...) into "
        f"{shown(folder())}, or use the default backbone, whose weights come with pip"
    )


def _origin(path: Path, card: BackboneCard) -> Origin:
    from safetensors import safe_open

    if path == _full(card):
        return Origin(card.weights_source, sha256_of(path))
    try:
        with safe_open(path, "np") as opened:
            return Origin(*opened.metadata()["origin"].rsplit(" ", 1))
    except Exception as error:  # a damaged header raises anything
        raise _damaged(path, card) from error


def _damaged(path: Path, card: BackboneCard) -> WeightsError:
    return WeightsError(
        f"the weights of {card.name} are damaged, their SHA-256 is not the one in the file's name: "
        f"delete {shown(path)} and run 'python -m lsh_engine weights {card.name}'"
    )


def _keep(tensors: Tensors, card: BackboneCard, origin: Origin) -> None:
    """Write the backbone's tensors as its one kept file: wholly or not at all. The caller holds `_alone`."""
    from safetensors.torch import save_file

    fresh, former = folder() / f".{card.name}.writing", kept(card)
    try:
        save_file(tensors, fresh, {"origin": f"{origin.source} {origin.sha256}"})
        with open(fresh, "rb+") as stream:
            os.fsync(stream.fileno())
        digest = sha256_of(fresh)[:DIGITS]
        path = folder() / f"{Path(file_name(card)).stem}.{card.name}.{digest}.safetensors"
        os.replace(fresh, path)
    except Exception as error:  # safetensors has an exception of its own for a full disk
        fresh.unlink(missing_ok=True)
        raise _refused(card, getattr(error, "strerror", None)) from error
    if former and former != path:
        former.unlink(missing_ok=True)


@contextmanager
def _alone(card: BackboneCard, progress: Progress) -> Iterator[None]:
    """Hold the folder for one file of weights. progress is called while waiting: what it raises stops that too."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder() / f".{file_name(card)}.lock")
    try:
        folder().mkdir(parents=True, exist_ok=True)
        while not lock.is_locked:
            try:
                lock.acquire(timeout=1)
            except Timeout:
                progress(0, card.weights_bytes, "download")
    except OSError as error:
        raise _refused(card, error.strerror) from error
    try:
        yield
    finally:
        lock.release()


def _refused(card: BackboneCard, reason: str | None) -> WeightsError:
    return WeightsError(
        f"cannot keep the weights of {card.name} in {shown(folder())}: {reason or 'the disk refused it'}; "
        f"free some space, or let {ENVIRONMENT} name another folder"
    )


def _give_up(*_: object) -> None:
    raise WeightsError("another process has the folder")


__all__ = ["Origin", "Shapes", "fetch", "here", "install", "origin", "read"]
