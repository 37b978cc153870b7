"""Charts and tables that commands write: checked before the work, drawn by `lookalike_charts` after it."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import EngineError

if TYPE_CHECKING:
    from lookalike_charts import Drawing

SUFFIXES = (".png", ".svg")


def check_chart_file(path: Path) -> None:
    """EngineError unless a picture can be written there: said before the work, not after."""
    if path.suffix.lower() not in SUFFIXES:
        raise EngineError(f"a plot is written as {' or '.join(SUFFIXES)}, got {path.name!r:.60}: change the ending")
    if not path.absolute().parent.is_dir():
        raise EngineError(f"there is no folder {path.absolute().parent.name} to write {path.name} to: make it first")


def write_chart(drawing: "Drawing", path: Path, dark: bool = False) -> None:
    """Write a chart as PNG or SVG, as the ending says."""
    from lookalike_charts import picture

    write_file(path, picture(drawing, path.suffix.lower(), dark))


def made_folder(folder: Path) -> Path:
    """The folder, made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"cannot make the folder {folder.name}: {error.strerror}; choose another place") from error
    return folder


def write_file(path: Path, data: bytes) -> None:
    """Write a file, or raise EngineError in one line."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise EngineError(f"cannot write {path.name}: {error.strerror}; choose another place") from error
