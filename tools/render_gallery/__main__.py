"""Command line: ``python -m tools.render_gallery [--only 1-20,35] [--samples 20] [--size 480x360]``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from .plan import plan

ROOT = Path(__file__).resolve().parents[2]


def parse_range(text: str) -> set[int]:
    """The numbers of a text: "1-3,7" becomes {1, 2, 3, 7}."""
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        chosen |= set(range(int(first), int(last or first) + 1))
    return chosen


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--out", type=Path, default=ROOT / "assets" / "gallery")
    ask.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "render_gallery",
        help="boxes of finished scenes",
    )
    ask.add_argument("--only", type=parse_range, help="photo numbers, such as 1-20,35")
    ask.add_argument("--part", default="0/1", help="k/n renders every n-th photo, for n processes side by side")
    ask.add_argument("--samples", type=int, default=20)
    ask.add_argument("--size", default="480x360", help="pixels of a landscape photo")
    ask.add_argument("--threads", type=int, default=0, help="0 takes all cores")
    ask.add_argument("--collect", action="store_true", help="only write boxes.json from the work files")
    args = ask.parse_args()
    size = tuple(int(n) for n in args.size.split("x"))
    part, parts = (int(n) for n in args.part.split("/"))
    (args.out / "photos").mkdir(parents=True, exist_ok=True)
    args.work.mkdir(parents=True, exist_ok=True)
    specs = plan()
    for spec in [] if args.collect else specs:
        if (args.only and spec.number not in args.only) or spec.number % parts != part:
            continue
        photo = args.out / "photos" / f"street_{spec.number:04d}.jpg"
        note = args.work / f"street_{spec.number:04d}.json"
        if photo.exists() and note.exists():
            continue
        from .render import render

        begun = time.monotonic()
        entry = render(spec, photo, args.work, size, args.samples, args.threads)
        note.write_text(json.dumps(entry))
        print(f"{photo.name} {spec.hero} {spec.mood} {time.monotonic() - begun:.1f} s", flush=True)
    collect(specs, args.out, args.work, size)
    return 0


def collect(specs, out: Path, work: Path, size) -> None:
    """Writes boxes.json, once every photo has its work file."""
    notes = [work / f"street_{spec.number:04d}.json" for spec in specs]
    missing = sum(not note.exists() for note in notes)
    if missing:
        print(f"{missing} photos still to do; boxes.json not written")
        return
    photos = [json.loads(note.read_text()) for note in notes]
    kinds = sorted({o["kind"] for p in photos for o in p["objects"]})
    head = {"version": 1, "size": list(size), "kinds": kinds}
    lines = ",\n  ".join(json.dumps(p, separators=(",", ":")) for p in photos)
    text = json.dumps(head)[:-1] + ', "photos": [\n  ' + lines + "\n]}\n"
    (out / "boxes.json").write_text(text)
    print(f"{len(photos)} photos, {sum(len(p['objects']) for p in photos)} boxes")


if __name__ == "__main__":
    sys.exit(main())
