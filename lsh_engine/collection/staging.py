"""Work of an unfinished build, kept in small finished pieces so that the next build goes on from there."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..core import generations as manifest
from ..core.files import replace_json
from ..core.journal import drop_folder, own_folder

FOLDER = ".staging"


class Staging:
    """A folder inside the database. `plan` says what is being built: another plan starts afresh."""

    def __init__(self, root: Path, plan: dict):
        self.folder = root / FOLDER
        plan = json.loads(json.dumps(plan))
        if self._read("plan") != plan:
            self.discard()
            own_folder(root, FOLDER)
            self._write("plan", plan)

    @staticmethod
    def began(root: Path) -> bool:
        """Whether `root` holds an unfinished build."""
        return (root / FOLDER / "plan.json").is_file()

    def done(self, stage: str) -> list[dict]:
        """Records of the finished pieces of a stage, in order."""
        names = sorted(path.stem for path in self.folder.glob(f"{stage}-*.json"))
        return [record for name in names if (record := self._read(name)) is not None]

    def put(self, stage: str, record: dict, **arrays: np.ndarray) -> None:
        """Add a finished piece: its arrays first, then the record that makes it count."""
        entries = {name: asdict(manifest.write_array(self.folder, name, array)) for name, array in arrays.items()}
        n_done = sum(1 for _ in self.folder.glob(f"{stage}-*.json"))
        self._write(f"{stage}-{n_done:06d}", record | {"arrays": entries})

    def array(self, record: dict, name: str) -> np.ndarray:
        """An array of a piece, memory-mapped."""
        return manifest.read_array(self.folder, manifest.Entry(**record["arrays"][name]))

    def discard(self) -> None:
        drop_folder(self.folder.parent, FOLDER)

    def _read(self, name: str) -> dict | None:
        try:
            return json.loads((self.folder / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def _write(self, name: str, record: dict) -> None:
        replace_json(self.folder / f"{name}.json", record)
