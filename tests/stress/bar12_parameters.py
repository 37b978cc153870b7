"""Bar 12: whatever number a user sends, the answer is a message, at once and for nothing; and the shipped settings."""

import io
import math
import tomllib
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import numpy as np

from lsh_engine import ExhaustiveIndex, HyperplaneLSH, LSHConfig, PatchConfig, RetrievalEngine, SearchSettings, warm_up
from lsh_engine.cli.app import main
from lsh_engine.images.loading import jpeg_bytes, load_image
from pages.search.events import take
from tests import small_photos
from tests.page_data import drawn_photo, jpeg

from . import pages
from .bar01_entry_point import is_leaky
from .bars import Figure
from .child import Outcome, in_this_process

TITLE = "Bounded parameters, shipped settings"
BAR = (
    "scale lists of 10^6, NaN, 0, negative; delta NaN, inf, < 0, > pi; k = 0 or 10^9; from Python, the command line, "
    "addresses and widgets: a message in <= 1 s, < 100 MB; the settings shipped are safe"
)
MOST_SECONDS, MOST_BYTES = 1.0, 100e6
ROOT = Path(__file__).parents[2]
MANY = 10**6
NUMBERS = (math.nan, math.inf, -math.inf, -1, -1e-9, 4.0, 1e308, 10**9, 10**400, 10**5000, "1", None, [1.0] * MANY)
COUNTS = (0, -1, 1.5, math.nan, 10**400, 10**5000, "1", None, [1] * MANY)
SCALES = ([1.0] * MANY, np.ones(MANY), [math.nan], [math.inf], [0], [-1], [1e-9], [10**9], [], "1", None, [None])
SHIPPED = {
    ("server", "address"): "127.0.0.1",
    ("server", "maxUploadSize"): 20,
    ("client", "showErrorDetails"): "none",
    ("browser", "gatherUsageStats"): False,
}
Case = tuple[str, Callable[[], object]]


def measure(work: Path) -> Figure:
    small_photos.plug_in()
    photos = small_photos.write_photos(work / "photos")
    engine = RetrievalEngine.build(photos, work / "small.db", "tiny")
    warm_up(engine)
    faults, slowest, largest, counts = [], 0.0, 0, {}
    for door, cases in {
        "calls": calls(engine),
        "commands": commands(work / "small.db", photos / "thing_0.png"),
        "addresses and widgets": page_cases(work / "small.db"),
    }.items():
        for name, use in cases:
            outcome = in_this_process(use)
            counts[door] = counts.get(door, 0) + 1
            slowest, largest = max(slowest, outcome.cpu), max(largest, outcome.growth)
            faults += [f"{name:.60}: {fault}" for fault in [_fault(outcome)] if fault]
    wrong = [".".join(name) for name, value in SHIPPED.items() if _shipped(*name) != value]
    advice = (ROOT / "docs" / "serving-and-security.md").read_text(encoding="utf-8").lower()
    untold = [word for word in ("--server.address=0.0.0.0", "memory", "proxy") if word not in advice]
    told = ", ".join(f"{number} {door}" for door, number in counts.items())
    measured = (
        f"{told}: {len(faults)} faults, at most {slowest:.2f} s (processor time) and {largest / 1e6:.0f} MB; "
        f"{len(wrong)} of {len(SHIPPED)} settings wrong"
    )
    return Figure(not (faults or wrong or untold), "; ".join([measured, *faults[:4], *wrong, *untold]))


def _fault(outcome: Outcome) -> str | None:
    if outcome.error not in (None, "EngineError", "ImageError"):
        return f"{outcome.error}: {outcome.message:.80}"
    if outcome.error is None and outcome.answer is not True:
        return f"answered {outcome.answer!r:.80}"
    if outcome.error and is_leaky(outcome.message):
        return f"leaky message {outcome.message:.80}"
    if outcome.cpu > MOST_SECONDS or outcome.growth > MOST_BYTES:
        return f"{outcome.cpu:.2f} s, {outcome.growth / 1e6:.0f} MB"
    return None


def _short(value) -> str:
    return "a huge number" if isinstance(value, int) and value > 10**20 else f"{value!s:.20}"


def _shipped(section: str, name: str):
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text()).get(section, {}).get(name)


# ---- from Python: every one must be an EngineError, `answered None` where it is not


def calls(engine: RetrievalEngine) -> Iterator[Case]:
    picture, indexes = small_photos.photo(0), (HyperplaneLSH(), ExhaustiveIndex())
    vectors = np.eye(16, dtype=np.float32)
    for index in indexes:
        index.add(vectors)
    for value in NUMBERS:
        yield f"delta {_short(value)}", lambda value=value: SearchSettings(delta=value)
        for index in indexes:
            yield (
                f"range_search {_short(value)}",
                lambda value=value, index=index: index.range_search(vectors[0], value),
            )
    for value in SCALES:
        yield f"scales {_short(value)}", lambda value=value: SearchSettings(scales=value)
        yield f"describe {_short(value)}", lambda value=value: engine.describe(picture, None, value)
        if value is not None:
            yield f"patch sizes {_short(value)}", lambda value=value: PatchConfig(sizes=value, positions=[1])
    for value in (*COUNTS, 10**9):
        for name in ("n_hyperplanes", "n_tables"):
            yield f"{name} {_short(value)}", lambda value=value, name=name: LSHConfig(**{name: value})
        if value is not None:
            yield f"max_side {_short(value)}", lambda value=value: load_image(jpeg(picture), value)
            yield f"side {_short(value)}", lambda value=value: jpeg_bytes(picture, value)
            if value != 0:
                yield f"image {_short(value)}", lambda value=value: engine.thumbnail(value)
    for value in COUNTS:
        for index in indexes:
            yield f"n_results {_short(value)}", lambda value=value, index=index: index.search(vectors[0], value)
    for index in indexes:
        yield "n_results 10^9", lambda index=index: len(index.search(vectors[0], 10**9).ids) == len(vectors)
        yield "query of NaN", lambda index=index: index.search(vectors[0] * np.nan)
        yield "query of 10^6 numbers", lambda index=index: index.search(np.ones(MANY, np.float32))
    for edge in (math.nan, math.inf, 1e300, 10**400, "1", None):
        yield f"box {_short(edge)}", lambda edge=edge: engine.query(picture, (edge, 0, 50, 50))
    for box in ((0, 0, 0, 0), (50, 50, 10, 10), (0, 0, 50), [0] * MANY, (900, 900, 990, 990), "0,0,50,50"):
        yield f"box {_short(box)}", lambda box=box: engine.query(picture, box)


# ---- from the command line: one line, status 1, or 2 where the parser refuses


def commands(database: Path, photo: Path) -> Iterator[Case]:
    many = ",".join(["1"] * MANY)
    query = {
        "--delta": ("nan", "inf", "-inf", "-1", "4", "1e400", "x"),
        "--scales": (many, "nan", "inf", "0", "-1", "1e9", "", "x", ","),
        "--recall": ("nan", "0", "2", "x"),
        "--box": ("nan,0,9,9", "inf,0,9,9", "1,2,3", many, "9,9,1,1", "1e300,0,9,9"),
        "--plan": ("rm -rf /", "x" * MANY),
    }
    for option, values in query.items():
        for value in values:
            arguments = ("query", database, photo, f"{option}={value}")
            yield f"query {option}={value:.20}", lambda arguments=arguments: _refused(*arguments)
    build = {
        "--hyperplanes": ("0", "-1", "1000000000", "nan"),
        "--tables": ("0", "1000000000"),
        "--recall": ("nan", "1.5"),
        "--sizes": (many, "nan", "0", "-1", "1e-9", "1e9"),
    }
    for option, values in build.items():
        for value in values:
            arguments = ("build", photo.parent, database.parent / "new.db", "--backbone=tiny", f"{option}={value}")
            yield f"build {option}={value:.20}", lambda arguments=arguments: _refused(*arguments)
    for option in ("--vectors=1000000000", "--vectors=0", "--dim=1000000000", "--queries=1000000000", "--delta=nan"):
        yield f"benchmark {option}", lambda option=option: _refused("benchmark", option)
    yield (
        "evaluate --delta=nan",
        lambda: _refused("evaluate", database, ROOT / "assets/gallery/boxes.json", "--delta=nan"),
    )


def _refused(*arguments) -> bool:
    """True where the command ends in one clear line; EngineError with the line where it does not."""
    said = io.StringIO()
    given = mock.patch("sys.argv", ["lsh_engine", *map(str, arguments)])
    with given, redirect_stderr(said), redirect_stdout(io.StringIO()):
        try:
            status = main() or 0
        except SystemExit as end:
            status = end.code
    lines = said.getvalue().strip().splitlines()
    if status == 1 and len(lines) == 1 and len(lines[0]) < 400 and "Traceback" not in lines[0]:
        return True
    if status == 2 and "Usage" in lines[0] and "Traceback" not in said.getvalue():
        return True
    raise RuntimeError(f"status {status}: {said.getvalue():.200}")


# ---- through the address bar and through widgets that a hostile browser moves


def page_cases(database: Path) -> Iterator[Case]:
    many = "-".join(["1"] * 200_000)  # Streamlit itself ignores an address of more than 512 kB
    links = {
        "delta": ("nan", "inf", "-1", "4", "1e400", many),
        "scales": (many, "nan", "0", "-1", "1e9", ""),
        "recall": ("nan", "0", "7", many),
        "plan": ("rm -rf", many),
        "database": ("../../etc", many),
        "image": ("-1", "999999999", "nan", many, "²"),
        "box": (many, "nan-0-9-9", "1e300-0-9-9", "9-9-9-9"),
        "sample": ("no-such", many),
        "other": (many,),
    }
    with pages.only(database):
        pages.opened(pages.SEARCH)  # what the first run imports is no cost of a link
        for name, values in links.items():
            for value in values:
                yield (
                    f"?{name}={value:.20}",
                    lambda name=name, value=value: _is_clean(pages.opened(pages.SEARCH, **{name: value})),
                )
        at = pages.search(pages.upload(pages.opened(pages.SEARCH), "photo.jpg", jpeg(drawn_photo(1))))
        for delta in (math.nan, math.inf, -math.inf, -1.0, 99.0, 1e308):
            yield f"slider {delta}", lambda delta=delta: _after({"type": "delta", "value": delta, "number": 1}, at)
        for value in (-1, 10**9, 10**15, "1", None, [1]):
            for what in ("open", "use", "star", "like"):
                event = {"type": what, "id": value, "patch": value}
                yield f"{what} {value}", lambda event=event: _after(event, at)


def _after(event, at) -> bool:
    """The page after the browser told the board so."""
    pages.me(at).wish = take(event, pages.me(at))
    return _is_clean(at.run())


def _is_clean(at) -> bool:
    if at.exception:
        raise RuntimeError(at.exception[0].message)
    return len(at.error) <= 1 and all("\n" not in error.value and len(error.value) < 400 for error in at.error)
