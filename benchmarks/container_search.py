"""How well do boxed things find their kind? Prints the table of the README.

    python -m benchmarks.container_search gallery              # the demo gallery with its exact boxes
    python -m benchmarks.container_search real --data FOLDER   # photos with labels, see `RealPhotos`

Every box of side >= 40 px is a query; its own photo and doubtful ones are left out of the ranking.
"""

import argparse
import io
import json
import math
import platform
from pathlib import Path
from statistics import mean, median

import numpy as np
from PIL import Image

from benchmarks.boxed_photos import BoxedPhotos, Gallery, RealPhotos
from lsh_engine import SCALES, RetrievalEngine, SearchSettings, load_image
from lsh_engine.evaluation import average_precision, bootstrap_interval, precision_at, wilson_interval
from lsh_engine.workers import n_cores

ALL = math.pi  # radians: every image is a match, so the answer is a full ranking


def search_figures(engine: RetrievalEngine, photos: BoxedPhotos, delta: float) -> list[dict]:
    """One row a query: P@10 and AP of the exhaustive ranking, and how LSH compares at delta."""
    rows = []
    for query in photos.queries():
        image = load_image(photos.folder / query.path)
        described = engine.describe(image, query.box, SCALES["default"])
        ranking = engine.search_exhaustive(described, SearchSettings(delta=ALL)).matches
        left_out = photos.doubtful | {query.path}
        relevant = [match.path in query.targets for match in ranking if match.path not in left_out]
        settings = SearchSettings(delta=delta)
        lsh, exhaustive = (
            engine.search_lsh(described, settings),
            engine.search_exhaustive(described, settings),
        )
        report = engine.compare(lsh, exhaustive, described, settings)
        rows.append(
            {
                "kind": query.kind,
                "p_at_10": precision_at(relevant),
                "average_precision": average_precision(relevant, len(query.targets - left_out)),
                "index_recall": report.index_recall,
                "predicted": report.predicted_recall if report.index_recall is not None else None,
                "matches": len(exhaustive.matches),
                "share": lsh.n_candidates / lsh.n_vectors,
                "speed_up": report.speed_up,
                "lsh_ms": lsh.search_seconds * 1000,
            }
        )
    return rows


def same_photo_recall(engine: RetrievalEngine, folder: Path, boxed: bool, n: int, seed: int = 1) -> int:
    """How many of n random crops (30-60 % of each side, JPEG quality 60) find their own photo first.

    boxed: the rectangle is drawn in the recompressed photo; otherwise the crop is a picture of its own.
    """
    random = np.random.default_rng(seed)
    right = 0
    for image_id in random.choice(engine.n_images, min(n, engine.n_images), replace=False):
        image = load_image(folder / engine.path(image_id))
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


def table(rows: list[dict], title: str) -> str:
    """Markdown table row: means over queries with 95 % bootstrap intervals."""
    cells = [title, str(len(rows))]
    for key in ("p_at_10", "average_precision"):
        values = [row[key] for row in rows]
        low, high = bootstrap_interval(values)
        cells.append(f"{mean(values):.3f} ({low:.2f}-{high:.2f})")
    answered = [row for row in rows if row["index_recall"] is not None]
    for key in ("index_recall", "predicted"):
        cells.append(f"{mean(row[key] for row in answered):.3f}" if answered else "-")
    cells.append(f"{median(row['share'] for row in rows):.2%}")
    cells.append(f"{median(row['speed_up'] for row in rows):.1f}x")
    return "| " + " | ".join(cells) + " |"


def machine() -> str:
    """Where the times were taken."""
    return f"{platform.machine()}, {n_cores()} cores, search on one thread"


HEAD = """| queries | n | P@10 | mAP | index recall | predicted | vectors looked at | speed-up |
|---|---|---|---|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", choices=("gallery", "real"))
    parser.add_argument("--data", type=Path, help="folder with containers/, mixed/ and classes/")
    parser.add_argument("--db", type=Path, help="database to use or build (default: the demo's, or a work folder)")
    parser.add_argument("--delta", type=float, default=1.05, help="radians, for the LSH columns")
    parser.add_argument("--crops", type=int, default=150, help="same-photo crops to try; 0 leaves them out")
    parser.add_argument("--json", type=Path, help="write every query's figures here")
    arguments = parser.parse_args()
    if arguments.photos == "real" and not arguments.data:
        parser.error("real photos need --data")
    photos = Gallery() if arguments.photos == "gallery" else RealPhotos(arguments.data)
    engine = photos.engine(arguments.db)
    rows = search_figures(engine, photos, arguments.delta)
    print(f"{engine.n_images:,} photos, {engine.n_vectors:,} vectors, delta {arguments.delta} rad; {machine()}")
    print(HEAD)
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    print(table(rows, "all"))
    for kind in kinds if len(kinds) > 1 else ():
        print(table([row for row in rows if row["kind"] == kind], kind.replace("_", " ")))
    for boxed, words in ((True, "box drawn in the photo"), (False, "crop as its own file")):
        if arguments.crops:
            n = min(arguments.crops, engine.n_images)
            right = same_photo_recall(engine, photos.folder, boxed, n)
            low, high = wilson_interval(right, n)
            print(f"same-photo crops, {words}: R@1 {right / n:.3f} ({low:.3f}-{high:.3f}), n = {n}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
