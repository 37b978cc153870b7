"""How fast is a folder described on one core and on all, and does memory stay flat? Prints a table.

    python -m benchmarks.describe_folder --photos FOLDER [--n 300] [--repeats 3]   # one core against all, in turns
    python -m benchmarks.describe_folder --photos FOLDER --memory 10000            # resident memory every 1,000 photos

This is the describing stage of a build as it is, with the default backbone, its pieces written to disk. The photos of
the folder are repeated until there are enough. Every measurement is a process of its own.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from lsh_engine import LSHConfig
from lsh_engine.collection.collection import Collection
from lsh_engine.collection.describing import PIECE, describe
from lsh_engine.collection.staging import Staging
from lsh_engine.collection.task import Task
from lsh_engine.core.threads import map_parallel, n_cores, one_blas_thread
from lsh_engine.describe.describer import Describer
from lsh_engine.evaluation.machine import cpu_name
from lsh_engine.images.loading import load_image
from lsh_engine.images.photo_folders import list_photos

ROOT = Path(__file__).resolve().parent.parent
MOST = 400  # different photos
STATUS = Path("/proc/self/statm")


@dataclass
class Watch:
    """The progress of a stage: when each piece began, and the memory then."""

    memory_every: int = 0
    seen: list[tuple[int, float]] = field(default_factory=list)  # photos, seconds
    told: int = -1

    def __call__(self, done: int, total: int, stage: str) -> None:
        self.seen.append((done, perf_counter()))
        if self.memory_every and done // self.memory_every > self.told:
            self.told = done // self.memory_every
            print(f"{done:7,} photos {resident_mib():8,.0f} MiB", flush=True)


def resident_mib() -> float:
    return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def repeated(photos: Path, folder: Path, n: int) -> list[str]:
    """n files in `folder`: copies of the photos, then further names of the copies."""
    paths, names = list_photos(photos)[:MOST], []
    folder.mkdir()
    for i in range(n):
        names.append(f"{i:06d}.jpg")
        if i < len(paths):
            shutil.copyfile(photos / paths[i], folder / names[i])
        else:
            os.link(folder / names[i % len(paths)], folder / names[i])
    return names


def described(folder: Path, names: list[str], watch: Watch) -> None:
    """The describing stage of a build, its pieces written below the folder."""
    describer = Describer()
    transform = Collection(ROOT / "assets" / "demo.db").transform
    with tempfile.TemporaryDirectory(dir=folder.parent) as root, one_blas_thread():
        task = Task(Path(root), folder, names, describer, LSHConfig())
        map_parallel(lambda name: describer.describe_image(load_image(folder / name), transform), names[: 4 * PIECE])
        describe(task, Staging(task.root, {}), names, transform, watch)
    watch(len(names), len(names), "describe")


def child(cores: int, folder: Path, memory_every: int) -> None:
    """Measure on some cores and print the result as JSON."""
    names, watch = sorted(path.name for path in folder.iterdir()), Watch(memory_every)
    described(folder, names, watch)
    seconds = watch.seen[-1][1] - watch.seen[0][1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(json.dumps({"cores": cores, "photos_per_second": len(names) / seconds, "peak_mib": peak}))


def run_child(cores: int, folder: Path, memory_every: int = 0) -> dict:
    first = sorted(os.sched_getaffinity(0))[:cores]
    command = [
        sys.executable,
        "-m",
        "benchmarks.describe_folder",
        "--child",
        str(cores),
        str(folder),
        str(memory_every),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, preexec_fn=lambda: os.sched_setaffinity(0, first)
    )
    for line in process.stdout:
        if line.startswith("{"):
            result = json.loads(line)
        else:
            print(line, end="", flush=True)
    if process.wait():
        raise SystemExit(process.returncode)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=ROOT / "assets" / "gallery" / "photos")
    parser.add_argument("--n", type=int, default=300, help="photos a measurement of speed")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", type=int, default=0, help="photos of the measurement of memory")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        cores, folder, memory_every = arguments.child
        return child(int(cores), Path(folder), int(memory_every))
    print(f"{cpu_name()}, {n_cores()} cores, {Describer().runtime}")
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "photos"
        repeated(arguments.photos, folder, arguments.memory or arguments.n)
        if arguments.memory:
            result = run_child(n_cores(), folder, 1000)
            print(f"peak {result['peak_mib']:,.0f} MiB, {result['photos_per_second']:.1f} photos/s")
            return
        ratios = []
        for _ in range(arguments.repeats):
            one, all_cores = (run_child(cores, folder)["photos_per_second"] for cores in (1, n_cores()))
            ratios.append(all_cores / one)
            print(f"one core {one:6.1f} photos/s   {n_cores()} cores {all_cores:6.1f} photos/s   {ratios[-1]:.2f}x")
        median = np.median(ratios)
        print(f"median {median:.2f}x; two cores are to give >= 1.7x: {'pass' if median >= 1.7 else 'FAIL'}")


if __name__ == "__main__":
    main()
