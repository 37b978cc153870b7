"""What the visitor does on the board, checked: the browser may send anything."""

import math
from dataclasses import dataclass
from typing import Any

from lsh_engine import PLANS

from ..common.session import Session

MOST_MARKS = 50


@dataclass(frozen=True)
class Wish:
    """Something that the next run of the page is to do. image_id: of a match, where it is about one."""

    what: str
    image_id: int = -1
    side: int = 0


def take(event: Any, me: Session) -> Wish | None:
    """Let the session follow an event; what only a run of the page can do comes back. Nonsense is passed over."""
    if not isinstance(event, dict):
        return None
    kind, value = event.get("type"), event.get("value")
    match kind:
        case "delta":
            _delta(value, event.get("number"), me)
        case "right-delta" if value is None or _angle(value):
            me.choose(right_delta=None if value is None else round(float(value), 2))
        case "plan" if value in PLANS:
            me.choose(**{"right_plan" if event.get("side") == 1 else "plan": value})
        case "classic":
            _classic(me)
        case "count-own":
            me.choose(count_own=not me.choice.count_own)
        case "like" | "dislike":
            _mark(kind, (event.get("id"), event.get("patch")), me)
        case "open" | "use" | "star" if _whole(event.get("id")):
            return Wish(kind, event["id"], int(event.get("side") == 1))
        case "crop" | "photo" | "refine" | "forget":
            return Wish(kind)
    return None


def _mark(kind: str, place: Any, me: Session) -> None:
    """Mark a match as right or wrong; the same mark again takes it back."""
    if not all(map(_whole, place)):
        return
    before = me.liked if kind == "like" else me.disliked
    me.liked, me.disliked = (tuple(one for one in marks if one != place) for marks in (me.liked, me.disliked))
    if place in before:
        return
    if kind == "like":
        me.liked = (*me.liked, place)[-MOST_MARKS:]
    else:
        me.disliked = (*me.disliked, place)[-MOST_MARKS:]


def _delta(value: Any, number: Any, me: Session) -> None:
    if _angle(value) and _whole(number):
        me.choose(delta=round(float(value), 2))
        me.heard = int(number)


def _classic(me: Session) -> None:
    """Source A's tables against the full scan; pressed again, back to automatic."""
    plan = "auto" if me.choice.plan == "tables" else "tables"
    me.choose(plan=plan, right_plan="exhaustive", right_delta=None)


def _angle(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= math.pi


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
