"""What the README and the pages of docs/ say must hold: links, files, commands, options, variables, examples."""

import importlib.util
import re
import shlex
from itertools import chain
from pathlib import Path

import pytest
import typer

from lsh_engine.cli.app import app
from lsh_engine.describe.backbones import cards
from lsh_engine.index import kinds

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md")), *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
FOLDERS = "lsh_engine|lookalike_charts|pages|benchmarks|tools|assets|tests|docs"
# What a command line starts with that is a command of this package.
STARTS = (["python", "-m", "lsh_engine"], ["lookalike"])


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, text) of every fenced block in this language."""
    return [
        (page, found) for page, text in TEXTS.items() for found in re.findall(rf"```{language}\n(.*?)```", text, re.S)
    ]


def shell_lines() -> list[tuple[str, list[str]]]:
    """(page, words) of every command in the shell blocks; comments are left out, `&&` parts two commands."""
    lines = []
    for page, block in blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            lines += [(page, shlex.split(part, comments=True)) for part in line.split("#")[0].split("&&")]
    return [(page, words) for page, words in lines if words]


def commands() -> dict[tuple[str, ...], set[str]]:
    """Every command of the command line, such as ("evaluate", "growth"), with its options."""
    found = {}

    def walk(command, name: tuple[str, ...]) -> None:
        found[name] = {"--help", *chain.from_iterable(option.opts for option in command.params)}
        for part, below in getattr(command, "commands", {}).items():
            walk(below, (*name, part))

    walk(typer.main.get_command(app), ())
    return found


def section(heading: str) -> str:
    """The address that a heading of Markdown gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_the_readme_is_short():
    assert len(TEXTS["README.md"].split()) <= 900


def test_every_page_is_linked_from_the_readme():
    assert [page for page in TEXTS if page != "README.md" and f"]({page})" not in TEXTS["README.md"]] == []


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if target.startswith(("http://", "https://")):
            continue
        file, _, heading = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
            assert heading in map(section, headings), target


@pytest.mark.parametrize("page", [page for page in TEXTS if page != "CHANGELOG.md"])
def test_named_files_exist(page):
    named = re.findall(rf"`((?:{FOLDERS})/[\w/.-]*)`", TEXTS[page])
    named += re.findall(r"`([\w.-]+\.(?:toml|txt|md|py|yaml))`", TEXTS[page])
    words = chain.from_iterable(line for where, line in shell_lines() if where == page)
    named += [word for word in words if re.fullmatch(r"[\w.-]+\.(txt|py)", word)]
    missing = [name for name in named if not (ROOT / name).exists() and not list((ROOT / "lsh_engine").rglob(name))]
    assert missing == []


def test_modules_that_are_run_exist():
    modules = [words[2] for _, words in shell_lines() if words[:2] == ["python", "-m"]]
    assert len(modules) > 20
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


def test_commands_and_options_exist():
    known = commands()
    n_checked = 0
    for page, words in shell_lines():
        start = next((start for start in STARTS if words[: len(start)] == start), None)
        if start is None or words[-1] == "COMMAND":
            continue
        rest = words[len(start) :]
        name = tuple(rest[:2]) if tuple(rest[:2]) in known else tuple(rest[:1])
        assert name in known, f"{page}: {shlex.join(words)}"
        options = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert options <= known[name], f"{page}: {shlex.join(words)}"
        n_checked += 1
    assert n_checked > 20


def test_every_option_named_in_prose_exists():
    known = set().union(*commands().values()) | {"--server.address", "--server.allowedHosts"}
    for page in ("docs/command-line.md", "docs/networks.md"):
        assert set(re.findall(r"`(--[\w-]+)", TEXTS[page])) <= known, page


def test_every_command_is_documented():
    used = [" ".join(words) for page, words in shell_lines() if page == "docs/command-line.md"]
    names = [" ".join(name) for name in commands() if name and name != ("evaluate",)]
    assert len(names) > 15
    assert [name for name in names if not any(f"lsh_engine {name}" in line for line in used)] == []


def test_every_kind_of_index_is_documented():
    assert set(kinds()) <= set(re.findall(r"^\| `(\w+)` \|", TEXTS["docs/index-kinds.md"], re.M))


def test_every_network_is_documented():
    assert [name for name in cards() if f"`{name}`" not in TEXTS["docs/networks.md"]] == []


def test_the_variables_of_the_environment_are_documented():
    sources = [path for folder in ("lsh_engine", "pages") for path in (ROOT / folder).rglob("*.py")]
    read = {name for path in sources for name in re.findall(r"LOOKALIKE_[A-Z]+", path.read_text(encoding="utf-8"))}
    told = set(re.findall(r"^\| `(LOOKALIKE_[A-Z]+)`", TEXTS["docs/command-line.md"], re.M))
    assert read == told


@pytest.mark.parametrize(("page", "block"), blocks("python"), ids=lambda text: text[:30].partition("\n")[0])
def test_python_examples_run(page, block, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(block, page, "exec"), {"__name__": "example"})


def test_there_are_python_examples():
    assert {page for page, _ in blocks("python")} >= {"README.md", "docs/index-kinds.md"}


@pytest.mark.parametrize("page", TEXTS)
def test_sentences_use_plain_marks(page):
    assert not re.search("[—–]", TEXTS[page])
