"""How long does a photo take from its file to the descriptors of 30 windows? Prints a table.

    python -m benchmarks.describe [--photos FOLDER] [--images 4] [--repeats 2]

Everything in one process, on one thread, photo by photo in turns, against two naive ways with VGG16 in torch:
    A   every window cropped, resized to 224 pixels and sent through the network, one by one
    B   one map of the whole photo at 512 pixels, pooled by slicing each window out of it
The photos are resized to 500 pixels and saved as JPEG in memory. Ratios are medians over pairs of the same turn.
"""

import argparse
import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from PIL import Image

from lsh_engine import PatchConfig
from lsh_engine.collection.collection import Collection
from lsh_engine.core.threads import n_cores, one_blas_thread
from lsh_engine.describe import backbones
from lsh_engine.describe.backbones import torchvision_nets
from lsh_engine.describe.describer import Describer
from lsh_engine.describe.pooling import gem, l2_normalise
from lsh_engine.describe.transform import Transform
from lsh_engine.describe.windows import boxes_in_pixels, windows
from lsh_engine.evaluation.machine import CPU_FACTS, cpu_name
from lsh_engine.images.loading import jpeg_bytes, load_image
from lsh_engine.images.photo_folders import list_photos

ROOT = Path(__file__).resolve().parent.parent
PATCHES = PatchConfig(sizes=(1.0, 0.5, 0.4, 0.3), positions=(1, 2, 3, 4))  # 30 windows
JPEG_SIDE = 500  # pixels
CROP_SIDE = 224  # pixels: what a crop is resized to in A
VGG, LITE = "vgg16", backbones.DEFAULT


@dataclass(frozen=True)
class Pipeline:
    """describe: a JPEG file -> (30, dim) descriptors. bar: times as fast as A, where one is asked for."""

    title: str
    describe: Callable[[bytes], np.ndarray]
    bar: float | None = None
    only_amx: bool = False


def baselines() -> list[Pipeline]:
    import torch

    describer = Describer(VGG, PATCHES)
    card, network = describer.card, copy.deepcopy(backbones.load(VGG)).to(memory_format=torch.contiguous_format)

    def feature_map(picture: Image.Image) -> np.ndarray:
        pixels = (np.asarray(picture, np.float32) - np.float32(card.mean)) / np.float32(card.std)
        tensor = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            return network(tensor)[0][0].numpy()

    def crop_by_crop(file: bytes) -> np.ndarray:
        photo = load_image(file)
        boxes = boxes_in_pixels(describer.patches, describer.map_size(photo.size), photo.size)
        crops = (photo.crop(tuple(map(round, box))).resize((CROP_SIDE, CROP_SIDE)) for box in boxes.tolist())
        return l2_normalise(np.stack([gem(feature_map(crop)) for crop in crops]))

    def slice_by_slice(file: bytes) -> np.ndarray:
        photo = load_image(file)
        height, width = describer.map_size(photo.size)
        whole = feature_map(photo.resize((width * card.stride, height * card.stride), Image.Resampling.BILINEAR))
        cells = windows(describer.patches, height, width)
        return l2_normalise(np.stack([gem(whole[:, top:bottom, left:right]) for left, top, right, bottom in cells]))

    return [Pipeline("A: VGG16 crop by crop, torch", crop_by_crop), Pipeline("B: VGG16 one map, torch", slice_by_slice)]


def pipeline(
    name: str,
    side: int,
    transform: Transform | None,
    bar: float | None = None,
    library: str = "openvino",
    precision: str = "fp32",
    only_amx: bool = False,
) -> Pipeline:
    describer = Describer(name, PATCHES, precision, library)
    describer.card = replace(describer.card, longest_side=side)
    title = f"{describer.card.title} {side}, {describer.runtime}"
    return Pipeline(title, lambda file: describer.describe_image(load_image(file), transform)[0], bar, only_amx)


def pipelines() -> list[Pipeline]:
    learned = Collection(ROOT / "assets" / "demo.db").transform
    return [
        *baselines(),
        pipeline(VGG, 512, None, library="torch", bar=7),
        pipeline(VGG, 512, None, bar=7),
        pipeline(VGG, 512, None, precision="bf16", bar=30, only_amx=True),
        pipeline(LITE, 512, learned, library="torch", bar=60),
        pipeline(LITE, 512, learned, bar=60),
        pipeline(LITE, 512, learned, precision="bf16"),
        pipeline(LITE, 320, learned, library="torch"),
        pipeline(LITE, 320, learned, bar=120),
    ]


def files_of(folder: Path, n: int) -> list[bytes]:
    paths = list_photos(folder)
    picked = [paths[i] for i in np.linspace(0, len(paths) - 1, n).round().astype(int)]
    return [jpeg_bytes(load_image(folder / path), JPEG_SIDE) for path in picked]


@contextmanager
def some_weights() -> Iterator[str]:
    """What to say of VGG16's weights while they are there: random ones, as slow as real ones, where it has none."""
    if backbones.weights_here(VGG):
        yield "real"
        return
    import torch

    network = torchvision_nets.build(backbones.card(VGG)).to_empty(device="cpu")
    for tensor in network.parameters():
        torch.nn.init.kaiming_normal_(tensor, nonlinearity="relu") if tensor.ndim > 1 else tensor.data.zero_()
    with TemporaryDirectory() as folder:
        os.environ["LOOKALIKE_WEIGHTS"] = folder
        torch.save(network.state_dict(), file := Path(folder) / "random.pth")
        backbones.install(VGG, file)
        yield "random, which take as long"


def measure(asked: list[Pipeline], files: list[bytes], repeats: int) -> np.ndarray:
    """(turns, pipelines) seconds."""
    for one in asked:
        for file in files if one.title[:2] not in ("A:", "B:") else files[:1]:
            one.describe(file)  # every size of photo met once
    turns = []
    for _ in range(repeats):
        for file in files:
            turn = []
            for one in asked:
                started = perf_counter()
                one.describe(file)
                turn.append(perf_counter() - started)
            turns.append(turn)
    return np.array(turns)


def has_amx() -> bool:
    return CPU_FACTS.is_file() and "amx_bf16" in CPU_FACTS.read_text(errors="replace")


def verdict(one: Pipeline, ratio: float) -> str:
    if one.bar is None:
        return ""
    if one.only_amx and not has_amx():
        return f">= {one.bar:g}x: asked of machines with AMX, this is none"
    return f">= {one.bar:g}x: {'pass' if ratio >= one.bar else 'FAIL'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=ROOT / "assets" / "gallery" / "photos")
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    with some_weights() as weights, one_blas_thread():
        asked = pipelines()
        files = files_of(arguments.photos, arguments.images)
        seconds = measure(asked, files, arguments.repeats)
    amx = "yes" if has_amx() else "no"
    print(f"{cpu_name()}, {n_cores()} cores, one thread used; AMX: {amx}; weights of VGG16: {weights}")
    print(
        f"{len(files)} photos of {JPEG_SIDE} px, {PATCHES.n_patches} windows, {arguments.repeats} turns each; medians"
    )
    print(f"{'pipeline':48} {'ms':>8} {'vs A':>8} {'vs B':>8}  bar against A")
    for i, one in enumerate(asked):
        against_a, against_b = (np.median(seconds[:, j] / seconds[:, i]) for j in (0, 1))
        ms = np.median(seconds[:, i]) * 1000
        print(f"{one.title:48} {ms:8.1f} {against_a:8.1f} {against_b:8.1f}  {verdict(one, against_a)}")
    for name in (VGG, LITE):
        print(f"{name}: {backbones.fidelity(name)}")


if __name__ == "__main__":
    main()
