"""The list of what this program wrote into a folder, so that it never removes a file of somebody else.

The name of a file is in the list, on the disk, before the file is made. Every generation adds its names, and the
clean-up after a commit takes those out that it removed. A folder of the former format has no list: its manifests name
the files. Only names that this program could have given count, whatever the list says.
"""

import json
import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from .errors import DatabaseError
from .files import not_written, replace_bytes, sync_directory, temporary_name

JOURNAL = ".written"
FILE = re.compile(r"[\w.\-]+-[0-9a-f]{8}\.[a-z]+|\.\w+\.[0-9a-f]{8}")
FOLDER = re.compile(r"\.[a-z]+/")


def fresh_name(root: Path, name: str, suffix: str) -> str:
    """A name for a new file of `root` that no file had before, already in the list."""
    return enlist(root, f"{name}-{secrets.token_hex(4)}.{suffix}")


def enlist(root: Path, *names: str) -> str:
    """Put names in the list, flushed to the disk, before their files are made. Returns the last.

    A name that ends in a slash is a folder of which all belongs to this program.
    """
    path = root / JOURNAL
    known = path.exists()
    names = names if known else (*sorted(_named_by_manifests(root)), *names)
    try:
        with open(path, "ab") as stream:
            stream.write("".join(f"\n{name}\n" for name in names).encode())  # the last line may be half written
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise not_written(path, error) from error
    if not known:
        sync_directory(root)
    return names[-1] if names else ""


def own_folder(root: Path, name: str) -> Path:
    """Make `root/name`, a folder of which all belongs to this program. DatabaseError where the disk refuses."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        if f"{name}/" not in _lines(root):
            enlist(root, f"{name}/")
        (root / name).mkdir(exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"cannot write to {root.name}: {error.strerror}; choose another folder") from error
    return root / name


def drop_folder(root: Path, name: str) -> None:
    """Remove such a folder with all it holds; without it the list may end too."""
    if not (root / name).is_symlink():
        shutil.rmtree(root / name, ignore_errors=True)
    with suppress(OSError, DatabaseError):  # a name too many in the list does no harm
        lines = [line for line in _lines(root) if line != f"{name}/"]
        if lines:
            _rewrite(root, lines)
        else:
            (root / JOURNAL).unlink()


def listed(root: Path) -> set[str]:
    """Names of the files and folders that this program wrote into `root` and has not removed."""
    names = {line for line in _lines(root) if FILE.fullmatch(line) or FOLDER.fullmatch(line)}
    return names | _named_by_manifests(root)


def began(root: Path) -> bool:
    """Whether this program wrote into the folder."""
    return (root / JOURNAL).is_file()


def remove_all_but(root: Path, wanted: set[str]) -> None:
    """Remove the files of this program that are not `wanted`, and their names from the list. Folders stay."""
    names = listed(root)
    for name in names - wanted:
        if not name.endswith("/"):
            with suppress(PermissionError):  # Windows, while a reader maps it: the next commit tries again
                _remove(root / name)
    left = sorted(name for name in names if name.endswith("/") or (root / name).is_file())
    _rewrite(root, left)


def remove_all(root: Path) -> None:
    """Remove every file and folder of this program; the list goes last."""
    for name in listed(root):
        path = root / name.rstrip("/")
        if not name.endswith("/"):
            _remove(path)
        elif not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
    (root / JOURNAL).unlink(missing_ok=True)


def _rewrite(root: Path, names: list[str]) -> None:
    fresh = enlist(root, temporary_name("written"))
    replace_bytes(root / JOURNAL, "".join(f"{name}\n" for name in names).encode(), root / fresh)


def _remove(path: Path) -> None:
    if path.is_file() and not path.is_symlink():
        path.unlink(missing_ok=True)


def _lines(root: Path) -> list[str]:
    try:
        return (root / JOURNAL).read_text(errors="replace").split()
    except OSError:
        return []


def _named_by_manifests(root: Path) -> set[str]:
    """Manifests in a folder and the files they name."""
    found = set()
    for path in root.glob("manifest-*.json"):
        try:
            manifest = json.loads(path.read_bytes())
            if {"format", "kind", "meta", "files"} <= manifest.keys():
                found |= {path.name, *(entry["file"] for entry in manifest["files"].values())}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return {name for name in found if isinstance(name, str) and FILE.fullmatch(name)}
