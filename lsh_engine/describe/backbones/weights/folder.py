"""Where weights lie that do not come with a package, and how to get them there.

LOOKALIKE_WEIGHTS names the folder; without it they lie in the user's cache. Two kinds of file count:

- the maker's own file under its own name, put there by hand (PyTorch's own cache is looked at too);
- what we keep of it: `FILE.BACKBONE.DIGEST.safetensors` holds only the tensors that the backbone uses, 59 MB of 528 for
  VGG16. DIGEST begins its SHA-256, so that one rename publishes the file and its checksum together.

Backbones of one maker's file share a download: what is kept of NAME_MORE, which goes on where NAME ends, holds all of
NAME. Not the other way round: 59 MB of convolutions have no fully connected layers in them.
"""

import os
from pathlib import Path

from ....core.errors import WeightsError
from ....core.files import sha256_of
from ..card import BackboneCard

ENVIRONMENT = "LOOKALIKE_WEIGHTS"
DIGITS = 16  # of the SHA-256 in a kept file's name


def folder() -> Path:
    """The folder of weights; it need not exist."""
    chosen = os.environ.get(ENVIRONMENT)
    return Path(chosen).expanduser() if chosen else _cache() / "lookalike" / "weights"


def file_name(card: BackboneCard) -> str:
    """The name of the maker's own file."""
    return card.weights_source.rpartition("/")[2]


def full(card: BackboneCard) -> Path | None:
    """The maker's own file, unchecked, in our folder or in PyTorch's."""
    torch_home = os.environ.get("TORCH_HOME")
    torch_home = Path(torch_home).expanduser() if torch_home else _cache() / "torch"
    places = (folder(), torch_home / "hub" / "checkpoints")
    return next((place / file_name(card) for place in places if (place / file_name(card)).is_file()), None)


def kept(card: BackboneCard) -> Path | None:
    """The file of the backbone's own tensors, unchecked; the newest, should there be two."""
    return max(all_kept(card), key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def larger(card: BackboneCard) -> Path | None:
    """The file kept of a backbone that goes on where this one ends, unchecked: vgg16_fc7's holds all of vgg16."""
    return next(folder().glob(kept_name(card, "?" * DIGITS, f"{card.name}_*")), None)


def smaller(card: BackboneCard) -> str | None:
    """The backbone of the same file, kept here, that ends where this one goes on."""
    name = card.name.rpartition("_")[0]
    return name if name and next(folder().glob(kept_name(card, "?" * DIGITS, name)), None) else None


def all_kept(card: BackboneCard) -> list[Path]:
    return list(folder().glob(kept_name(card, "?" * DIGITS)))


def kept_name(card: BackboneCard, digest: str, name: str | None = None) -> str:
    return f"{Path(file_name(card)).stem}.{name or card.name}.{digest[:DIGITS]}.safetensors"


def is_whole(path: Path) -> bool:
    """Whether a kept file is what was written: its SHA-256 is the one in its name."""
    return sha256_of(path)[:DIGITS] == path.name.split(".")[-2]


def how_to_get(card: BackboneCard) -> str:
    """What, where from, how large, where to, and the way out: the end of every message about missing weights."""
    return (
        f"put {card.weights_source} ({card.weights_bytes / 1e6:.0f} MB, SHA-256 {card.weights_sha256[:12]}...) into "
        f"{shown(folder())}, or use the default backbone, whose weights come with pip"
    )


def missing(card: BackboneCard) -> WeightsError:
    part = smaller(card)
    lacking = f" ({part}'s are, without the layers that {card.name} adds)" if part else ""
    return WeightsError(
        f"the weights of {card.name} are not here{lacking}: "
        f"run 'python -m lsh_engine weights {card.name}', {how_to_get(card)}"
    )


def shown(path: Path) -> str:
    """The path as a user writes it, without the name of the home folder."""
    home = Path.home()
    return str("~" / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
