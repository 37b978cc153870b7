"""The judges of tests/stress: each must see what it looks for. The bars themselves: python -m tests.stress."""

import ast
import os
import time
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from tests.stress import bar01_entry_point, bar10_no_code, bar11_names, bar12_parameters
from tests.stress.child import Outcome, in_a_child, in_this_process
from tests.stress.corpus import EITHER, HOSTILE_NAMES, PICTURE, REFUSED, OddFile

ROOT = Path(__file__).parents[1]
RIGHT, REFUSAL = (
    {"status": "done", "answer": "right"},
    {"status": "done", "error": "ImageError", "message": "expected x"},
)


@pytest.mark.parametrize(
    ("expected", "outcome", "fault"),
    [
        (PICTURE, RIGHT, None),
        (REFUSED, REFUSAL, None),
        (EITHER, RIGHT, None),
        (EITHER, REFUSAL, None),
        (PICTURE, REFUSAL, "refused picture"),
        (REFUSED, RIGHT, "wrong picture"),
        (PICTURE, RIGHT | {"answer": "wrong"}, "wrong picture"),
        (EITHER, {"status": "crashed"}, "crashed"),
        (EITHER, REFUSAL | {"error": "OSError"}, "wrong exception OSError"),
        (REFUSED, REFUSAL | {"message": "cannot open /home/me/x.jpg"}, "leaky message"),
        (PICTURE, RIGHT | {"cpu": 2.1}, "time blow-up"),
        (PICTURE, RIGHT | {"growth": 700_000_000}, "memory blow-up"),
        (PICTURE, RIGHT | {"warned": 1}, "warning"),
    ],
)
def test_every_fault_has_its_name(expected, outcome, fault):
    assert bar01_entry_point.fault_of(OddFile("x", b"", expected), Outcome(**outcome)) == fault


@pytest.mark.parametrize(
    "message", ["", "two\nlines", "x" * 201, "in images.py", "PIL.UnidentifiedImageError", "<X at 0x7f00>", "C:\\me\\x"]
)
def test_leaks_are_seen(message):
    assert bar01_entry_point.is_leaky(message)


def test_a_child_tells_what_became_of_it():
    assert in_a_child(lambda: 7).answer == 7
    assert in_a_child(lambda: Image.new("L", (2, 3)), lambda image: image.size).answer == [2, 3]
    failed = in_a_child(lambda: 1 / 0)
    assert (failed.status, failed.error, failed.message) == ("done", "ZeroDivisionError", "division by zero")
    assert in_a_child(lambda: os._exit(3)).status == "crashed"
    assert in_a_child(lambda: time.sleep(60), patience=0.2).status == "timed out"
    assert in_a_child(lambda: bytes(9 * 2**30)).error == "MemoryError"
    assert in_this_process(lambda: len(b"x" * 400_000_000)).growth > 100_000_000


def test_pictures_are_opened_at_one_place():
    assert bar01_entry_point.openers() == ["lsh_engine/images/loading.py"]


@pytest.mark.parametrize(
    "line",
    [
        "pickle.load(f)",
        "pickle.loads(b)",
        "np.load(p, allow_pickle=True)",
        "torch.load(p)",
        "torch.load(p, weights_only=False)",
        "joblib.load(p)",
        "pd.read_pickle(p)",
        "eval(x)",
    ],
)
def test_unsafe_calls_are_seen(line):
    assert bar10_no_code.unsafe_calls(ast.parse(line))


@pytest.mark.parametrize("line", ["np.load(p, allow_pickle=False)", "torch.load(p, weights_only=True)", "json.load(f)"])
def test_safe_calls_pass(line):
    assert not bar10_no_code.unsafe_calls(ast.parse(line))


def test_no_name_becomes_html_and_there_are_names_enough():
    assert bar11_names.html_from_data() == []
    assert len(set(HOSTILE_NAMES)) == len(HOSTILE_NAMES) >= bar11_names.LEAST_NAMES


def test_the_settings_shipped_are_safe():
    shipped = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    for (section, name), value in bar12_parameters.SHIPPED.items():
        assert shipped[section][name] == value
