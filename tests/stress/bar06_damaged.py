"""Bar 6: every file of a database and of a saved index, damaged in every way."""

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import small_photos

from lsh_engine import DatabaseError, HyperplaneLSH, LSHConfig, RetrievalEngine, SearchSettings
from lsh_engine.core import generations as manifest
from lsh_engine.describe.describer import QueryDescriptors
from lsh_engine.index import ExhaustiveIndex

from .bars import Figure
from .stand_in import note, prepare, unit_rows

TITLE = "Damage is found"
BAR = "each file x (25 bit flips, 4 truncations, missing, swapped), wrong format, weights, dimension, NaN: all refused"
N_FLIPS = 25
REMEDY = "build it again", "build again", "restore it from a copy", "build one there first"


def use_database(root: Path) -> None:
    """Open, ask both ways, and look at the thumbnails."""
    engine = RetrievalEngine.open(root)
    described = QueryDescriptors(unit_rows(5, 1), (1.0,), 0.0)
    settings = SearchSettings(delta=1.4)
    engine.search(described, settings)
    for i in range(engine.n_images):
        engine.thumbnail(i)


def use_index(root: Path) -> None:
    HyperplaneLSH.load(root).range_search(unit_rows(5, 1)[0], 1.4)


def use_exhaustive(root: Path) -> None:
    ExhaustiveIndex.load(root).range_search(unit_rows(5, 1)[0], 1.4)


def make(work: Path) -> dict[Path, Callable]:
    """A database and two saved indexes of two generations each -> how each is used."""
    photos = small_photos.write_photos(work / "photos", range(5))
    RetrievalEngine.build(photos, work / "a.db", "tiny")
    small_photos.write_photos(photos, range(9))
    RetrievalEngine.open(work / "a.db").add(photos)
    for name, saved in (
        ("lsh", HyperplaneLSH(LSHConfig(n_tables=4, n_hyperplanes=8, centred=True))),
        ("scan", ExhaustiveIndex()),
    ):
        for seed in (0, 1):
            saved.add(unit_rows(seed, 300))
            saved.remove([seed])
            saved.save(work / name)
    return {work / "a.db": use_database, work / "lsh": use_index, work / "scan": use_exhaustive}


def content_of(root: Path) -> tuple[str, dict]:
    name = json.loads((root / manifest.POINTER).read_bytes())["manifest"]
    return name, json.loads((root / name).read_bytes())


def damages(root: Path, file: str, chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """(what was done, the bytes of the file then; None: it is gone)."""
    good = (root / file).read_bytes()
    for _ in range(N_FLIPS):
        flipped = bytearray(good)
        bit = chance.randrange(8 * len(good))
        flipped[bit // 8] ^= 1 << bit % 8
        yield "flip", bytes(flipped)
    for length in (0, 1, len(good) // 2, len(good) - 1):
        yield "truncation", good[:length]
    yield "missing", None
    kind = file.rpartition("-")[0]
    others = [path for path in root.glob("*-*") if path.name != file and path.name.rpartition("-")[0] == kind]
    if swapped := [data for path in sorted(others) if (data := path.read_bytes()) != good]:
        yield "swap", swapped[0]
    if file.endswith(".npy") and np.dtype(header(good)).kind == "f":
        yield "NaN", good[:-4] + np.float32(np.nan).tobytes()


def header(data: bytes) -> str:
    return data.split(b"'descr': '", 1)[1].split(b"'", 1)[0].decode()


def refusal(use: Callable, root: Path) -> str | None:
    """What the refusal said; None when all went well."""
    try:
        use(root)
    except DatabaseError as error:
        return str(error)
    return None


def verified(root: Path, kind: str) -> str | None:
    return refusal(lambda root: manifest.open_generation(root, kind).verify(), root)


def tampered(content: dict) -> Iterator[tuple[str, dict]]:
    """Manifests of another make, signed as if by us."""
    for version in (0, 1, 99, "2", None):
        yield "format", content | {"format": version}
    meta = content["meta"]
    if "backbone" in meta:
        for other in ("efficientnet_lite0", "vgg16", "nonesuch"):
            yield "weights", content | {"meta": meta | {"backbone": other}}
    for name, entry in content["files"].items():
        if entry["shape"]:
            shape = [*entry["shape"][:-1], entry["shape"][-1] + 1]
            yield "dimension", content | {"files": content["files"] | {name: entry | {"shape": shape}}}


def sign(root: Path, name: str, content: dict) -> None:
    text = json.dumps(content).encode()
    (root / name).write_bytes(text)
    pointer = {"manifest": name, "sha256": hashlib.sha256(text).hexdigest()}
    (root / manifest.POINTER).write_text(json.dumps(pointer))


def signed_nan(root: Path, content: dict) -> Iterator[dict]:
    """NaN in what was learned, with a checksum that fits."""
    for part in ("mean", "rotation"):
        if entry := content["files"].get(part):
            array = np.array(np.load(root / entry["file"], allow_pickle=False))
            array.flat[3] = np.nan
            written = manifest.write_array(root, part, array)
            entry = entry | {"file": written.file, "sha256": written.sha256}
            yield content | {"files": content["files"] | {part: entry}}


def measure(work: Path) -> Figure:
    prepare()
    chance, tried, accepted = random.Random(6), Counter(), []

    def count(what: str, where: str, said: list[str | None], named: tuple[str, ...]) -> None:
        tried[what] += 1
        for text in said:
            if text is None or not any(name in text for name in named) or not any(word in text for word in REMEDY):
                accepted.append(f"{what} of {where}: {text}")
                note(accepted[-1])

    for root, use in make(work).items():
        name, content = content_of(root)
        kind = content["kind"]
        if refusal(use, root) or verified(root, kind):
            return Figure(False, f"{root.name} is not usable to begin with: {refusal(use, root)}")
        files = [entry["file"] for entry in content["files"].values()]
        for file in (manifest.POINTER, name, *files):
            good = (root / file).read_bytes()
            named = (file,) if file in files else (manifest.POINTER, name)
            for what, data in damages(root, file, chance):
                (root / file).unlink() if data is None else (root / file).write_bytes(data)
                count(what, f"{root.name}/{file}", [refusal(use, root), verified(root, kind)], named)
                (root / file).write_bytes(good)
        for what, other in [*tampered(content), *(("NaN", other) for other in signed_nan(root, content))]:
            changed = Path(shutil.copytree(root, work / "tampered" / root.name))
            sign(changed, name, other)
            count(what, root.name, [refusal(use, changed)], (root.name,))
            shutil.rmtree(work / "tampered")
        if refusal(use, root) or verified(root, kind):
            return Figure(False, f"{root.name} was not restored")
    n = sum(tried.values())
    bad = len(accepted)
    each = ", ".join(f"{count} {what}" for what, count in tried.items())
    text = f"{n - bad} of {n} refused at open or first use, file and remedy named ({each}); verify found the same"
    return Figure(not bad and n > 500, text + (f"; first accepted: {accepted[0]}" if accepted else ""))
