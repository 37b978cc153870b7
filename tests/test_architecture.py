"""The rooms keep their doors: imports point down, heavy packages are imported late, nothing unpickles or evaluates."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lsh_engine

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "lsh_engine"

# A module imports only from floors below its own; modules of one package may import each other.
FLOORS = (
    ("errors", "amplification", "centring", "workers", "progress"),
    ("config", "report", "datasets", "terminal"),
    ("manifest", "image_formats", "image_colour", "backbones", "pooling", "patches", "evaluation"),
    ("distances", "triplets", "quantization", "hierarchy", "word_graph", "spatial"),
    ("images", "transform", "staging"),
    ("photos", "uploads", "describer", "index"),
    ("calibration",),
    ("storage",),
    ("build", "matching", "chances", "thresholds"),
    ("engine", "benchmark"),
    ("box_search", "upkeep"),
    ("experiments",),
    ("jobs", "commands"),
    ("__init__",),
    ("__main__",),
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
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
    """Nodes that run on import: everything outside functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
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


def test_every_module_has_its_floor():
    assert {room(path) for path in ENGINE_FILES} <= set(FLOOR), "a new module: give it a floor in FLOORS"


@pytest.mark.parametrize("path", ENGINE_FILES, ids=short)
def test_imports_point_down(path):
    own = room(path)
    upward = {other for other in rooms_imported(path) if other != own and FLOOR[other] >= FLOOR[own]}
    assert not upward, f"{own} must not import {', '.join(sorted(upward))}"


def test_the_table_of_floors_sees_imports():
    assert {"engine", "config", "index"} <= rooms_imported(ENGINE / "__init__.py")
    assert {"config", "centring", "errors", "index"} <= rooms_imported(ENGINE / "index" / "sealed.py")
    assert rooms_imported(ENGINE / "__main__.py") >= {"__init__", "backbones"}


@pytest.mark.parametrize("path", ENGINE_FILES, ids=short)
def test_the_engine_knows_no_streamlit(path):
    assert not packages(ast.walk(tree(path))) & {"streamlit", "streamlit_cropper", "altair", "pages"}


@pytest.mark.parametrize("path", ENGINE_FILES, ids=short)
def test_heavy_packages_are_imported_late(path):
    assert not packages(top_level(tree(path))) & LATE


def test_torchvision_and_openvino_live_in_one_place_each():
    homes = {"torchvision": ("datasets.py", "torchvision_nets.py"), "openvino": ("openvino_net.py",)}
    for package, files in homes.items():
        users = {path.name for path in PRODUCT if package in packages(ast.walk(tree(path)))}
        assert users <= set(files), users


@pytest.mark.parametrize("path", PAGE_FILES, ids=short)
def test_pages_use_only_the_public_names(path):
    nodes = list(ast.walk(tree(path)))
    for node in nodes:
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("lsh_engine") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lsh_engine":
            assert node.module == "lsh_engine", f"{node.module} lies behind the door"
            assert {alias.name for alias in node.names} <= set(lsh_engine.__all__)
    assert not packages(nodes) & {"torch", "torchvision", "openvino", "numba", "pyarrow"}


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
    return isinstance(node, ast.Constant) or isinstance(node, ast.Name) and node.id.isupper()


@pytest.mark.parametrize("path", PRODUCT, ids=short)
def test_nothing_runs_code_from_data(path):
    assert problems(tree(path)) == []


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
