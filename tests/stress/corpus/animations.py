"""Several pictures in one file: only the first is shown, and only the first costs."""

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.picture_builders import saved, scene

from .file import EXACT, LOSSY, PALETTE, OddFile, either, refused, shows

KINDS = {"gif": "GIF", "webp": "WEBP", "png": "PNG", "tif": "TIFF", "mpo": "MPO"}
COSTS = {"gif": PALETTE, "webp": LOSSY, "mpo": LOSSY}


def animations() -> Iterator[OddFile]:
    rgb = scene()
    black, white = Image.new("RGB", rgb.size, "black"), Image.new("RGB", rgb.size, "white")
    for suffix, kind in KINDS.items():
        cost = COSTS.get(suffix, EXACT)
        yield shows(f"animated.{suffix}", saved(rgb, kind, save_all=True, append_images=[black, white]), tolerance=cost)
        many = [Image.fromarray(noise) for noise in _noise(100)]
        data = saved(rgb, kind, save_all=True, append_images=many)
        yield shows(f"101 pictures.{suffix}", data, tolerance=cost)
        yield either(f"101 pictures, cut.{suffix}", data[: len(data) // 2])
    for disposal in (0, 1, 2, 3):
        data = saved(rgb, "GIF", save_all=True, append_images=[black, white], disposal=disposal, duration=0, loop=0)
        yield shows(f"disposal {disposal}.gif", data, tolerance=PALETTE)
    yield from _gif_frames()
    yield from _tiff_pages()


def _noise(count: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(1)
    for _ in range(count):
        yield random.integers(0, 256, (40, 60, 3), np.uint8)


def _gif_frames() -> Iterator[OddFile]:
    """First frames that lie beside, beyond or inside their screen."""
    whole = saved(scene().convert("P"), "GIF")
    frame = whole.index(b",", 13 + 768)
    for name, place in (("inside", (5, 5)), ("beyond", (50, 30)), ("far beyond", (900, 900))):
        data = bytearray(whole)
        data[frame + 1 : frame + 5] = struct.pack("<HH", *place)
        yield either(f"frame {name} the screen.gif", bytes(data))
    data = bytearray(whole)
    data[frame + 1 : frame + 5] = struct.pack("<HH", 65_000, 65_000)
    yield refused("frame at 65000.gif", bytes(data))
    yield shows("a thousand ends.gif", whole + b";" * 1_000, tolerance=PALETTE)


def _tiff_pages() -> Iterator[OddFile]:
    """Directories that point at themselves, or at nothing."""
    for name, target in (("itself", None), ("the end", 2**32 - 1), ("the header", 0)):
        data = bytearray(saved(scene(), "TIFF"))
        first = struct.unpack_from("<I", data, 4)[0]
        (n_entries,) = struct.unpack_from("<H", data, first)
        struct.pack_into("<I", data, first + 2 + 12 * n_entries, first if target is None else target)
        yield shows(f"next page is {name}.tif", bytes(data))
    looped = bytearray(saved(scene(), "TIFF"))
    struct.pack_into("<I", looped, 4, 0)
    yield refused("first page is the header.tif", bytes(looped))
