"""How well do boxed things find their kind? Prints the table of docs/measured.md.

    python -m benchmarks.container_search gallery              # the demo gallery with its exact boxes
    python -m benchmarks.container_search real --data FOLDER   # photos with labels, see `RealPhotos`
    python -m benchmarks.container_search real --data FOLDER --judged 10    # before and after relevance feedback

Every box of side >= 40 px is a query; its own photo and doubtful ones are left out of the ranking.
"""

import argparse
import io
import json
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.boxed_photos import Gallery, RealPhotos
from lsh_engine import SCALES, RetrievalEngine, load_image, warm_up
from lsh_engine.core.intervals import wilson_interval
from lsh_engine.core.progress import progress_bar
from lsh_engine.core.threads import n_cores
from lsh_engine.evaluation.box_queries import run_box_queries, table
from lsh_engine.evaluation.feedback_queries import feedback_table, run_feedback


def same_photo_recall(engine: RetrievalEngine, boxed: bool, n: int, seed: int = 1) -> int:
    """How many of n random crops (30-60 % of each side, JPEG quality 60) find their own photo first.

    boxed: the rectangle is drawn in the recompressed photo; otherwise the crop is a picture of its own.
    """
    random = np.random.default_rng(seed)
    right = 0
    for image_id in random.choice(engine.n_images, n, replace=False):
        image = engine.photo(image_id)
        share = random.uniform(0.3, 0.6)
        width, height = int(image.width * share), int(image.height * share)
        left, top = random.integers(0, image.width - width + 1), random.integers(0, image.height - height + 1)
        box = (int(left), int(top), int(left) + width, int(top) + height)
        picture = recompressed(image if boxed else image.crop(box))
        described = engine.describe(picture, box if boxed else None, SCALES["default"])
        right += engine.nearest(described).image_id == image_id
    return right


def recompressed(image: Image.Image) -> Image.Image:
    """The picture after JPEG at quality 60."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=60)
    return load_image(stream.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", choices=("gallery", "real"))
    parser.add_argument("--data", type=Path, help="folder with containers/, mixed/ and classes/")
    parser.add_argument("--db", type=Path, help="database to use or build (default: the demo's, or a work folder)")
    parser.add_argument("--delta", type=float, default=1.05, help="radians, for the LSH columns")
    parser.add_argument("--crops", type=int, default=150, help="same-photo crops to try; 0 leaves them out")
    parser.add_argument("--judged", type=int, help="judge so many photos, ask again, and tell what that helped")
    parser.add_argument("--json", type=Path, help="write every query's figures here")
    arguments = parser.parse_args()
    if arguments.photos == "real" and not arguments.data:
        parser.error("real photos need --data")
    photos = Gallery() if arguments.photos == "gallery" else RealPhotos(arguments.data)
    engine = photos.engine(arguments.db)
    warm_up(engine)
    if arguments.judged:
        with progress_bar(" queries") as progress:
            told = run_feedback(engine, photos.queries(), arguments.judged, doubtful=photos.doubtful, progress=progress)
        print(feedback_table(told))
        return
    with progress_bar(" queries") as progress:
        figures = run_box_queries(
            engine, photos.queries(), arguments.delta, doubtful=photos.doubtful, progress=progress
        )
    size = f"{engine.n_images:,} photos, {engine.n_vectors:,} vectors, delta {arguments.delta} rad"
    print(f"{size}; {platform.machine()}, {n_cores()} cores, search on one thread")
    print(table(figures))
    n = min(arguments.crops, engine.n_images)
    for boxed, words in ((True, "box drawn in the photo"), (False, "crop as its own file")) if n else ():
        right = same_photo_recall(engine, boxed, n)
        low, high = wilson_interval(right, n)
        print(f"same-photo crops, {words}: R@1 {right / n:.3f} ({low:.3f}-{high:.3f}), n = {n}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(one) for one in figures], indent=1))


if __name__ == "__main__":
    main()
