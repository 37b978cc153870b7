"""The rooms keep their doors: imports point down, heavy packages are imported late, nothing unpickles or evaluates."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lsh_engine

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "lsh_engine"

# Rooms from the lowest to the highest: a file imports from its own room and from those before it.
ROOMS = (
    "core",
    "images",
    "describe",
    "index",
    "collection",
    "search",
    "analysis",
    "engine",
    "evaluation",
    "running",
    "__init__",
    "cli",
    "__main__",
)
LATE = {"torch", "torchvision", "openvino", "pandas", "pyarrow", "streamlit", "safetensors", "faiss"}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}

ENGINE_FILES = sorted(ENGINE.rglob("*.py"))
PAGE_FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
PRODUCT = ENGINE_FILES + PAGE_FILES


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    """The module, or the package directly below lsh_engine, that a file belongs to."""
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def top_level(node: ast.AST):
    """Nodes that run on import: everything outside functions and what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        typing = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not typing and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from top_level(child)


def packages(nodes) -> set[str]:
    """Names of the outer packages imported absolutely."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def rooms_imported(path: Path) -> set[str]:
    """Rooms of lsh_engine that a file of it imports, absolutely or relatively, early or late."""
    found = set()
    package = ("lsh_engine", *path.relative_to(ENGINE).parent.parts)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            targets = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for target in targets:
            if target[0] == "lsh_engine":
                inside = target[1] if len(target) > 1 else ""
                is_room = (ENGINE / inside).is_dir() or (ENGINE / f"{inside}.py").is_file()
                found.add(inside if inside and is_room else "__init__")
    return found


def test_every_file_lies_in_a_room():
    assert {room(path) for path in ENGINE_FILES} <= set(ROOMS), "a new room: give it its place in ROOMS"


def test_imports_point_down():
    upward = [
        f"{short(path)} imports {other}"
        for path in ENGINE_FILES
        for other in rooms_imported(path)
        if ROOMS.index(other) > ROOMS.index(room(path))
    ]
    assert not upward, "\n".join(upward)


def test_the_check_of_rooms_sees_imports():
    assert {"engine", "index"} <= rooms_imported(ENGINE / "__init__.py")
    assert {"core", "index"} <= rooms_imported(ENGINE / "index" / "store.py")
    assert rooms_imported(ENGINE / "__main__.py") == {"cli"}


def test_no_two_modules_share_a_name():
    names = [path.stem for path in ENGINE_FILES if not path.stem.startswith("__")]
    assert not {name for name in names if names.count(name) > 1}


def test_the_engine_knows_no_page_and_imports_heavy_packages_late():
    for path in ENGINE_FILES:
        assert not packages(ast.walk(tree(path))) & {"streamlit", "streamlit_cropper", "altair", "pages"}, short(path)
        assert not packages(top_level(tree(path))) & LATE, short(path)


def test_torchvision_and_openvino_live_in_one_place_each():
    homes = {"torchvision": ("datasets.py", "torchvision_nets.py"), "openvino": ("openvino_net.py",)}
    for package, files in homes.items():
        users = {path.name for path in PRODUCT if package in packages(ast.walk(tree(path)))}
        assert users <= set(files), users


def test_pages_use_only_the_public_names():
    for path in PAGE_FILES:
        nodes = list(ast.walk(tree(path)))
        for node in nodes:
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("lsh_engine") for alias in node.names), short(path)
            elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lsh_engine":
                assert node.module == "lsh_engine", f"{short(path)}: {node.module} lies behind the door"
                assert {alias.name for alias in node.names} <= set(lsh_engine.__all__), short(path)
        assert not packages(nodes) & {"torch", "torchvision", "openvino", "numba", "pyarrow"}, short(path)


def page_folders_imported(path: Path) -> set[str]:
    """Folders of pages/ that one of its files imports."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            above = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            parts = (*above, *(node.module or "").split("."))
            found |= {parts[1]} if parts[0] == "pages" else set()
    return found


def test_a_page_imports_its_own_folder_and_common_only():
    """common knows no page; what two pages share belongs there."""
    for path in PAGE_FILES[1:]:
        first = path.relative_to(ROOT / "pages").parts[0]
        own = first.removesuffix(".py").lower().partition("_")[2] or first
        assert page_folders_imported(path) <= {own, "common"}, short(path)
        assert own != "common" or page_folders_imported(path) <= {"common"}, short(path)
    names = [path.stem for path in PAGE_FILES if path.stem != "__init__"]
    assert len(names) == len(set(names)), sorted(names)


def test_public_names_exist():
    assert sorted(lsh_engine.__all__) == sorted(set(lsh_engine.__all__))
    assert all(hasattr(lsh_engine, name) for name in lsh_engine.__all__)


def problems(source: ast.Module) -> list[str]:
    """What could run code from data, or show data as HTML."""
    found = [f"import {name}" for name in packages(ast.walk(source)) & UNSAFE_MODULES]
    for node in ast.walk(source):
        if isinstance(node, ast.Name) and node.id in {"eval", "exec", "__import__"}:
            found.append(node.id)
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        if options.get("allow_pickle", "False") != "False" or options.get("shell", "False") != "False":
            found.append(ast.unparse(node))
        if name.endswith("np.load") and options.get("allow_pickle") != "False":
            found.append(ast.unparse(node))
        if (
            name.endswith(("torch.load", "load_state_dict_from_url", "load_url"))
            and options.get("weights_only") != "True"
        ):
            found.append(ast.unparse(node))
        is_html = options.get("unsafe_allow_html", "False") != "False" or name.endswith((".html", ".iframe"))
        if is_html and not (node.args and is_constant(node.args[0])):
            found.append(ast.unparse(node))
        if name in {"os.system", "os.popen"}:
            found.append(name)
    return found


def is_constant(node: ast.AST) -> bool:
    """A literal, or the name of a constant."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def test_nothing_runs_code_from_data():
    assert [(short(path), found) for path in PRODUCT for found in problems(tree(path))] == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "np.load(p)",
        "np.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=flag)",
        "torch.load(p)",
        "torch.load(p, weights_only=False)",
        "eval(text)",
        "st.markdown(name, unsafe_allow_html=True)",
        "st.markdown(f'<b>{name}</b>', unsafe_allow_html=True)",
        "st.html(f'{name}')",
        "subprocess.run(name, shell=True)",
    ],
)
def test_the_check_sees_what_it_looks_for(line):
    assert problems(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    ["np.load(p, allow_pickle=False)", "torch.load(p, weights_only=True)", "st.html(CSS)", "network.eval()"],
)
def test_the_check_lets_the_rest_pass(line):
    assert problems(ast.parse(line)) == []


def test_importing_the_package_is_light():
    code = (
        "import sys, lsh_engine, lsh_engine.__main__; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert "lsh_engine" in loaded and "numpy" in loaded, done.stderr
    assert not loaded & LATE
