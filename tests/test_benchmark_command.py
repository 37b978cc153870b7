"""The command `benchmark`: sources, tables, JSON, charts, and one line for whatever goes wrong."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from lookalike_charts.benchmark_charts import benchmark_drawing, end_labels
from lsh_engine.evaluation.benchmark_text import Benchmark
from lsh_engine.evaluation.rows import BenchmarkRow
from lsh_engine.evaluation.text_tables import aligned
from lsh_engine.index import kinds

SMALL = ("--vectors", "1600", "--dim", "32", "--queries", "3", "--warm", "--delta", "0.4")


@pytest.fixture
def run(run):
    """Runs `benchmark` in this process: (exit status, stdout, stderr)."""
    return partial(run, "benchmark")


def test_the_text_is_a_table_of_aligned_columns(run):
    status, out, err = run(*SMALL, "--delta", "0.6")
    assert status == 0, err
    head, data, blank, *table = out.splitlines()
    assert "one thread, caches warm" in head and blank == ""
    assert data.startswith("1,600 x 32 vectors: gem, made up, 130 planted") and data.endswith("3 queries")
    rows = [line for line in table[1:] if line]
    assert [line[:12].strip() for line in rows] == ["exhaustive", "LSH auto", "LSH tables"] * 2
    end = table[0].index("recall") + len("recall")
    assert rows[0][:end].endswith(" 1.000") and all(line[end] == " " for line in rows)


def test_json_is_one_object_with_growth_and_a_chart(run, tmp_path):
    arguments = ("--vectors", "4000", "--dim", "16", "--kind", "centred", "--queries", "2", "--warm", "--plan", "auto")
    status, out, err = run(*arguments, "--growth", "--json", "--plot", tmp_path / "chart.svg")
    assert status == 0, err
    found = json.loads(out)
    assert found["threads"] == 1 and found["machine"]["cpu"] and found["missing_peers"] == {}
    assert found["data"]["n_vectors"] == 4000 and found["data"]["deltas"] == [1.0]
    assert [row["index"] for row in found["rows"]] == ["exhaustive", "LSH auto"]
    assert found["rows"][1]["open_seconds"] > 0
    assert [entry["sizes"] for entry in found["growth"]] == [[250, 500, 1000, 2000, 4000]] * 2
    picture = (tmp_path / "chart.svg").read_text()
    assert picture.startswith("<svg") and "Recall within delta" in picture and "Growth at delta = 1 rad" in picture


def test_a_chart_is_written_as_png(run, tmp_path):
    status, _, err = run(*SMALL, "--plot", tmp_path / "chart.png")
    assert status == 0, err
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_and_a_database_are_measured(run, tmp_path, small_db):
    random = np.random.default_rng(0)
    centres = np.repeat(random.standard_normal((10, 16)), 40, axis=0)
    np.save(tmp_path / "mine.npy", centres + 0.3 * random.standard_normal(centres.shape))
    status, out, err = run("--data", tmp_path / "mine.npy", "--queries", "4", "--warm")
    assert status == 0 and "mine.npy, rows held out as queries, scaled to unit length; 4 queries" in out, err
    status, out, err = run(small_db.path, "--queries", "4", "--warm", "--growth", "--json")
    assert status == 0, err
    found = json.loads(out)
    assert found["data"]["deltas"] == sorted(small_db.engine.presets.values())
    assert found["rows"][0]["n_vectors"] == small_db.engine.n_vectors and len(found["growth"][0]["sizes"]) == 5


def test_a_missing_peer_is_told(run, monkeypatch):
    kind = kinds()["hnswlib"]
    monkeypatch.setattr(kind, "card", replace(kind.card, package="no_such_package_here"))
    status, out, _ = run(*SMALL, "--peers", "hnswlib")
    assert status == 0 and out.endswith("hnswlib is not installed: pip install hnswlib\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--delta", "9"), "delta must be an angle"),
        (("--plan", "magic"), "plan must be one of"),
        (("--peers", "magic"), "peers must be some of faiss"),
        (("--queries", "0"), "number of queries"),
        (("--kind", "magic"), "kind must be one of"),
        (("--vectors", "0"), "vectors must be a whole number"),
        (("--vectors", "100"), "take at least 520"),
        (("--vectors", "1600", "--growth"), "100 vectors are too few"),
        (("--dim", "1"), "dim must be a whole number"),
        (("--plot", "chart.gif"), "a plot is written as .png or .svg"),
        (("--plot", "nowhere/chart.png"), "there is no folder nowhere"),
        (("--data", "nowhere.npy"), "cannot read nowhere.npy"),
        (("nowhere.db",), "there is no database named nowhere.db"),
        (("nowhere.db", "--data", "x.npy"), "a database and --data exclude each other"),
        (("--data", "x.npy", "--dim", "8"), "--data and --dim exclude each other"),
    ],
)
def test_what_a_user_can_get_wrong_ends_in_one_line(run, arguments, said):
    status, out, err = run(*arguments)
    assert (status, out) == (1, "") and err.startswith("error: ") and err.count("\n") == 1 and said in err, err


def test_ctrl_c_ends_in_one_line(run, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("lsh_engine.cli.benchmark.measure", interrupted)
    status, out, err = run(*SMALL)
    assert (status, out) == (1, "") and err.startswith("error: stopped;") and err.count("\n") == 1


# ---- telling


def row(index: str, **figures) -> BenchmarkRow:
    known = dict(delta=0.4, plan="", n_vectors=10, n_queries=2, median_ms=1.0, p95_ms=2.0, speed_up=1.0, recall=1.0)
    return BenchmarkRow(
        index, **(known | dict(edge_recall=None, predicted_recall=None, n_candidates=2.0, n_hits=3.0) | figures)
    )


def test_what_is_not_known_is_a_dash_and_makes_no_point():
    data = {"n_vectors": 10, "dim": 4, "description": "none", "n_queries": 2}
    rows = [row("a"), row("b", recall=None)]
    done = Benchmark({"cpu": "any"}, data, False, rows, [], {})
    assert done.to_text().splitlines()[-1].split()[5:8] == ["-", "-", "-"]
    (panel,) = benchmark_drawing(done.to_dict(), 0.97).panels
    assert [value["index"] for value in panel.to_dict()["layer"][1]["data"]["values"]] == ["a"]


def test_numbers_stand_to_the_right():
    assert aligned([["a", "1", "x"], ["bbb", "100", "long"]]) == ["a      1  x", "bbb  100  long"]


def test_labels_of_close_lines_are_moved_apart():
    entries = [{"index": name, "sizes": (1, 2), "median_ms": (1.0, 1.0), "exponent": 0.5} for name in "abc"]
    heights = [label["ms"] for label in end_labels(entries, 0.1, 10.0)]
    assert heights[0] == 1.0 and heights[0] < heights[1] < heights[2]
