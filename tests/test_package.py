"""The package as pip sees it: its metadata, what it holds, and what it needs."""

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import lsh_engine

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def requirements(name: str) -> set[str]:
    """The requirements in a file, without comments and blanks."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip()}


def test_requirements_are_those_of_the_engine_and_the_app():
    project = PROJECT["project"]
    engine, app = project["dependencies"], project["optional-dependencies"]["app"]
    assert requirements("requirements.txt") == {*engine, *app}


def test_every_requirement_is_bounded_below():
    project = PROJECT["project"]
    everything = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    assert [line for line in everything if not re.search(r">=|==", line)] == []


def test_every_folder_of_modules_is_a_typed_package():
    for package in PACKAGES:
        folders = {path.parent for path in (ROOT / package).rglob("*.py")}
        assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
        assert (ROOT / package / "py.typed").is_file()


def test_the_container_holds_every_package():
    container = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert [name for name in (*PACKAGES, "pages") if f"COPY {name} {name}\n" not in container] == []


def test_the_version_is_written_once():
    assert (ROOT / PROJECT["tool"]["hatch"]["version"]["path"]).samefile(lsh_engine.__file__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", lsh_engine.__version__)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{lsh_engine.__version__}]" in changes


def test_the_command_answers_away_from_the_checkout(tmp_path):
    module, function = PROJECT["project"]["scripts"]["lookalike"].split(":")
    code = f"import sys; sys.argv = ['lookalike', '--help']; from {module} import {function}; {function}()"
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "Usage: lookalike" in done.stdout
