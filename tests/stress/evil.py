"""Files that carry code in place of data. Whoever unpickles one leaves a marker file behind."""

import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lsh_engine.core import generations as manifest


class Evil:
    """Unpickled, it makes an empty file at `marker`."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


def files(marker: Path) -> dict[str, bytes]:
    """Name, with the suffix a loader goes by -> content."""
    import torch

    evil, made = Evil(marker), {}
    array = io.BytesIO()
    np.save(array, np.array([evil], dtype=object), allow_pickle=True)
    made["array.npy"] = array.getvalue()
    made["plain.pickle"] = pickle.dumps(evil)
    for name, thing in {"object": evil, "state": {"features.0.weight": evil}, "nested": {"state_dict": [evil]}}.items():
        for new in (True, False):
            out = io.BytesIO()
            torch.save(thing, out, _use_new_zipfile_serialization=new)
            made[f"{name} {'zip' if new else 'old'}.pth"] = out.getvalue()
    archive = io.BytesIO()
    np.savez(archive, vectors=np.array([evil], dtype=object), allow_pickle=True)
    made["arrays.npz"] = archive.getvalue()
    header = pickle.dumps(evil)
    made["pickle.safetensors"] = len(header).to_bytes(8, "little") + header
    made["pickle.pt"] = header
    return made


def parquet_with_code(parquet: bytes, marker: Path) -> bytes:
    """The same table, its first column of a type whose reading unpickles in careless libraries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(parquet))
    notes = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(Evil(marker))}
    fields = [table.schema.field(0).with_metadata(notes), *list(table.schema)[1:]]
    out = io.BytesIO()
    pq.write_table(table.cast(pa.schema(fields, table.schema.metadata)), out)
    return out.getvalue()


def planted(root: Path, copies: Path, marker: Path) -> Iterator[tuple[str, Path]]:
    """(what was planted, a copy of the directory of generations with it), every checksum made to fit."""
    array, pickled = files(marker)["array.npy"], files(marker)["plain.pickle"]
    for name, entry in manifest.open_generation(root, _kind(root)).entries.items():
        content = array if entry.file.endswith(".npy") else pickled
        yield f"{root.suffix[1:]} {name}", _replaced(root, copies / f"{root.name}-{name}", name, content)
        if entry.file.endswith(".parquet"):
            content = parquet_with_code((root / entry.file).read_bytes(), marker)
            yield f"type of {name}", _replaced(root, copies / f"{root.name}-{name}-type", name, content)
    for name in (manifest.POINTER, json.loads((root / manifest.POINTER).read_bytes())["manifest"]):
        copy = Path(shutil.copytree(root, copies / f"{root.name}-{name}"))
        (copy / name).write_bytes(pickled)
        yield name, copy


def _kind(root: Path) -> str:
    pointer = json.loads((root / manifest.POINTER).read_bytes())
    return json.loads((root / pointer["manifest"]).read_bytes())["kind"]


def _replaced(root: Path, copy: Path, name: str, content: bytes) -> Path:
    """A copy whose file of this name holds `content`, and whose manifest says that this is right."""
    shutil.copytree(root, copy)
    pointer = json.loads((copy / manifest.POINTER).read_bytes())
    told = json.loads((copy / pointer["manifest"]).read_bytes())
    entry = told["files"][name]
    (copy / entry["file"]).write_bytes(content)
    entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    if content.startswith(b"\x93NUMPY"):
        entry |= {"dtype": "|O", "shape": [1]}
    signed(copy, told)
    return copy


def signed(root: Path, told: dict) -> None:
    """Make `told` the manifest of the current generation, as an attacker with a text editor can."""
    pointer = json.loads((root / manifest.POINTER).read_bytes())
    text = json.dumps(told).encode()
    (root / pointer["manifest"]).write_bytes(text)
    pointer["sha256"] = hashlib.sha256(text).hexdigest()
    (root / manifest.POINTER).write_text(json.dumps(pointer))
