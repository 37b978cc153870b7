"""HEIC and AVIF: whole pictures, all ways up, films, frames of another size than claimed, damage."""

import io
import random
import struct
from collections.abc import Iterator

from PIL import Image
from pillow_heif import register_heif_opener

from tests.picture_builders import saved, scene

from .colours import modes, on_white
from .exif import turned, with_place
from .file import LOSSY, OddFile, either, refused, shows

KINDS = {"heic": "HEIF", "avif": "AVIF"}


def phones() -> Iterator[OddFile]:
    register_heif_opener()
    for suffix, kind in KINDS.items():
        yield from _whole(suffix, kind)
        for orientation in range(1, 9):
            yield shows(f"orientation {orientation}.{suffix}", _turned(orientation, kind), tolerance=LOSSY)
        yield from _films(suffix, kind)
        yield from _lies(suffix, kind)
        yield from _damage(suffix, kind)


def _whole(suffix: str, kind: str) -> Iterator[OddFile]:
    for mode in ("L", "RGB", "RGBA"):
        image = modes()[mode]
        truth = lambda image=image: on_white(image) if image.mode == "RGBA" else image.convert("RGB")  # noqa: E731
        yield shows(f"{mode}.{suffix}", saved(image, kind, quality=95), truth, LOSSY)
    for width, height in ((1, 1), (3, 3), (50, 1), (1, 50), (101, 77)):
        picture = scene().resize((width, height)).convert("L").convert("RGB")
        yield shows(f"{width} x {height}.{suffix}", saved(picture, kind), lambda p=picture: p, LOSSY)
    yield refused(f"51 x 1.{suffix}", saved(scene().resize((51, 1)), kind))
    large = scene(900, 700)
    tiles = saved(large, "HEIF", tile_size=256) if suffix == "heic" else saved(large, kind)
    yield shows(f"tiles.{suffix}", tiles, lambda: scene(900, 700), LOSSY)
    if suffix == "heic":
        yield refused("no tiles.heic", tiles.replace(b"dimg", b"dimX"))
        yield refused("layers.heic", tiles.replace(b"grid", b"iovl"))
    yield shows(f"a ZIP behind it.{suffix}", saved(scene(), kind) + b"PK\3\4 and more" * 50, tolerance=LOSSY)


def _turned(orientation: int, kind: str) -> bytes:
    """Stored as it lies, with boxes that say how to turn it, and the place where it was taken."""
    image = turned(orientation).copy()
    image.info["exif"] = with_place(orientation).tobytes()
    out = io.BytesIO()
    if kind == "AVIF":
        image.save(out, kind, quality=95, exif=image.info["exif"])
    else:
        image.save(out, kind, quality=95)
    return out.getvalue()


def _films(suffix: str, kind: str) -> Iterator[OddFile]:
    others = [Image.new("RGB", (60, 40), colour) for colour in ("black", "white", "red")]
    data = saved(scene(), kind, save_all=True, append_images=others)
    yield shows(f"several pictures.{suffix}", data, tolerance=LOSSY)
    yield either(f"several pictures, cut.{suffix}", data[: len(data) // 2])


def _lies(suffix: str, kind: str) -> Iterator[OddFile]:
    small = saved(scene(), kind)
    for width, height in ((0, 40), (60, 0), (16_385, 1_000), (14_000, 12_000), (7_072, 7_072), (2**32 - 1, 2**32 - 1)):
        yield refused(f"claims {width} x {height}.{suffix}", _claiming(small, width, height))
    for width, height in ((6_000, 5_000), (30, 20)):
        yield refused(f"claims {width} x {height}.{suffix}", _claiming(small, width, height))
    flat = saved(Image.new("RGB", (1_600, 1_200)), kind, **({"speed": 10} if kind == "AVIF" else {}))
    yield refused(f"2 MP in a frame of 60 x 40.{suffix}", _claiming(flat, 60, 40))
    for name in (b"pitm", b"iinf", b"iloc", b"iprp", b"ispe", b"ipma"):
        yield refused(f"without {name.decode()}.{suffix}", small.replace(name, b"free"))
    place = small.index(b"iloc")
    beyond = bytearray(small)
    beyond[place + 12 : place + 30] = bytes(beyond[place + 12 : place + 18]) + b"\x7f" * 12
    yield refused(f"data beyond the end.{suffix}", bytes(beyond))
    yield refused(f"box flood.{suffix}", small[:32] + struct.pack(">I4s", 8, b"free") * 200_000 + small[32:])


def _claiming(data: bytes, width: int, height: int) -> bytes:
    """The same file, whose every size says this."""
    sizes, place = bytearray(data), data.find(b"ispe")
    while place >= 0:
        sizes[place + 8 : place + 16] = struct.pack(">II", width, height)
        place = data.find(b"ispe", place + 4)
    return bytes(sizes)


def _damage(suffix: str, kind: str, seed: int = 0) -> Iterator[OddFile]:
    flips, data = random.Random(seed), saved(scene(), kind)
    for tenth in range(10):
        yield refused(f"whole.{suffix} cut at {len(data) * tenth // 10}", data[: len(data) * tenth // 10])
    for turn in range(40):
        flipped = bytearray(data)
        for _ in range(1 + turn % 3):
            flipped[flips.randrange(400 if turn < 30 else len(data))] ^= 1 << flips.randrange(8)
        yield either(f"whole.{suffix} flipped {turn}", bytes(flipped))
