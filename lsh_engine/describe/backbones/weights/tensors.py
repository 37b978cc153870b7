"""Files of weights to tensors and back. Nothing but tensors is ever unpickled."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from ....core.errors import WeightsError
from ....core.files import sha256_of
from ..card import BackboneCard
from . import folder

Shapes = dict[str, tuple[int, ...]]  # name of a tensor -> its shape


def read_file(path: Path) -> dict:
    """Name -> tensor of a .safetensors file or of a state_dict saved by torch, on the CPU."""
    import torch
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)  # training checkpoints keep it one level down
        if all(isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()):
            return state
    except OSError as error:
        raise WeightsError(f"cannot read {path.name}: {error.strerror or 'no such file'}; check the path") from error
    except Exception as error:  # damaged archives raise anything
        raise _no_table(path) from error
    raise _no_table(path)


def select(state: dict, shapes: Shapes, path: Path, card: BackboneCard) -> dict:
    """The tensors that the backbone uses, float32; WeightsError where one is missing, misshapen or not finite.

    A file of the convolutions alone may name them without `features.`.
    """
    selected = {}
    for name, shape in shapes.items():
        tensor = state.get(name, state.get(name.removeprefix("features.")))
        came = "nothing" if tensor is None else str(tuple(tensor.shape))
        if tensor is None or tuple(tensor.shape) != shape:
            raise WeightsError(
                f"{path.name} holds no weights of {card.name}: expected {name} of shape {shape}, got {came}; "
                f"{folder.how_to_get(card)}"
            )
        tensor = tensor.float().contiguous()
        if not bool(tensor.isfinite().all()):
            raise WeightsError(f"{path.name} has numbers in {name} that are not finite: {folder.how_to_get(card)}")
        selected[name] = tensor
    return selected


def keep(tensors: dict, card: BackboneCard, origin: str) -> Path:
    """Write the backbone's tensors as its one kept file: wholly or not at all.

    origin: the file they were read from and its SHA-256, noted down.
    """
    from safetensors.torch import save_file

    place = folder.folder()
    fresh = place / f".{card.name}.{secrets.token_hex(4)}.writing"
    try:
        place.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        save_file(tensors, fresh, {"origin": origin})
        with open(fresh, "rb+") as stream:
            os.fsync(stream.fileno())
        path = place / folder.kept_name(card, sha256_of(fresh))
        os.replace(fresh, path)
    except Exception as error:  # safetensors has an exception of its own for a full disk
        reason = getattr(error, "strerror", None) or "the disk refused it"
        raise WeightsError(
            f"cannot keep the weights of {card.name} in {folder.shown(place)}: {reason}; "
            f"free some space, or let {folder.ENVIRONMENT} name another folder"
        ) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    for other in folder.all_kept(card):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def origin_of(path: Path) -> str:
    """What `keep` noted of a kept file's origin."""
    from safetensors import safe_open

    with safe_open(path, "np") as opened:
        return opened.metadata()["origin"]


def _sweep(place: Path) -> None:
    """Remove what a killed process left half-written."""
    for stale in place.glob(".*.writing"):
        if time.time() - stale.stat().st_mtime > 3600:
            stale.unlink(missing_ok=True)


def _no_table(path: Path) -> WeightsError:
    return WeightsError(
        f"{path.name} is no plain table of tensors (pickled modules are refused, they can carry code): "
        "save model.state_dict() with torch.save, or use safetensors"
    )
