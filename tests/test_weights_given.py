"""A user's own file of weights: which are taken, which are refused, and that none of them runs code."""

from pathlib import Path

import pytest
from small_nets import convolutions, same_as, save_state, save_tensors

from lsh_engine.core.errors import WeightsError
from lsh_engine.describe import backbones


def as_it_is(state: dict) -> dict:
    return state


def bare(state: dict) -> dict:
    """As `model.features.state_dict()` names them."""
    return {name.removeprefix("features."): tensor for name, tensor in convolutions(state).items()}


def checkpoint(state: dict) -> dict:
    return {"epoch": 3, "state_dict": state}


def halved(state: dict) -> dict:
    return {name: tensor.half().double() for name, tensor in state.items()}


@pytest.mark.parametrize("shape", [as_it_is, convolutions, bare, checkpoint])
def test_a_users_file_may_be_full_or_convolutions_only(small_vgg, tmp_path, shape):
    file = save_state(shape(small_vgg.state), tmp_path / "own.pth")
    backbones.install("smallvgg", file)
    used = backbones.weights_in_use("smallvgg")
    assert not used["published"], "any file that fits is taken, and told from the maker's own"
    assert same_as(small_vgg.state, backbones.load("smallvgg"))


@pytest.mark.parametrize("shape", [as_it_is, convolutions, bare])
def test_a_users_file_may_be_safetensors(small_vgg, tmp_path, shape):
    backbones.install("smallvgg", save_tensors(shape(small_vgg.state), tmp_path / "own.safetensors"))
    assert same_as(small_vgg.state, backbones.load("smallvgg"))


def test_a_users_file_may_be_of_another_precision_or_an_old_format(small_vgg, tmp_path):
    import torch

    file = save_state(halved(small_vgg.state), tmp_path / "own.pth")
    backbones.install("smallvgg", file)
    assert {tensor.dtype for tensor in backbones.load("smallvgg").state_dict().values()} == {torch.float32}
    torch.save(small_vgg.state, file, _use_new_zipfile_serialization=False)  # as torchvision's files of before 2020
    backbones.install("smallvgg", file)
    assert same_as(small_vgg.state, backbones.load("smallvgg"))


def test_another_file_takes_the_place_of_the_former(small_vgg, tmp_path):
    other = {name: tensor + 1 for name, tensor in small_vgg.state.items()}
    for state in (small_vgg.state, other):
        backbones.install("smallvgg", save_state(state, tmp_path / "own.pth"))
    assert same_as(other, backbones.load("smallvgg"))
    assert len(list(small_vgg.folder.glob("*.safetensors"))) == 1


class Evil:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def test_pickled_modules_and_code_are_refused_and_not_run(small_vgg, tmp_path):
    from torch import nn

    marker, file = tmp_path / "ran", tmp_path / "own.pth"
    for content in (nn.Linear(2, 2), {"features.0.weight": Evil(marker)}, Evil(marker), [1, 2], {"a": 1}, 3):
        save_state(content, file)
        with pytest.raises(WeightsError, match="own.pth.*pickled"):
            backbones.install("smallvgg", file)
    assert not marker.exists() and not small_vgg.folder.exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("data", [b"", b"not weights", b"PK\x03\x04" + bytes(100), b"\xff" * 64, b"<html></html>" * 9])
def test_files_that_are_no_weights_are_refused(small_vgg, tmp_path, suffix, data):
    file = tmp_path / f"own{suffix}"
    file.write_bytes(data)
    with pytest.raises(WeightsError, match=f"own{suffix}.*tensors") as refusal:
        backbones.install("smallvgg", file)
    assert "\n" not in str(refusal.value) and not small_vgg.folder.exists()


def test_truncated_files_are_refused(small_vgg, tmp_path):
    whole = save_state(small_vgg.state, tmp_path / "own.pth").read_bytes()
    for length in (len(whole) - 1, len(whole) // 2, 1000):
        (tmp_path / "own.pth").write_bytes(whole[:length])
        with pytest.raises(WeightsError):
            backbones.install("smallvgg", tmp_path / "own.pth")
    assert not small_vgg.folder.exists()


def test_weights_of_another_network_are_refused(small_vgg, tmp_path):
    import torch

    first, file = "features.0.weight", tmp_path / "own.pth"
    without = {name: tensor for name, tensor in small_vgg.state.items() if name != first}
    for state, came in (
        (without, "got nothing"),
        ({**without, first: torch.zeros(8, 3, 5, 5)}, r"got \(8, 3, 5, 5\)"),
    ):
        save_state(state, file)
        with pytest.raises(WeightsError, match=rf"expected {first} of shape \(8, 3, 3, 3\), {came}"):
            backbones.install("smallvgg", file)


def test_numbers_must_be_finite_where_they_are_used(small_vgg, tmp_path):
    """The classifier of torchvision's IMAGENET1K_FEATURES is all NaN, and is not used."""
    state = {name: tensor.clone() for name, tensor in small_vgg.state.items()}
    state["classifier.0.weight"][:] = float("nan")
    file = save_state(state, tmp_path / "own.pth")
    backbones.install("smallvgg", file)
    for name in ("smallvgg", "smallvgg_fc7"):
        if name == "smallvgg":
            state["features.3.bias"][0] = float("inf")
            save_state(state, file)
        with pytest.raises(WeightsError, match="not finite"):
            backbones.install(name, file)
