"""The networks of sources A, B and D: their cards against torchvision's own facts, their maps against its modules."""

import sys
from pathlib import Path

import numpy as np
import pytest
from small_nets import FC, save_state
from small_photos import photo

from lsh_engine.core.errors import EngineError, WeightsError
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import torchvision_nets
from lsh_engine.describe.describer import Describer

SOURCES = {
    "vgg16": "VGG16_Weights.IMAGENET1K_V1",
    "vgg16_caffe": "VGG16_Weights.IMAGENET1K_FEATURES",
    "vgg19": "VGG19_Weights.IMAGENET1K_V1",
    "alexnet": "AlexNet_Weights.IMAGENET1K_V1",
    "resnet50": "ResNet50_Weights.IMAGENET1K_V1",
}
LAST = {"vgg16": "features.29", "vgg19": "features.35", "alexnet": "features.11", "resnet50": "layer4"}
CONV = [name for name in SOURCES if name != "vgg16_caffe"]  # the same network as vgg16
ALL = [card.name for card in torchvision_nets.CARDS]


def model_name(name: str) -> str:
    return name.partition("_")[0]


def on_meta(name: str):
    import torch
    from torchvision import models

    with torch.device("meta"):
        return getattr(models, model_name(name))().eval()


def with_numbers(module):
    """A module built without numbers, its tensors random from a fixed seed and of a size that keeps maps near 1."""
    import torch

    torch.manual_seed(0)
    module = module.to_empty(device="cpu")
    for name, tensor in module.state_dict().items():
        if tensor.dim() > 1:
            torch.nn.init.kaiming_uniform_(tensor, nonlinearity="relu")
        elif tensor.dtype.is_floating_point:  # scales and variances near 1, shifts near 0
            tensor.uniform_(-0.1, 0.1).add_(0.5 if name.endswith(("weight", "var")) else 0)
    return module


def ours(name: str, state: dict):
    network = torchvision_nets.build(backbones.card(name))
    network.load_state_dict({key: state[key] for key in torchvision_nets.shapes(network)}, assign=True)
    return network.eval().requires_grad_(False)


def pixels(height: int, width: int):
    import torch

    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(height))


def outputs(module, last: str, tensor):
    """What the named part of a module gives, caught by a hook while all of it runs."""
    import torch

    caught = []
    hook = module.get_submodule(last).register_forward_hook(lambda part, given, out: caught.append(out.clone()))
    with torch.inference_mode():
        module(tensor)
    hook.remove()
    return caught[0]


# ---- cards


@pytest.mark.parametrize("name", ALL)
def test_cards_repeat_what_torchvision_publishes(name):
    from torchvision import models

    card = backbones.card(name)
    published = models.get_weight(SOURCES[name.removesuffix("_fc7")])
    assert card.weights_source == published.url
    assert card.weights_sha256 == Path(published.url).stem.rpartition("-")[2]
    assert card.weights_bytes / 2**20 == pytest.approx(published.meta["_file_size"], abs=0.001)
    transform = published.transforms()
    np.testing.assert_allclose(card.mean, np.multiply(transform.mean, 255), rtol=1e-6)
    np.testing.assert_allclose(card.std, np.multiply(transform.std, 255), rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_angles_are_raw_as_in_the_sources(name):
    card = backbones.card(name)
    assert not card.learned and card.dim == card.joined_dim == {"vgg16": 512, "resnet50": 2048}.get(name, card.dim)
    assert card.max_delta < np.pi / 2, "descriptors have no negative values"
    assert "provisional" in card.presets_from
    if name in ("vgg16", "vgg16_caffe"):
        assert (card.presets["same picture"], card.layers[0].name, card.stride) == (0.4, "relu5_3", 16)
    if name.endswith("_fc7"):
        assert card.dim == 4096


def test_facts_are_plain_data_with_everything_on_the_card():
    import json

    found = json.loads(json.dumps(backbones.facts()))
    assert [one["name"] for one in found] == list(backbones.cards())
    keys = {"title", "maps", "dim", "stride", "mean", "std", "weights", "weights_bytes", "weights_sha256", "licence"}
    assert all(keys | {"presets", "max_delta", "weights_here", "note"} <= set(one) for one in found)


# ---- maps


@pytest.mark.parametrize("name", CONV)
def test_maps_are_those_of_torchvisions_own_module(name, one_thread):
    import torch
    from torch import nn

    whole = on_meta(name)
    trunk = nn.Sequential()  # torchvision's module without its classifier, which is most of its memory
    for child in ("features",) if hasattr(whole, "features") else list(dict(whole.named_children()))[:-2]:
        trunk.add_module(child, whole.get_submodule(child))
    trunk = with_numbers(trunk).eval()
    network, card = ours(name, trunk.state_dict()), backbones.card(name)
    for height, width in ((64, 96), (96, 64)):
        expected = outputs(trunk, LAST[name], pixels(height, width))
        largest = float(expected.max())
        assert largest > 0.1 and float(expected.std()) > 0.01 and float(expected.min()) >= 0
        for layout in (torch.contiguous_format, torch.channels_last):  # as torchvision has it, and as we use it
            with torch.inference_mode():
                (found,) = network.to(memory_format=layout)(pixels(height, width))
            layer = card.layers[0]
            assert found.shape == (1, layer.channels, layer.cells(height), layer.cells(width)) == expected.shape
            torch.testing.assert_close(found / largest, expected / largest, rtol=0, atol=1e-5)
            if layout == torch.contiguous_format:
                torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_fc7_is_that_of_torchvisions_own_module(one_thread):
    """A whole photo of any size gives what torchvision's AlexNet gives after its last but one layer."""
    import torch

    from lsh_engine.describe.windows import region_mask

    whole = with_numbers(on_meta("alexnet")).eval()
    network = ours("alexnet_fc7", whole.state_dict()).to(memory_format=torch.channels_last)
    card = backbones.card("alexnet_fc7")
    for height, width in ((224, 224), (96, 288)):
        tensor = pixels(height, width)
        expected = outputs(whole, "classifier.5", tensor)
        with torch.inference_mode():
            (found,) = network(tensor)
        rows, columns = found.shape[2:]
        assert (rows, columns) == (card.layers[0].cells(height), card.layers[0].cells(width))
        masks = torch.from_numpy(region_mask((0, 0, columns, rows), rows, columns, bins=6))
        cells = (masks @ found[0].flatten(1).T).T.reshape(1, 256, 6, 6)
        with torch.inference_mode():
            found = network.head(cells)
        largest = float(expected.max())
        assert largest > 0.1 and float(expected.std()) > 0.01
        torch.testing.assert_close(found / largest, expected / largest, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_networks_are_parts_of_torchvisions_module_under_its_own_names(name):
    whole, network, card = on_meta(name), torchvision_nets.build(backbones.card(name)), backbones.card(name)
    published = {key: tuple(tensor.shape) for key, tensor in whole.state_dict().items()}
    wanted = torchvision_nets.shapes(network)
    assert wanted.items() <= published.items()
    assert not any(key.startswith(("fc.", "classifier.6")) for key in wanted), "the classes are left out"
    assert any(key.startswith("classifier.") for key in wanted) == name.endswith("_fc7")
    if name.endswith("_fc7"):
        bins = card.layers[0].bins
        assert whole.avgpool.output_size == (bins, bins)
        assert str(network.classifier) == str(whole.classifier[:-1])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("side", [512, 288, None])
def test_cards_know_the_size_of_every_map(name, side):
    import torch

    network, layer = torchvision_nets.build(backbones.card(name)), backbones.card(name).layers[0]
    side = side or backbones.card(name).least_side
    (found,) = network(torch.empty(1, 3, side, 320, device="meta"))
    assert found.shape[2:] == (layer.cells(side), layer.cells(320))


def test_convolutions_are_a_tenth_of_the_file():
    tensors = torchvision_nets.shapes(torchvision_nets.build(backbones.card("vgg16"))).values()
    assert 4 * sum(int(np.prod(shape)) for shape in tensors) == pytest.approx(59e6, rel=0.01)


# ---- use


@pytest.fixture
def ready(small_vgg):
    """The small backbones with their weights in the folder."""
    path = save_state(small_vgg.state, small_vgg.folder / "any.pth")
    card = small_vgg.published(path)
    path.rename(small_vgg.folder / Path(card.weights_source).name)
    return small_vgg


def test_photos_and_crops_are_described(ready):
    describer = Describer(ready.card.name)
    rows, boxes = describer.describe_image(photo(0), None)
    assert rows.shape == (119, 16) and boxes.shape == (119, 4)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    asked = describer.describe_query(photo(0), None, (1.0,), None).vectors
    assert asked.shape == (1, 16) and (asked >= 0).all()


def test_a_whole_photo_through_the_fully_connected_layers_is_what_the_network_itself_says(ready):
    import torch
    from small_nets import small_vgg

    image, describer = photo(0), Describer(FC.name)
    rows = describer.pool_patches(image)
    assert rows.shape == (119, 32)
    whole = small_vgg().eval()
    whole.load_state_dict(ready.state)
    scale = 256 / max(image.size)
    size = tuple(max(32, round(side * scale / 32) * 32) for side in image.size)
    prepared = (np.asarray(image.resize(size, 2, reducing_gap=3.0), np.float32) - FC.mean) / FC.std
    expected = outputs(whole, "classifier.4", torch.from_numpy(prepared.astype(np.float32))[None].permute(0, 3, 1, 2))
    expected = torch.nn.functional.normalize(expected)[0].numpy()
    np.testing.assert_allclose(rows[0], expected, atol=1e-5)
    crop = describer.describe_query(image, (10, 10, 120, 90), (0.7, 1.0), None).vectors
    assert crop.shape[1] == 32 and np.isfinite(crop).all()


def test_the_network_is_ready_for_use_only(ready):
    network = torchvision_nets.load(ready.card)
    assert not network.training and not any(parameter.requires_grad for parameter in network.parameters())
    assert not any(tensor.is_meta for tensor in network.state_dict().values())


def test_missing_weights_are_not_downloaded_by_a_question(small_vgg):
    with pytest.raises(WeightsError, match="smallvgg.*python -m lsh_engine weights"):
        Describer(small_vgg.card.name).pool_patches(photo(0))
    assert not backbones.weights_here("smallvgg") and not small_vgg.folder.exists()


def test_a_torchvision_that_does_not_fit_torch_is_one_clear_line(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "torchvision":
                raise RuntimeError("operator torchvision::nms does not exist\nmore")

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(EngineError, match="torchvision.*nms"):
        torchvision_nets.build(backbones.card("vgg16"))
