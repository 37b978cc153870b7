"""Files of weights to tensors. Nothing but tensors is ever unpickled."""

from pathlib import Path
from typing import Any

from ....core.errors import WeightsError

Shapes = dict[str, tuple[int, ...]]  # name of a tensor -> its shape
Tensors = dict[str, Any]  # name -> torch.Tensor, on the CPU


def read_file(path: Path) -> Tensors:
    """What a .safetensors file or a state_dict saved by torch holds."""
    import torch
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)  # training checkpoints keep it one level down
        if all(isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()):
            return state
        raise TypeError
    except OSError as error:
        raise WeightsError(f"cannot read {path.name}: {error.strerror or 'no such file'}; check the path") from error
    except Exception as error:  # damaged archives raise anything
        raise WeightsError(
            f"{path.name} is no plain table of tensors (pickled modules are refused, they can carry code): "
            "save model.state_dict() with torch.save, or use safetensors"
        ) from error


def select(path: Path, shapes: Shapes, name: str) -> Tensors:
    """The tensors in a file that the backbone `name` uses, float32.

    A file of the convolutions alone may name them without `features.`. WeightsError where one is missing, of another
    shape or not finite.
    """
    state, selected = read_file(path), {}
    for key, shape in shapes.items():
        tensor = state.get(key, state.get(key.removeprefix("features.")))
        if tensor is None or tuple(tensor.shape) != shape:
            came = "nothing" if tensor is None else tuple(tensor.shape)
            raise WeightsError(f"{path.name} holds no weights of {name}: expected {key} of shape {shape}, got {came}")
        selected[key] = tensor.float().contiguous()
        if not selected[key].isfinite().all():
            raise WeightsError(f"{path.name} has numbers in {key} that are not finite: it holds no weights of {name}")
    return selected
