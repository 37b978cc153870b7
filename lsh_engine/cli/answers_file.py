"""Answers to many pictures in one file, CSV or JSON. While the work goes on they are in a journal beside it, a line a
picture, so that the same command goes on where it was stopped.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.csv_text import csv_text
from ..core.errors import EngineError
from ..core.files import not_written, replace_bytes
from ..search.folder_queries import COLUMNS, answer_rows

FORMS = (".csv", ".json")


class AnswersFile:
    """A file of answers. asked: what they are answers to; a journal of another question starts afresh."""

    def __init__(self, file: Path, asked: Mapping[str, Any]) -> None:
        if file.suffix.lower() not in FORMS:
            raise EngineError(f"--out takes a file that ends in {' or '.join(FORMS)}, got {file.name!r:.60}")
        if not file.absolute().parent.is_dir():
            raise EngineError(
                f"there is no folder {file.absolute().parent.name!r:.60} to write {file.name} into: make it first"
            )
        self.file, self.asked = file, json.loads(json.dumps(asked))
        self.journal = file.with_name(f"{file.name}.unfinished")
        self.answers = self._earlier()
        self._rewrite()

    def add(self, answer: dict[str, Any]) -> None:
        """One more answer, kept at once."""
        self.answers.append(answer)
        try:
            with open(self.journal, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(answer) + "\n")
        except OSError as error:
            raise not_written(self.journal, error) from error

    def finish(self) -> None:
        """Write the file and drop the journal."""
        if self.file.suffix.lower() == ".json":
            text = json.dumps({"asked": self.asked, "answers": self.answers}, indent=1)
        else:
            text = csv_text([row for answer in self.answers for row in answer_rows(answer)], COLUMNS)
        replace_bytes(self.file, text.encode())
        self.journal.unlink()

    def _earlier(self) -> list[dict[str, Any]]:
        """Answers of a run with the same question that was stopped."""
        try:
            head, *lines = self.journal.read_text(encoding="utf-8").split("\n")
            if json.loads(head) != self.asked:
                return []
        except (OSError, ValueError):
            return []
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:  # the last line of a run that was killed
                break
        return found

    def _rewrite(self) -> None:
        lines = [json.dumps(line) for line in (self.asked, *self.answers)]
        replace_bytes(self.journal, ("\n".join(lines) + "\n").encode())
