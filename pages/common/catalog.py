"""Which databases there are, and the engine of the chosen one. Engines are shared by all users; a query never
changes one.
"""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from lsh_engine import EngineError, RetrievalEngine, find_databases, find_jobs, warm_up

from .session import session
from .text import one_line

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "assets" / "demo.db"
VARIABLE = "LOOKALIKE_DATABASES"
LET_THE_PAGE_DRAW = 1.5  # seconds
HOW_TO_BUILD = "python -m lsh_engine build PHOTOS databases/photos.db"


@dataclass(frozen=True)
class Database:
    """An open database. `key` changes whenever its content does: it is part of every cache key."""

    name: str
    key: str
    path: str
    engine: RetrievalEngine


def available() -> dict[str, Path]:
    """Name in the picker -> path: the demo, those that the environment names, those in ./databases."""
    names: dict[str, Path] = {}
    for folder in (DEMO, *named_folders(), Path.cwd() / "databases"):
        for path in _inside(folder):
            if path not in names.values():
                names[_free_name(path, names)] = path
    return names


def named_folders() -> list[Path]:
    """Folders that hold databases, or databases, from the environment."""
    return [Path(folder) for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]


def without_databases() -> list[Path]:
    """Named folders in which there is nothing to open. One that waits for its first database, or in which one is being
    built, is as it should be.
    """
    return [folder for folder in named_folders() if not (_inside(folder) or _is_empty(folder) or find_jobs(folder))]


def _is_empty(folder: Path) -> bool:
    try:
        return all(path.name.startswith(".") for path in folder.iterdir())
    except OSError:  # none, or not ours to read
        return False


def _inside(folder: Path) -> list[Path]:
    try:
        return list(find_databases([folder]))
    except OSError:  # not ours to read
        return []


def _free_name(path: Path, taken: dict[str, Path]) -> str:
    name = one_line(path.stem, 60) or "database"
    if name in taken:
        name = f"{name} ({one_line(path.parent.name, 40)})"
    while name in taken:
        name += "+"
    return name


def chosen_name(names: dict[str, Path]) -> str:
    """The session's choice while it exists, else the first."""
    wanted = session().choice.database
    return wanted if wanted in names else next(iter(names))


def open_database(name: str, path: Path) -> Database:
    """EngineError, in one line, when it cannot be opened."""
    stamp = _stamp(path)
    return Database(name, f"{path}@{stamp}", str(path), _engine(str(path), stamp))


def engine_at(path: str) -> RetrievalEngine:
    """The engine of a database that may not be the chosen one."""
    return _engine(path, _stamp(Path(path)))


def _stamp(path: Path) -> int:
    """Changes with every commit, which replaces a file in the folder."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError as error:
        raise EngineError(f"the database {path.name} has gone: choose another or build it again") from error


@st.cache_resource(max_entries=8, show_spinner="Opening the database…")
def _engine(path: str, stamp: int) -> RetrievalEngine:
    return RetrievalEngine.open(path)


def facts(database: Database) -> dict[str, Any]:
    """engine.info(), read once per generation."""
    return _facts(database.key, database.engine)


@st.cache_data(max_entries=32, show_spinner=False)
def _facts(key: str, _engine: RetrievalEngine) -> dict[str, Any]:
    return _engine.info()


def warm(database: Database) -> None:
    """Load the network and compile the index in the background, once, so that the first search need not wait."""
    _start_warm_up(database.key, database.engine)


@st.cache_resource(max_entries=8, show_spinner=False)
def _start_warm_up(key: str, _engine: RetrievalEngine) -> threading.Thread:
    thread = threading.Thread(target=_warm_up_quietly, args=(_engine,), name="lookalike-warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up_quietly(engine: RetrievalEngine) -> None:
    time.sleep(LET_THE_PAGE_DRAW)  # importing torch would slow down the very page that asked for it
    try:
        warm_up(engine)
    except Exception:  # a warm-up that fails costs nothing: the first search meets the same error and shows it
        return
