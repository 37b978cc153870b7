"""What the words of a share link mean: settings and rectangles as text, read with suspicion and written short."""

import math
from collections.abc import Callable
from typing import Any

from lsh_engine import PLANS

from .boxes import MOST, clamp
from .controls import ALL_SCALES, near
from .session import Box, Choice, Crop, Session, whole_box

FORMER_PLANS = {"prefix": "multiprobe"}  # as links of the first version name it
ROLES = {"look": "look", "not": "avoid"}  # in a link -> of a rectangle


def settings_of(link: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """(changes to the choice, what was expected where a part cannot be understood)."""
    changes: dict[str, Any] = {}
    wrong = []
    for name, (setting, read, expected) in SETTINGS.items():
        if name not in link:
            continue
        value = read(link[name])
        if value is None:
            wrong.append(f"{name} is {expected}")
        else:
            changes[setting] = value
    return changes, wrong


def words_of(choice: Choice) -> dict[str, str]:
    """The choice as parts of a link: only what differs from the defaults, without its database."""
    default, words = Choice(), {}
    if choice.delta is not None:
        words["delta"] = f"{choice.delta:.2f}"
    if choice.scales != default.scales:
        words["scales"] = "-".join(f"{scale:g}" for scale in choice.scales)
    if choice.plan != default.plan:
        words["plan"] = choice.plan
    if choice.recall_target is not None:
        words["recall"] = f"{choice.recall_target:g}"
    if choice.right_plan != default.right_plan:
        words["against"] = choice.right_plan
    if choice.right_delta is not None:
        words["against-delta"] = f"{choice.right_delta:.2f}"
    return words


def rectangles_of(me: Session) -> dict[str, str]:
    """What was searched as `box`, `more` and `combine`; the rectangle in the cropper as `crop` where it is another."""
    words = {}
    if me.searched:
        words["box"] = _joined(me.searched.box)
    if me.searched is None or me.searched.box != me.box:
        words["crop"] = _joined(me.box)
    more, combine = (me.searched.more, me.searched.combine) if me.searched else (me.more, me.combine)
    if more:
        names = {role: name for name, role in ROLES.items()}
        words["more"] = ".".join(f"{names[crop.role]}-{_joined(crop.box)}" for crop in more[: MOST - 1])
    if combine == "all":
        words["combine"] = combine
    return words


def box_of(text: str | None, size: tuple[int, int]) -> Box | None:
    """'10-20-110-140' within a picture of that size; None where it is no rectangle."""
    edges = [edge for part in _parts(text) if (edge := _number(part)) is not None and abs(edge) <= 1e6]
    return clamp(whole_box(edges), size) if len(edges) == 4 == len(_parts(text)) else None


def crops_of(text: str | None, size: tuple[int, int]) -> tuple[Crop, ...] | None:
    """'look-10-20-110-140.not-0-0-50-50'; None where any of it is no rectangle, or where there are too many."""
    crops = []
    for part in (text or "").split(".") if text else []:
        name, _, edges = part.partition("-")
        box = box_of(edges, size)
        if name not in ROLES or box is None:
            return None
        crops.append(Crop(box, "look" if ROLES[name] == "look" else "avoid"))
    return tuple(crops) if len(crops) <= MOST - 1 else None


def whole(text: str | None) -> int | None:
    """A whole number that is not negative, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def _joined(box: Box) -> str:
    return "-".join(str(edge) for edge in box)


def _parts(text: str | None) -> list[str]:
    """'0.5-1' or '0.5,1' -> ['0.5', '1']. Links are written with hyphens, which need no escape in an address."""
    return (text or "").replace(",", "-").split("-")


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _delta(text: str) -> float | None:
    value = _number(text)
    return round(value, 2) if value is not None and 0 <= value <= math.pi else None


def _scales(text: str) -> tuple[float, ...] | None:
    wanted = tuple(number for part in _parts(text) if (number := _number(part)) is not None)
    return tuple(scale for scale in ALL_SCALES if near(scale, wanted)) or None


def _plan(text: str) -> str | None:
    plan = FORMER_PLANS.get(text, text)
    return plan if plan in PLANS else None


def _recall(text: str) -> float | None:
    value = _number(text)
    return value if value is not None and 0.5 <= value <= 0.9999 else None


_AN_ANGLE = "an angle from 0 to 3.14 radians"
_A_PLAN = f"one of {', '.join(PLANS)}"
# name in a link -> (field of the choice, how it is read, what it should be)
SETTINGS: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "delta": ("delta", _delta, _AN_ANGLE),
    "scales": ("scales", _scales, f"some of {', '.join(f'{scale:g}' for scale in ALL_SCALES)}"),
    "plan": ("plan", _plan, _A_PLAN),
    "recall": ("recall_target", _recall, "a share from 0.5 to 0.9999"),
    "against": ("right_plan", _plan, _A_PLAN),
    "against-delta": ("right_delta", _delta, _AN_ANGLE),
    "database": ("database", lambda text: text or None, "a name"),
}
