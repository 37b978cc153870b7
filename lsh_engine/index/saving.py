"""An index as a directory: its arrays and its vectors, through `manifest`."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from ..core import generations as manifest
from ..core import journal
from ..core.errors import DatabaseError, EngineError
from ..core.writer_lock import UNNAMED, only_writer
from .store import Rows


def save(path: str | Path, kind: str, meta: dict, arrays: dict[str, np.ndarray], rows: Rows) -> None:
    """Write one generation: `arrays`, every block of vectors, and `meta`.

    Raises DatabaseError where the folder holds anything but an earlier save of the same kind, or another process is
    saving there.
    """
    root = Path(path)
    _check_place(root, kind)  # before a lock is put into a folder of somebody else
    with only_writer(root):
        _check_place(root, kind)
        entries = {name: manifest.write_array(root, name, array) for name, array in arrays.items()}
        for i, block in enumerate(rows.blocks):
            entries[f"vectors{i}"] = manifest.write_array(root, f"vectors{i}", block)
        manifest.commit(root, kind, meta | {"n_blocks": len(rows.blocks)}, entries)


def _check_place(root: Path, kind: str) -> None:
    if (root / manifest.POINTER).is_file():
        manifest.open_generation(root, kind)  # refuses what is of another kind, or damaged
    elif root.is_file() or root.is_dir() and {path.name for path in root.iterdir()} - journal.noted(root) - UNNAMED:
        raise DatabaseError(f"{root.name} holds other files: choose a new or empty folder for the index")


def load(path: str | Path, kind: str) -> tuple[dict, dict[str, np.ndarray], list[np.ndarray], Callable[[], None]]:
    """(meta, arrays, blocks of vectors, check to make before their first use) of the current generation, memory-mapped.

    Opening reads no large array: the check does, and raises DatabaseError naming a damaged file.
    """
    generation = manifest.open_generation(path, kind)
    names = [f"vectors{i}" for i in range(generation.meta["n_blocks"])]
    rest = [name for name in generation.entries if name not in names]
    arrays = {name: generation.array(name, checked=is_small(name)) for name in rest}
    vectors = [generation.array(name) for name in names]
    return generation.meta, arrays, vectors, check_once(generation, *generation.entries)


def is_small(name: str) -> bool:
    """Whether an array of an index spans no rows (they would end its name) and so is read when it is opened."""
    return not name[-1].isdigit()


def check_once(generation: manifest.Generation, *names: str) -> Callable[[], None]:
    """`generation.check` of these parts; once they were found good, calling it again costs nothing."""
    return cache(partial(generation.check, *names))


def rows_of(vectors: np.ndarray | list[np.ndarray], dim: int | None, removed: np.ndarray | None = None) -> Rows:
    """Rows over stored vectors: shapes are checked, values trusted, so that opening reads nothing."""
    blocks = [vectors] if isinstance(vectors, np.ndarray) else list(vectors)
    for block in blocks:
        if block.ndim != 2 or block.dtype not in (np.float32, np.float16) or block.shape[1] != dim:
            got = f"{block.shape} {block.dtype}"
            raise DatabaseError(f"expected vectors of shape (n, {dim}) in float32 or float16, got {got}")
    rows = Rows(blocks)
    if removed is None or not len(removed):
        return rows
    try:
        return rows.without(removed)
    except EngineError as error:
        raise DatabaseError("the list of removed vectors is damaged: build the index again") from error


def expect(name: str, array: np.ndarray | None, shape: tuple[int | None, ...], dtype: type) -> np.ndarray:
    """`array`, or DatabaseError when it is not what the index needs. None in `shape` is any length."""
    if array is None or array.dtype != dtype or not _fits(array.shape, shape):
        got = "nothing" if array is None else f"{array.shape} {array.dtype}"
        raise DatabaseError(f"expected {name} of shape {shape} in {np.dtype(dtype)}, got {got}: build the index again")
    return array


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(want in (None, size) for size, want in zip(shape, wanted, strict=True))
