"""What the engine writes down for who runs it: nothing, unless LOOKALIKE_LOG names a level."""

import logging
import os

from .errors import EngineError

VARIABLE = "LOOKALIKE_LOG"
LEVELS = ("debug", "info", "warning", "error")


def start_logging(level: str | None = None) -> None:
    """Write the engine's records of this level or above to stderr, one line each.

    level: one of LEVELS; the environment variable LOOKALIKE_LOG wins over it. Without either nothing is written.
    Raises EngineError for another word. Calling it again changes the level.
    """
    level = os.environ.get(VARIABLE, "").lower() or level
    if level is None:
        return
    if level not in LEVELS:
        raise EngineError(f"{VARIABLE} must be one of {', '.join(LEVELS)}, got {level!r:.40}")
    engine = logging.getLogger(__name__.partition(".")[0])
    engine.setLevel(level.upper())
    if not any(isinstance(handler, logging.StreamHandler) for handler in engine.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        engine.addHandler(handler)
