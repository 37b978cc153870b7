"""Bar 1: whatever the file, the door gives the right picture or one clear error, quickly and in bounds."""

import ast
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from lsh_engine.core.errors import EngineError
from lsh_engine.images.formats.base import MAX_PIXELS
from lsh_engine.images.loading import load_image

from .bars import Figure
from .child import Outcome, in_a_child
from .corpus import PICTURE, REFUSED, OddFile, corpus

TITLE = "One safe door for pictures"
BAR = (
    "one function opens every picture; on >= 400 bad and odd files 0 crashes, time-outs, memory blow-ups, wrong "
    "exceptions, wrong pictures, leaky messages; <= 2 s and <= 600 MB a file, 99 % in < 0.5 s"
)
LEAST_FILES, MOST_SECONDS, MOST_BYTES, USUAL_SECONDS = 400, 2.0, 600e6, 0.5
ROOT = Path(__file__).parents[2]
_LEAK = re.compile(r"Traceback|0x[0-9a-f]|PIL|[\w]+\.py\b|lsh_engine|[/\\]\w")


def measure(work: Path) -> Figure:
    load_image((ROOT / "assets" / "ui" / "screenshot.png").read_bytes())  # every import before the first fork
    faults, costs = judged(corpus())
    seconds = sorted(cpu for cpu, _ in costs)
    usual = seconds[int(0.99 * len(seconds))]
    doors = openers()
    counted = ", ".join(f"{number} {fault}" for fault, number in Counter(fault for _, fault in faults).items())
    named = "; ".join(f"{name}: {fault}" for name, fault in faults[:3])
    measured = (
        f"{len(costs)} files, each in a process of its own: {counted or '0 faults'}{f' ({named})' if named else ''}; "
        f"worst {seconds[-1]:.2f} s and {max(growth for _, growth in costs) / 1e6:.0f} MB, "
        f"99 % within {usual:.2f} s (processor time); pictures are opened in {', '.join(doors)}"
    )
    passed = not faults and len(costs) >= LEAST_FILES and usual < USUAL_SECONDS
    return Figure(passed and doors == ["lsh_engine/images/loading.py"], measured)


def judged(files: Iterable[OddFile]) -> tuple[list[tuple[str, str]], list[tuple[float, int]]]:
    """((name, fault) of every fault, (seconds, bytes) of every file)."""
    faults, costs = [], []
    for file in files:
        outcome = _outcome(file)
        costs.append((outcome.cpu, outcome.growth))
        if fault := fault_of(file, outcome):
            faults.append((file.name, fault))
    return faults, costs


def _outcome(file: OddFile) -> Outcome:
    return in_a_child(lambda: load_image(file.data), lambda image: _seen(file, image))


def _seen(file: OddFile, image: Image.Image) -> str:
    if image.mode != "RGB" or image.info or image.width * image.height > MAX_PIXELS:
        return "out of bounds"
    return "right" if file.is_shown_by(image) else "wrong"


def fault_of(file: OddFile, outcome: Outcome) -> str | None:
    """In a word what is wrong with how a file was taken; None where nothing is."""
    if outcome.status != "done":
        return outcome.status
    if outcome.error not in (None, *(kind.__name__ for kind in EngineError.__subclasses__())):
        return f"wrong exception {outcome.error}"
    if outcome.error and is_leaky(outcome.message):
        return "leaky message"
    if outcome.error and file.expected == PICTURE:
        return "refused picture"
    if not outcome.error and (file.expected == REFUSED or outcome.answer != "right"):
        return "wrong picture"
    if outcome.warned:
        return "warning"
    if outcome.cpu > MOST_SECONDS:
        return "time blow-up"
    if outcome.growth > MOST_BYTES or "fits in memory" in outcome.message:
        return "memory blow-up"
    return None


def is_leaky(message: str) -> bool:
    """Whether a message names a path, a module or a place in memory, or is not one short printable line."""
    return not message.isprintable() or not 0 < len(message) <= 200 or bool(_LEAK.search(message))


def openers() -> list[str]:
    """Files of the product that call Image.open."""
    found = set()
    for path in (ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "lsh_engine").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Image.open"):
                found.add(path.relative_to(ROOT).as_posix())
    return sorted(found)
