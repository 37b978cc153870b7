"""Artefacts: whatever was computed from a collection and is kept with it, each listed, verified and deleted alike.

An artefact has a kind, the configuration it was made with, a few facts (`content`, JSON) and files. It notes the
fingerprint of the photos and vectors it was computed from: it is current while the collection has the same, else
stale. Measured presets hold longer: until there are a quarter more photos, or as many fewer. An artefact is written
under a name of its own; writing it again replaces it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ..core import generations as manifest
from ..core.errors import DatabaseError, EngineError
from ..core.generations import Entry, Generation
from ..core.writer_lock import only_writer
from .database_format import CALIBRATION, LSH, commit_database, fingerprint, open_database

NAME = re.compile(r"[\w\-]+(\.[\w\-]+)*")
LONGEST_NAME = 100
WORTH_ANEW = 1.25  # times as many photos, or as few, for which presets are measured again
PATIENCE = 60.0  # seconds that a result waits for another writer: it may have taken an hour


@dataclass(frozen=True)
class Artefact:
    """One thing computed from a collection.

    kind: "index", "calibration", "evaluation", ... config: what it was made with. content: what it says besides its
    files. parts: its files by name. of: fingerprint of the collection it was computed from. current: whether that is
    the collection's now.
    """

    name: str
    kind: str
    config: dict = field(default_factory=dict)
    content: dict = field(default_factory=dict)
    parts: dict[str, Entry] = field(default_factory=dict)
    of: str = ""
    created: str = ""
    current: bool = True

    @property
    def bytes(self) -> int:
        """Size of its files."""
        return sum(entry.bytes for entry in self.parts.values())

    def facts(self) -> dict:
        """What there is to know of it, fit for JSON."""
        shown = ("name", "kind", "config", "created", "bytes", "current")
        return {name: getattr(self, name) for name in shown} | {"files": len(self.parts)}


def artefacts_in(generation: Generation) -> dict[str, Artefact]:
    """The artefacts of a generation by name. Raises DatabaseError where their list is damaged."""
    of, found = fingerprint(generation.entries), {}
    n_images = generation.meta.get("n_images", 0)
    try:
        for name, facts in generation.meta["artefacts"].items():
            parts = {
                path.removeprefix(f"{name}/"): entry
                for path, entry in generation.entries.items()
                if path.startswith(f"{name}/")
            }
            current = facts["of"] == of or (facts["kind"] == CALIBRATION and still_holds(facts["content"], n_images))
            found[name] = Artefact(name=name, parts=parts, current=current, **facts)
    except (KeyError, TypeError, AttributeError) as error:
        raise DatabaseError(f"{generation.root.name} was written by another version: build it again") from error
    return found


def still_holds(calibration: dict, n_images: int) -> bool:
    """Whether presets that were measured on some photos hold for a collection that has so many now."""
    measured_on = calibration.get("images")
    return isinstance(measured_on, int) and measured_on / WORTH_ANEW < n_images < measured_on * WORTH_ANEW


def read_part(generation: Generation, name: str, part: str) -> bytes:
    """The bytes of one file of an artefact, checked."""
    return generation.read(f"{name}/{part}")


def with_artefact(meta: dict, entries: dict[str, Entry], artefact: Artefact) -> tuple[dict, dict[str, Entry]]:
    """(meta, files) of a generation with an artefact, in place of one of its name. `artefact.of` "": of these files."""
    meta, entries = without_artefact(meta, entries, artefact.name)
    facts = {
        "kind": artefact.kind,
        "config": artefact.config,
        "content": artefact.content,
        "of": artefact.of or fingerprint(entries),
        "created": artefact.created or datetime.now(UTC).isoformat(timespec="seconds"),
    }
    parts = {f"{artefact.name}/{part}": entry for part, entry in artefact.parts.items()}
    return meta | {"artefacts": meta["artefacts"] | {artefact.name: facts}}, entries | parts


def without_artefact(meta: dict, entries: dict[str, Entry], name: str) -> tuple[dict, dict[str, Entry]]:
    """(meta, files) of a generation without an artefact."""
    left = {known: facts for known, facts in meta.get("artefacts", {}).items() if known != name}
    kept = {path: entry for path, entry in entries.items() if not path.startswith(f"{name}/")}
    return meta | {"artefacts": left}, kept


def commit_artefact(
    root: Path,
    name: str,
    kind: str,
    config: dict | None = None,
    *,
    content: dict | None = None,
    files: Mapping[str, bytes] | None = None,
    arrays: Mapping[str, np.ndarray] | None = None,
    of: str = "",
) -> Artefact:
    """Keep something with the database `root`: one commit, in place of an artefact of the same name.

    files: name ("record.json") -> bytes. arrays: name -> array. of: the fingerprint of the collection it was computed
    from (`Collection.fingerprint`); "": of what is there now. Waits a minute for another writer, then DatabaseError.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise EngineError(f"an artefact is named in letters, digits, dots and dashes, got {name!r:.40}")
    with only_writer(root, PATIENCE):
        generation = open_database(root)
        parts = {part: manifest.write_array(root, _file_name(name), array) for part, array in (arrays or {}).items()}
        for part, data in (files or {}).items():
            parts[part] = manifest.write_file(root, _file_name(name), data, part.rpartition(".")[2])
        artefact = Artefact(name, kind, config or {}, content or {}, parts, of)
        generation = commit_database(root, *with_artefact(generation.meta, generation.entries, artefact))
        return artefacts_in(generation)[name]


def delete_artefact(root: Path, name: str) -> None:
    """Take an artefact out of the database; its files go with the commit after. Raises EngineError where none is."""
    with only_writer(root, PATIENCE):
        generation = open_database(root)
        if name not in generation.meta["artefacts"]:
            raise EngineError(f"{root.name} keeps nothing named {name!r:.60}")
        if name == LSH:
            raise EngineError("every database keeps its index lsh: additions extend it")
        commit_database(root, *without_artefact(generation.meta, generation.entries, name))


def _file_name(name: str) -> str:
    """What a file of an artefact is called, before the digits that make its name unique."""
    return name.replace(".", "-")
