"""One family of errors, fit to show."""

import pytest

from lsh_engine.core import errors
from lsh_engine.core.errors import EngineError


@pytest.mark.parametrize("name", ["ImageError", "DatabaseError", "WeightsError", "BuildCancelled"])
def test_all_are_engine_errors_and_pages_catch_one(name):
    kind = getattr(errors, name)
    assert issubclass(kind, EngineError) and issubclass(kind, ValueError)
    with pytest.raises(EngineError, match="said"):
        raise kind("said")
