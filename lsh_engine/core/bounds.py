"""Checks of every number a user may choose: each refuses what cannot work, saying what was expected and what came."""

import math
from numbers import Real

from .errors import EngineError

OUT_OF_MEMORY = "this takes more memory than there is: ask for less at a time, or close other programs"


def check_delta(delta: float) -> float:
    """delta in radians, or EngineError unless 0 <= delta <= pi."""
    if not _is_number(delta) or not 0.0 <= delta <= math.pi + 1e-6:
        raise EngineError(f"delta must be an angle between 0 and 3.1416 radians, got {shown(delta)}")
    return float(delta)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """EngineError unless `value` is a finite number in [low, high]."""
    if not _is_number(value) or not low <= value <= high:
        raise EngineError(f"{name} must be between {low:g} and {high:g}, got {shown(value)}")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """EngineError unless `value` is a whole number in [low, high]."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not low <= value <= high:
        raise EngineError(f"{name} must be a whole number from {low:,} to {high:,}, got {shown(value)}")


def shown(value: object) -> str:
    """The value as a message quotes it: at most 60 letters."""
    try:
        return f"{value!r:.60}"
    except ValueError:  # Python writes out no whole number of thousands of digits
        return "a number of thousands of digits"


def _is_number(value: object) -> bool:
    return isinstance(value, Real)  # NumPy's scalars are; arrays are not
