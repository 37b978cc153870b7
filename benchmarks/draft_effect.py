"""What decoding a large JPEG at a fraction of its size does to descriptors. Prints a table.

    python -m benchmarks.draft_effect --photos FOLDER

A JPEG can be decoded at a half, a quarter or an eighth of its size, several times faster. The network sees a photo at
512 pixels in any case. `left` is the longest side after decoding over those 512 pixels; angles are between the
descriptors of all patches, with and without, in radians. `saved again` is a yardstick: the photo decoded whole, after
it was saved once more at quality 85.

Large photos are made here from the folder's small ones: `enlarged` is one of them, with sensor noise, and soft as large
photos are; `mosaic` is many side by side, sharp to the last pixel, which is worse than any camera.
"""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

from lsh_engine.collection.collection import Collection
from lsh_engine.describe.describer import Describer
from lsh_engine.images.loading import load_image, load_reduced
from lsh_engine.images.photo_folders import list_photos

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((2048, 1536), (3200, 2400), (4000, 3000), (6000, 4000))
NOISE = 6.0  # grey levels
TILE = 500  # pixels


def enlarged(photo: Image.Image, size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    pixels = np.asarray(photo.resize(size, Image.Resampling.LANCZOS), np.float32)
    return Image.fromarray(np.clip(pixels + random.normal(0, NOISE, pixels.shape), 0, 255).astype(np.uint8))


def mosaic(photos: list[Image.Image], size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    picture = Image.new("RGB", size)
    for top in range(0, size[1], TILE):
        for left in range(0, size[0], TILE):
            picture.paste(photos[random.integers(len(photos))].resize((TILE, TILE)), (left, top))
    return picture


def made(photos: list[Image.Image], size: tuple[int, int], n: int) -> Iterator[tuple[str, bytes]]:
    """n files of each kind, JPEG at quality 92."""
    random = np.random.default_rng(0)
    for i in range(n):
        for kind, picture in (
            ("enlarged", enlarged(photos[i], size, random)),
            ("mosaic", mosaic(photos, size, random)),
        ):
            stream = io.BytesIO()
            picture.save(stream, "JPEG", quality=92)
            yield kind, stream.getvalue()


def saved_again(picture: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return load_image(stream.getvalue())


def angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 2 * np.arcsin(np.minimum(1, np.linalg.norm(a.astype(np.float64) - b, axis=1) / 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=ROOT / "assets" / "gallery" / "photos")
    parser.add_argument("--n", type=int, default=6, help="large photos of each kind and size")
    arguments = parser.parse_args()
    describer, transform = Describer(), Collection(ROOT / "assets" / "demo.db").transform
    paths = list_photos(arguments.photos)
    step = max(1, len(paths) // 40)
    photos = [load_image(arguments.photos / path) for path in paths[::step]]
    print("kind      size        decoded at   left  decode ms (whole)   angle: median    99 %     max   rad")
    for size in SIZES:
        found = {}
        for kind, file in made(photos, size, arguments.n):
            started = perf_counter()
            whole = load_image(file)
            whole_ms = (perf_counter() - started) * 1000
            reference, _ = describer.describe_image(whole, transform)
            vectors, _ = describer.describe_image(saved_again(whole), transform)
            found.setdefault((kind, 1), []).append((whole_ms, whole_ms, angles(vectors, reference)))
            for factor in (2, 4, 8):
                if size[0] / factor < describer.card.longest_side:
                    continue
                started = perf_counter()
                image, original = load_reduced(file, size[0] // factor)
                ms = (perf_counter() - started) * 1000
                vectors, _ = describer.describe_image(image, transform, original)
                found.setdefault((kind, factor), []).append((ms, whole_ms, angles(vectors, reference)))
        for (kind, factor), rows in sorted(found.items()):
            ms, whole_ms = (np.median([row[i] for row in rows]) for i in (0, 1))
            off = np.concatenate([row[2] for row in rows])
            left, how = size[0] / factor / describer.card.longest_side, f"1/{factor}" if factor > 1 else "saved again"
            print(
                f"{kind:9} {size[0]}x{size[1]}   {how:11}  {left:5.2f}  {ms:9.0f} ({whole_ms:.0f})"
                f"        {np.median(off):.4f}  {np.quantile(off, 0.99):.4f}  {off.max():.4f}"
            )


if __name__ == "__main__":
    main()
