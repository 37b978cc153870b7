"""What the README shows must run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_python_blocks_run(block, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {})


def test_there_are_python_blocks():
    assert len(BLOCKS) >= 2


def test_every_command_is_documented():
    listed = subprocess.run(
        [sys.executable, "-m", "lsh_engine", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^  (\w+)  ", listed.stdout.split("Commands:")[1], re.MULTILINE)
    assert len(commands) >= 6
    section = README.split("## Your own photos")[1].split("## How it works")[0]
    assert [name for name in commands if not re.search(rf"\b{name}\b", section)] == []


def test_shell_blocks_name_files_that_exist():
    words = [word for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for word in shlex.split(block, True)]
    files = [word for word in words if re.fullmatch(r"[\w.-]+\.(txt|py)", word)]
    assert files
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_linked_files_exist():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    paths = re.findall(r"`((?:lsh_engine|pages|benchmarks|tools|assets)/[\w/.]*)`", README)
    assert [name for name in links + paths if not (ROOT / name).exists()] == []
