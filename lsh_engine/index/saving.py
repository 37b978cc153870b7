"""Writes an index as a folder, its arrays and its vectors in generations, and opens it again."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from ..core import generations as manifest
from ..core import journal
from ..core.errors import DatabaseError
from ..core.writer_lock import UNNAMED, only_writer
from .store import VectorStore

REMOVED = "removed"  # ids of vectors that were removed


def save(path: str | Path, kind: str, meta: dict, arrays: dict[str, np.ndarray], store: VectorStore) -> None:
    """Write one generation: `arrays`, every block of vectors, the ids that were removed, and `meta`.

    Raises DatabaseError where the folder holds anything but an earlier save of the same kind, or another process is
    saving there.
    """
    root = Path(path)
    _check_place(root, kind)  # before a lock is put into a folder of somebody else
    with only_writer(root):
        _check_place(root, kind)
        if store.gone is not None:
            arrays = arrays | {REMOVED: store.removed}
        entries = {name: manifest.write_array(root, name, array) for name, array in arrays.items()}
        for i, block in enumerate(store.blocks):
            entries[f"vectors{i}"] = manifest.write_array(root, f"vectors{i}", block)
        manifest.commit(root, kind, meta | {"n_blocks": len(store.blocks)}, entries)


def _check_place(root: Path, kind: str) -> None:
    if (root / manifest.POINTER).is_file():
        manifest.open_generation(root, kind)  # refuses what is of another kind, or damaged
    elif root.is_file() or (root.is_dir() and {path.name for path in root.iterdir()} - journal.listed(root) - UNNAMED):
        raise DatabaseError(f"{root.name} holds other files: choose a new or empty folder for the index")


def load(path: str | Path, kind: str) -> tuple[VectorStore, dict, dict[str, np.ndarray], Callable[[], None]]:
    """(vectors, meta, arrays, check to make before their first use) of the current generation, memory-mapped.

    Opening reads no large array: the check does, and raises DatabaseError naming a damaged file.
    """
    generation = manifest.open_generation(path, kind)
    names = [f"vectors{i}" for i in range(generation.meta["n_blocks"])]
    rest = [name for name in generation.entries if name not in names]
    arrays = {name: generation.array(name, checked=is_small(name)) for name in rest}
    check = check_once(generation, *generation.entries)
    blocks = [generation.array(name) for name in names]
    store = VectorStore.opened(blocks, generation.meta.get("dim", 0), arrays.pop(REMOVED, None), check)
    return store, generation.meta, arrays, check


def is_small(name: str) -> bool:
    """Whether an array of an index spans no rows, which would end its name. Small ones are checked on opening."""
    return not name[-1].isdigit()


def check_once(generation: manifest.Generation, *names: str) -> Callable[[], None]:
    """`generation.check` of these parts; once they were found good, calling it again costs nothing."""
    return cache(partial(generation.check, *names))


def expect(name: str, array: np.ndarray | None, shape: tuple[int | None, ...], dtype: type) -> np.ndarray:
    """`array`, or DatabaseError when it is not what the index needs. None in `shape` is any length."""
    if array is None or array.dtype != dtype or not _fits(array.shape, shape):
        got = "nothing" if array is None else f"{array.shape} {array.dtype}"
        raise DatabaseError(f"expected {name} of shape {shape} in {np.dtype(dtype)}, got {got}: build the index again")
    return array


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(want in (None, size) for size, want in zip(shape, wanted, strict=True))
