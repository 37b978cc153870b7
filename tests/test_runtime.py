"""OpenVINO and torch give the same maps; what runs a network is chosen, noted and told."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from build_help import N_PHOTOS, contents
from small_nets import save_state
from small_photos import write_photos

from lsh_engine import BuildCancelled, EngineError, RetrievalEngine
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import openvino_net, runtime, torchvision_nets
from lsh_engine.describe.backbones.runtime import Fidelity, Runtime

pytest.importorskip("openvino")
OTHER = {"openvino": "torch", "torch": "openvino"}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """No choice of the caller's, and nothing remembered of what another test broke."""
    monkeypatch.delenv("LOOKALIKE_RUNTIME", raising=False)
    monkeypatch.delenv("LOOKALIKE_PRECISION", raising=False)
    monkeypatch.setattr(runtime, "_unusable", {})
    backbones._started.cache_clear()
    yield
    backbones._started.cache_clear()


def pixels(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).standard_normal((height, width, 3)).astype(np.float32)


def largest_angle(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    """Radians between two sets of maps, each map one long vector; from chords, which are exact for small angles."""
    found = []
    for one, other in zip(a, b, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype == np.float32
        one, other = (values.astype(np.float64).ravel() / np.linalg.norm(values) for values in (one, other))
        found.append(2 * np.arcsin(np.linalg.norm(one - other) / 2))
    return max(found)


def both(name: str, height: int, width: int) -> tuple:
    given = pixels(height, width)
    return tuple(backbones.maps_of(name, library=library)(given) for library in ("openvino", "torch"))


# ---- the same maps


@pytest.mark.parametrize("name", ["efficientnet_lite0", "tiny"])
@pytest.mark.parametrize("size", [(96, 64), (64, 160)])
def test_both_libraries_give_the_same_maps(tiny_backbone, name, size):
    card = backbones.card(name)
    fast, reference = both(name, *size)
    shapes = [(layer.channels, layer.cells(size[0]), layer.cells(size[1])) for layer in card.layers]
    assert [one.shape for one in fast] == shapes
    assert largest_angle(fast, reference) < 1e-5
    assert isinstance(backbones.maps_of(name), openvino_net.OpenVINONet)


@pytest.mark.parametrize("name", ["smallvgg", "smallvgg_fc7"])
def test_networks_with_weights_of_their_own_do_too(small_vgg, name, tmp_path):
    backbones.install(name, save_state(small_vgg.state, tmp_path / "own.pth"))
    assert largest_angle(*both(name, 96, 128)) < 1e-5
    assert runtime._unusable == {}


@pytest.mark.parametrize("name", ["resnet50", "alexnet"])
def test_torchvisions_other_kinds_of_network_convert(monkeypatch, name):
    """The ResNet has every kind of layer of ResNet-50, and a third of them."""
    from test_torchvision_nets import ours, with_numbers
    from torchvision import models
    from torchvision.models.resnet import Bottleneck, ResNet

    kinds = {"resnet50": lambda: ResNet(Bottleneck, [1, 1, 1, 1]), "alexnet": models.alexnet}
    monkeypatch.setattr(torchvision_nets, "_torchvision_models", lambda: SimpleNamespace(**kinds))
    network = ours(name, with_numbers(torchvision_nets.build(backbones.card(name))).state_dict())
    given, fast = pixels(96, 64), openvino_net.OpenVINONet(network, "fp32")
    assert largest_angle(fast(given), runtime.TorchNet(network, "fp32")(given)) < 1e-5


def test_threads_share_a_network_and_get_the_bits_of_one(tiny_backbone):
    network = backbones.maps_of(tiny_backbone)
    asked = [pixels(32 * (2 + i % 3), 32 * (2 + i % 5)) for i in range(60)]
    alone = [network(given) for given in asked]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(network, asked))
    for one, other in zip(alone, together, strict=True):
        assert all(map(np.array_equal, one, other))


def test_bits_do_not_depend_on_the_number_of_workers(tiny_backbone, monkeypatch):
    given = pixels(160, 96)
    one, three = [], []
    for workers, found in ((1, one), (3, three)):
        monkeypatch.setattr(openvino_net, "n_workers", lambda workers=workers: workers)
        found += openvino_net.OpenVINONet(backbones.load(tiny_backbone), "fp32")(given)
        found += openvino_net.OpenVINONet(backbones.load(backbones.DEFAULT), "fp32")(given)
    assert all(map(np.array_equal, one, three))


def test_maps_outlive_the_next_call(tiny_backbone):
    network = backbones.maps_of(tiny_backbone)
    kept = network(pixels(64, 64))
    before = [one.copy() for one in kept]
    network(pixels(96, 64)), network(-pixels(64, 64))
    assert all(map(np.array_equal, kept, before))


# ---- chosen


@pytest.mark.parametrize(("variable", "value"), [("LOOKALIKE_RUNTIME", "onnx"), ("LOOKALIKE_PRECISION", "bf16")])
def test_a_wrong_value_is_named(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(EngineError, match=f"{variable}.*'{value}'"):
        backbones.runtime_text(backbones.DEFAULT)


def test_the_environment_chooses_the_library(monkeypatch, tiny_backbone):
    monkeypatch.setenv("LOOKALIKE_RUNTIME", "torch")
    assert isinstance(backbones.maps_of(tiny_backbone, library="openvino"), runtime.TorchNet)
    monkeypatch.setenv("LOOKALIKE_RUNTIME", "openvino")
    assert isinstance(backbones.maps_of(tiny_backbone, library="torch"), openvino_net.OpenVINONet)
    monkeypatch.setenv("LOOKALIKE_RUNTIME", "")
    assert isinstance(backbones.maps_of(tiny_backbone), openvino_net.OpenVINONet)


@pytest.fixture(params=["not installed", "no import", "no conversion"])
def broken_openvino(request, monkeypatch):
    """OpenVINO fails in one of three ways; the words that tell it."""
    if request.param == "not installed":
        monkeypatch.setattr(runtime, "_version", lambda package: "" if package == "openvino" else "2")
        return "OpenVINO is not installed"
    if request.param == "no import":
        monkeypatch.setitem(sys.modules, "openvino", None)
        openvino_net._openvino.cache_clear()
        return "OpenVINO cannot be used: import of openvino halted"

    def refuse(network):
        raise RuntimeError("no such layer\nand a long trace")

    monkeypatch.setattr(openvino_net, "_converted", refuse)
    return "OpenVINO cannot be used: no such layer)"


def test_without_openvino_torch_runs_and_says_so(broken_openvino, tiny_backbone):
    given = pixels(64, 96)
    found = backbones.maps_of(tiny_backbone)(given)
    assert all(map(np.array_equal, found, backbones.maps_of(tiny_backbone, library="torch")(given)))
    told = backbones.runtime_text(tiny_backbone)
    assert told.startswith("torch 2") and broken_openvino in told


def test_openvino_asked_for_by_name_is_not_replaced(broken_openvino, tiny_backbone, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_RUNTIME", "openvino")
    with pytest.raises(EngineError, match="LOOKALIKE_RUNTIME.*tiny.*unset"):
        backbones.maps_of(tiny_backbone)


def test_openvino_is_imported_without_its_telemetry():
    code = (
        "import sys, threading; from lsh_engine.describe.backbones import openvino_net; openvino_net._core();"
        "import openvino.frontend.pytorch, openvino.tools.ovc;"
        "print(sys.modules['openvino_telemetry'], threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.stdout.split() == ["None", "1"], done.stderr


# ---- precision


def test_fidelity_tells_the_angle_between_the_maps():
    turned = np.ones((2, 4, 4), np.float32) * np.array([np.cos(0.1), np.sin(0.1)], np.float32)[:, None, None]
    along = np.ones((2, 4, 4), np.float32) * np.array([1, 0], np.float32)[:, None, None]
    found = runtime.fidelity(lambda given: [along, along], lambda given: [along, turned])
    assert found.angle == pytest.approx(0.1, abs=1e-6) and found.speedup > 0


def test_bf16_must_be_worth_it():
    assert Fidelity(1.6, 0.03).pays and not Fidelity(1.4, 0.0).pays
    assert str(Fidelity(2.04, 0.0331)) == "bf16 is 2 times as fast as fp32 here and 0.033 rad from it"


def test_fp32_unless_a_timing_is_asked_for(monkeypatch, tiny_backbone):
    monkeypatch.setattr(backbones, "_fidelity", lambda name: Fidelity(3.0, 0.02))
    assert backbones.best_precision(tiny_backbone) == "fp32"
    monkeypatch.setenv("LOOKALIKE_PRECISION", "auto")
    assert backbones.best_precision(tiny_backbone) == "bf16"
    assert backbones.runtime_text(tiny_backbone).endswith("bf16: " + str(Fidelity(3.0, 0.02)))
    monkeypatch.setattr(backbones, "_fidelity", lambda name: Fidelity(0.4, 0.02))
    assert backbones.best_precision(tiny_backbone) == "fp32"


def test_torch_computes_in_bf16_too(tiny_backbone):
    exact, rough = (
        backbones.maps_of(tiny_backbone, precision, "torch")(pixels(64, 64)) for precision in ("fp32", "bf16")
    )
    assert 1e-4 < largest_angle(rough, exact) < 0.05


# ---- noted


def test_a_database_keeps_its_precision(make, monkeypatch, photos):
    monkeypatch.setenv("LOOKALIKE_PRECISION", "auto")
    monkeypatch.setattr(backbones, "_fidelity", lambda name: Fidelity(3.0, 0.02))
    rough = make("rough.db")
    monkeypatch.delenv("LOOKALIKE_PRECISION")
    exact = make("exact.db")
    write_photos(photos, [30])
    for engine, precision in ((rough, "bf16"), (exact, "fp32")):
        monkeypatch.setenv("LOOKALIKE_PRECISION", "auto")
        engine.add(photos)
        again = RetrievalEngine.open(engine.collection.root)
        assert again.n_images == N_PHOTOS + 1 and again.info()["precision"] == precision
        assert again.describer.precision == precision and again.info()["runtime"].endswith(precision)


def stop_after_two():
    calls = []

    def progress(*step):
        calls.append(step)
        if len(calls) == 3:
            raise BuildCancelled("stopped")

    return progress


@pytest.mark.parametrize("library", ["openvino", "torch"])
def test_a_stopped_build_goes_on_with_the_library_it_began_with(make, monkeypatch, library):
    true = runtime.TorchNet.__call__  # on so small a network both give the same bits
    monkeypatch.setattr(runtime.TorchNet, "__call__", lambda net, given: [one + 0.01 for one in true(net, given)])
    monkeypatch.setenv("LOOKALIKE_RUNTIME", library)
    whole = contents(make("whole.db"))
    with pytest.raises(BuildCancelled):
        make("stopped.db", stop_after_two())
    monkeypatch.setenv("LOOKALIKE_RUNTIME", OTHER[library])
    assert contents(make("other.db")) != whole
    monkeypatch.delenv("LOOKALIKE_RUNTIME")
    assert contents(make("stopped.db")) == whole


def test_a_stopped_build_goes_on_where_its_library_is_gone(make, monkeypatch):
    with pytest.raises(BuildCancelled):
        make("stopped.db", stop_after_two())
    monkeypatch.setattr(runtime, "_version", lambda package: "" if package == "openvino" else "2")
    steps = []
    engine = make("stopped.db", lambda *step: steps.append(step))
    assert engine.n_images == N_PHOTOS and steps[0][2] == "describe", "what was learned is kept"
    assert engine.info()["runtime"] == str(Runtime("torch", "fp32", "OpenVINO is not installed"))
