"""What visitors may do: LOOKALIKE_BUILDS=off leaves them with browsing and searching, LOOKALIKE_ORIGINALS=off without
copies of the original photos, as a public demo should. LOOKALIKE_URLS=on lets them have pictures fetched from the web.
"""

import os
from pathlib import Path

from .catalog import named_folders

BUILDS = "LOOKALIKE_BUILDS"
ORIGINALS = "LOOKALIKE_ORIGINALS"
URLS = "LOOKALIKE_URLS"
SUFFIX = ".db"  # of databases


def may_build() -> bool:
    """Whether visitors may build and change databases."""
    return _is_on(BUILDS)


def may_take_originals() -> bool:
    """Whether a ZIP of matches holds the original files, with the place and time they carry."""
    return _is_on(ORIGINALS)


def may_fetch() -> bool:
    """Whether the server fetches a picture from the address that a visitor gives. Off unless it is switched on."""
    return os.environ.get(URLS, "off").strip().lower() in ("on", "1", "yes", "true")


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "on").strip().lower() not in ("off", "0", "no", "false")


def database_home() -> Path:
    """Where new databases are put: the first folder named for databases that is not one itself, else ./databases."""
    for folder in named_folders():
        if not (folder / "CURRENT").is_file():
            return folder.resolve()
    return Path.cwd() / "databases"


def may_change(path: str | Path) -> bool:
    """Whether a database lies where new ones are put. The demo, and what others share, is only read."""
    return may_build() and Path(path).resolve().parent == database_home().resolve()
