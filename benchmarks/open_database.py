"""How long does opening take as a database grows? python -m benchmarks.open_database --images 10000

Writes a database of random descriptors with the engine's own files, opens it in fresh processes and prints medians.
It needs about 0.2 MB of disk an image.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from lsh_engine import HyperplaneLSH, LSHConfig, PatchConfig
from lsh_engine.collection.collection import KIND, meta_of, write_index
from lsh_engine.core import generations as manifest
from lsh_engine.describe import backbones

PER_SEGMENT = 1000  # images
OPEN = """
import time
started = time.perf_counter()
from lsh_engine import RetrievalEngine
imported = time.perf_counter()
engine = RetrievalEngine.open({path!r})
opened = time.perf_counter()
engine.collection.generation.check()
checked = time.perf_counter()
print(imported - started, opened - imported, checked - opened, engine.n_vectors)
"""


def write_database(root: Path, n_images: int) -> None:
    """Random unit descriptors under the default configuration, in segments of 1,000 images."""
    random = np.random.default_rng(0)
    card, patches, lsh = backbones.card(backbones.DEFAULT), PatchConfig(), LSHConfig()
    entries = {
        "mean": manifest.write_array(root, "mean", np.zeros(card.joined_dim, np.float32)),
        "rotation": manifest.write_array(root, "rotation", np.zeros((card.joined_dim, card.dim), np.float32)),
    }
    index, n_segments = HyperplaneLSH(lsh), -(-n_images // PER_SEGMENT)
    for i in range(n_segments):
        n = min(PER_SEGMENT, n_images - i * PER_SEGMENT)
        rows = random.standard_normal((n * patches.n_patches, card.dim), np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        names = [f"folder/photo_{i:03d}_{j:05d}.jpg" for j in range(n)]
        sizes = {"folder": 0, "width": 800, "height": 600, "bytes": 1, "thumbnail_bytes": 1, "thumbnail_start": 0}
        entries[f"vectors-{i}"] = manifest.write_array(root, "vectors", rows)
        entries[f"images-{i}"] = manifest.write_table(root, "images", pd.DataFrame({"path": names, **sizes}))
        entries[f"thumbnails-{i}"] = manifest.write_array(root, "thumbnails", np.zeros(1, np.uint8))
        rows = np.load(root / entries[f"vectors-{i}"].file, mmap_mode="r")
        index.add(rows)
    entries |= write_index(root, index, {})
    meta = meta_of(card.name, patches, lsh, [str(root)], n_images, n_segments, "2026-01-01T00:00:00+00:00")
    manifest.commit(root, KIND, meta | {"index": index.meta()}, entries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write it (default: the temporary folder)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        root = Path(folder) / "synthetic.db"
        root.mkdir()
        write_database(root, arguments.images)
        times = []
        for _ in range(arguments.runs):
            command = [sys.executable, "-c", OPEN.format(path=str(root))]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
            *seconds, n_vectors = map(float, done.stdout.split())
            times.append(seconds)
    imported, opened, checked = (median(column) for column in zip(*times, strict=True))
    print(
        f"{arguments.images:,} images, {n_vectors:,.0f} vectors: import {imported:.2f} s, open {opened:.3f} s, "
        f"checksums at the first use {checked:.2f} s (medians)"
    )


if __name__ == "__main__":
    main()
