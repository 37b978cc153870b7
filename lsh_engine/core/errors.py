"""The errors that a user can cause; the message of each says what to do about it."""


class EngineError(ValueError):
    """Anything a user can cause. str(error) is one short line fit to show on a page:
    what was expected, what came, what to do.
    """


class ImageError(EngineError):
    """A picture that cannot or must not be opened."""


class DatabaseError(EngineError):
    """A database directory that is missing, damaged, busy or of another version."""


class WeightsError(EngineError):
    """Network weights that are missing or fail their check."""


class BuildCancelled(EngineError):
    """The caller stopped a build; what was done is kept and the next build resumes there."""
