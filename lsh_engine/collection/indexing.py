"""Indexes over a collection, kept with it: built, extended, written."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..core import generations as manifest
from ..core.progress import Progress, silent
from ..core.writer_lock import only_writer
from ..index import Index, VectorStore
from ..index.lsh.config import LSHConfig
from ..index.lsh.hyperplane_lsh import HyperplaneLSH
from ..index.registry import kind as kind_of_index
from ..index.saving import is_small
from .artefacts import Artefact, with_artefact
from .collection import Collection
from .database_format import LSH, commit_database


def build_index(root: Path, kind: str, config: Any = None, progress: Progress = silent) -> Artefact:
    """Build an index of a registered kind over the vectors of a database and keep it, in place of an earlier one.

    config: of the kind's own class. Raises EngineError for a kind that is not there, DatabaseError while another
    writer is at work.
    """
    made = kind_of_index(kind)
    with only_writer(root):
        collection = Collection(root)
        collection.generation.check()
        index = made.build(collection.store, config, progress)
        generation = collection.generation
        artefact = _written(root, index)
        commit_database(root, *with_artefact(generation.meta, generation.entries, artefact))
    return Collection(root).artefact(artefact.name)


def lsh_over(root: Path, store: VectorStore, config: LSHConfig, former: Collection | None) -> Artefact:
    """The index that every database has, over `store`; its files are written.

    former: a collection of which `store` holds all vectors and others behind them: its index is extended.
    """
    if former is None:
        return _written(root, HyperplaneLSH.build(store, config))
    index = former.lsh
    index.store = store
    return _written(root, index, former.artefact(LSH))


def _written(root: Path, index: Index, former: Artefact | None = None) -> Artefact:
    """Write the arrays of an index; those that span the same rows in `former` are there already."""
    known = former.parts if former else {}
    parts = {
        name: (not is_small(name) and known.get(name)) or manifest.write_array(root, name, array)
        for name, array in index.arrays().items()
    }
    return Artefact(f"index.{index.name}", "index", asdict(index.config), index.meta(), parts)
