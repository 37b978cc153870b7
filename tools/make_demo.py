"""The ready database of the demo gallery, and its sample queries: python -m tools.make_demo

Needs assets/gallery (see tools/render_gallery). A database that is there gains the photos it lacks; delete it to build
it afresh. Samples are large things in full view, one of each kind named here, each in a photo of its own. The
experiments of the Evaluation page are run where the database changed since, on a machine that does nothing else: one
of them tells times.
"""

import csv
import io
import json
from collections import Counter
from pathlib import Path

from lsh_engine import EvaluationSettings, RetrievalEngine, evaluate_database, keep_evaluation_labels, kept_evaluations
from lsh_engine.collection.artefacts import delete_artefact
from lsh_engine.collection.database_format import open_database
from lsh_engine.core.generations import POINTER
from lsh_engine.core.journal import drop_folder, remove_all_but
from lsh_engine.core.progress import progress_bar
from lsh_engine.core.writer_lock import LOCK
from lsh_engine.evaluation.records import WORK

ASSETS = Path(__file__).resolve().parent.parent / "assets"
SAMPLES = {
    "wheelie_bin": "Wheelie bin",
    "four_wheel_container": "Four-wheel container",
    "igloo": "Bottle bank",
    "underground_column": "Underground container",
    "car": "Car",
    "bicycle": "Bicycle",
    "post_box": "Post box",
    "horse": "Horse",
}
DELTA = 1.0  # radians
CONTAINERS = ("wheelie_bin", "four_wheel_container", "igloo", "underground_column")
SEVERAL = "several"
SIZES = (10_000, 50_000, 200_000)  # vectors, for growth: up to those of the publication


def main() -> None:
    with progress_bar() as progress:
        engine = RetrievalEngine.build(ASSETS / "gallery", ASSETS / "demo.db", progress=progress, dtype="float16")
    photos = json.loads((ASSETS / "gallery" / "boxes.json").read_text())["photos"]
    samples = []
    for kind, title in SAMPLES.items():
        taken = {sample["file"] for sample in samples}
        samples.append(sample_of(kind, title, [photo for photo in photos if f"gallery/{photo['file']}" not in taken]))
    (ASSETS / "samples.json").write_text(json.dumps(samples, indent=1) + "\n")
    evaluate(engine, photos)
    tidy(ASSETS / "demo.db")
    size = sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file())
    print(f"{engine.n_images} photos, {engine.n_vectors:,} vectors, {len(samples)} samples; assets {size / 1e6:.1f} MB")


def tidy(root: Path) -> None:
    """Leave the current generation alone: no former one, no folder of work, no lock."""
    drop_folder(root, WORK)
    pointer = json.loads((root / POINTER).read_bytes())
    remove_all_but(root, {pointer["manifest"], *(entry.file for entry in open_database(root).entries.values())})
    (root / LOCK).unlink(missing_ok=True)


def sample_of(kind: str, title: str, photos: list[dict]) -> dict:
    """The best-lit photo with one such thing alone, large and in full view."""

    def score(photo: dict) -> tuple:
        things = [thing for thing in photo["objects"] if thing["kind"] == kind]
        left, top, right, bottom = max((thing["box"] for thing in things), key=area)
        inside = left > 4 and top > 4 and right < photo["width"] - 4 and bottom < photo["height"] - 4
        full = max(thing["visible"] for thing in things) > 0.97
        right_size = 60 <= min(right - left, bottom - top) <= 200
        original = photo["near_duplicate_of"] is None
        landscape = photo["width"] > photo["height"]
        day = photo["time_of_day"] in ("sunny", "low_sun", "overcast")
        good = inside and full and right_size
        return good, original, landscape, day, len(things) == 1, area((left, top, right, bottom))

    holding = [photo for photo in photos if Counter(thing["kind"] for thing in photo["objects"])[kind]]
    best = max(holding, key=score)
    box = max((thing["box"] for thing in best["objects"] if thing["kind"] == kind), key=area)
    return {"title": title, "file": f"gallery/{best['file']}", "box": box, "delta": DELTA}


def evaluate(engine: RetrievalEngine, photos: list[dict]) -> None:
    """Run the experiments, unless the results that are kept are of this very database."""
    root = engine.collection.root
    kept = kept_evaluations(root)
    if kept and all(record.current for record in kept):
        return
    for artefact in engine.artefacts():
        if artefact.kind in ("evaluation", "labels"):
            delete_artefact(root, artefact.name)
    labels = keep_evaluation_labels(engine, labels_of(photos), "labels.csv")
    for settings in (
        EvaluationSettings(experiment="growth", sizes=SIZES),
        EvaluationSettings(experiment="similar", labels=labels, left_out=(SEVERAL,)),
        EvaluationSettings(experiment="near-duplicates"),
    ):
        with progress_bar(" steps") as progress:
            evaluate_database(root, settings, progress)


def labels_of(photos: list[dict]) -> bytes:
    """The kind of container that each photo shows, as a list of labels; nothing is said of photos without one."""
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(("file", "label"))
    for photo in photos:
        kinds = {thing["kind"] for thing in photo["objects"]} & set(CONTAINERS)
        if kinds:
            lines.writerow((photo["file"], kinds.pop() if len(kinds) == 1 else SEVERAL))
    return stream.getvalue().encode()


def area(box) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


if __name__ == "__main__":
    main()
