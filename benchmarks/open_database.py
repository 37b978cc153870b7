"""How long does opening take as a database grows? python -m benchmarks.open_database --images 10000

Writes a database of random descriptors with the engine's own files, opens it in fresh processes and prints medians.
It needs about 0.2 MB of disk an image.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from lsh_engine import LSHConfig, PatchConfig
from lsh_engine.collection.committing import commit_segments
from lsh_engine.collection.segments import Segment, write_images
from lsh_engine.core import generations as manifest
from lsh_engine.describe import backbones

PER_SEGMENT = 1024  # images
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
    """Random unit descriptors under the default configuration, in full segments."""
    random = np.random.default_rng(0)
    card, patches, lsh = backbones.card(backbones.DEFAULT), PatchConfig(), LSHConfig()
    transform = {
        "mean": manifest.write_array(root, "mean", np.zeros(card.joined_dim, np.float32)),
        "rotation": manifest.write_array(root, "rotation", np.zeros((card.joined_dim, card.dim), np.float32)),
    }
    segments = []
    for i in range(-(-n_images // PER_SEGMENT)):
        n = min(PER_SEGMENT, n_images - i * PER_SEGMENT)
        rows = random.standard_normal((n * patches.n_patches, card.dim), np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        names = [f"folder/photo_{i:03d}_{j:05d}.jpg" for j in range(n)]
        facts = {"folder": 0, "width": 800, "height": 600, "bytes": 1, "n_patches": patches.n_patches}
        table = pd.DataFrame({"path": names, **facts, "thumbnail_bytes": 0})
        vectors = manifest.write_array(root, "vectors", rows)
        thumbnails = manifest.write_array(root, "thumbnails", np.zeros(1, np.uint8))
        segments.append(Segment(n, vectors, write_images(root, table), thumbnails))
    meta = {
        "backbone": card.name,
        "patches": asdict(patches),
        "n_patches": patches.n_patches,
        "folders": [str(root)],
        "created": "2026-01-01T00:00:00+00:00",
        "artefacts": {},
    }
    commit_segments(root, segments, meta, transform, lsh)


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
