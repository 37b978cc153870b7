"""The pair view under AppTest, every section of it, and the words of "Step through LSH" on traces of every outcome."""

import json
from pathlib import Path

import numpy as np
import pytest
from page_data import checked, texts
from small_photos import BOXES, photo
from streamlit.testing.v1 import AppTest

from lsh_engine import LSHConfig, LSHParams
from pages.common.catalog import DEMO
from pages.search.steps import drawn
from pages.search.steps_text import steps_of, ways_of, why_title

PAGE = Path(__file__).parent / "pair_view_page.py"
TERMS = ("descriptor", "patches", "angle", "hyperplane", "bit", "key", "bucket", "table", "candidates", "delta")


@pytest.fixture
def at() -> AppTest:
    if not DEMO.is_dir():
        pytest.skip("assets/demo.db is missing")
    return AppTest.from_file(str(PAGE), default_timeout=120)


def opened(at: AppTest, view: str, button: str = "show-missed") -> AppTest:
    at.run()
    at.session_state["detail-view"] = view
    return checked(at.button(key=button).click().run())


def component_data(at: AppTest, name: str) -> list[dict]:
    """What each mounted component of this name was given."""
    return [json.loads(part.proto.json) for part in at.get("bidi_component") if part.proto.component_name == name]


def test_side_by_side(at):
    at = opened(at, "pair")
    numbers = {metric.label: metric.value for metric in at.metric}
    assert numbers.keys() == {"Angle", "Cosine", "Patch", "Query scale"}
    assert numbers["Patch"].endswith(" of 119") and numbers["Angle"].endswith(" rad")
    assert "missed by LSH" in texts(at) and "hash tables" in texts(at) and "multiprobe 100 %" in texts(at)
    assert at.button(key="detail-back").disabled is False
    nearest = opened(at, "pair", "show-nearest")
    assert "found by LSH" in texts(nearest)
    assert not [button for button in nearest.button if button.key == "detail-back"], "a match alone has no neighbours"


def test_heat_map_by_patches(at):
    photo_data, crop_data = component_data(opened(at, "heat"), "lookalike_heat")
    cells, nearest = np.array(photo_data["cells"]), np.array(photo_data["nearest"])
    assert cells.shape == nearest.shape and cells.min() <= photo_data["delta"] == 0.98
    assert len(photo_data["boxes"]) == photo_data["n_patches"] == 119
    angle = float(next(metric.value for metric in opened(at, "pair").metric).split()[0])
    assert cells.min() == pytest.approx(angle, abs=1e-3)
    assert np.array(crop_data["cells"]).ndim == 2 and crop_data["nearest"] is None
    assert photo_data["picture"].startswith("data:image/jpeg")


def test_heat_map_by_cells(at):
    at.session_state["heat-by"] = "cells"
    photo_data, _ = component_data(opened(at, "heat"), "lookalike_heat")
    cells = np.array(photo_data["cells"])
    assert photo_data["nearest"] is None and cells.shape == (24, 32) and (cells > 0).all() and (cells < np.pi).all()


def test_steps_in_the_view_and_alone(at):
    (data,) = component_data(opened(at, "steps"), "lookalike_steps")
    assert len(data["steps"]) == 7 and data["steps"][-1]["title"] == "Why this photo was missed"
    assert len(data["tables"]) == 50 and data["within"] and not data["found"]
    at.session_state["alone"] = True
    (alone,) = component_data(checked(at.run()), "lookalike_steps")
    assert alone["found"] and alone["id"] != data["id"]


# ---- the words


@pytest.fixture
def traces(make):
    """Traces of found, missed and outside photos under every plan, on the same query."""
    engine = make(lsh=LSHConfig(n_hyperplanes=10, n_tables=8, seed=3))
    described = engine.describe(photo(0), BOXES[0], (0.5, 1.0))
    plans = [LSHParams(plan) for plan in ("tables", "auto", "multiprobe", "sketch", "exhaustive")]
    return [
        engine.explain(described, image_id, delta, params)
        for params in plans
        for delta in (0.6, 1.0)
        for image_id in range(engine.n_images)
    ]


def test_the_steps_explain_every_term_once(traces):
    assert {trace.why for trace in traces} >= {"beyond", "looked at all", "shared bucket", "no bucket", "few bits"}
    for trace in traces:
        steps = steps_of(trace)
        assert [step["kind"] for step in steps] == [
            "descriptor", "planes", "bits", "tables", "candidates", "answer", "why",
        ]  # fmt: skip
        words = " ".join(step["text"] for step in steps)
        assert all(words.count(f"**{term}**") == 1 for term in TERMS)
        assert all(len(step["text"].split()) <= 95 for step in steps), "one picture, a few lines"
        assert f"{trace.angle:.3f} rad" in words and "None" not in words


def test_the_ending_says_what_became_of_the_photo(traces):
    for trace in traces:
        ending = steps_of(trace)[-1]
        assert ending["title"] == why_title(trace)
        start = "Its nearest patch" if not trace.within else "Found" if trace.plan.found else "Missed"
        assert ending["text"].startswith(start)
        if trace.why == "no bucket" and trace.first_shared:
            assert f"number {trace.first_shared} would be the first" in ending["text"]


def test_the_ways_are_those_of_the_trace(traces):
    for trace in traces:
        ways = ways_of(trace)
        assert [way["name"].startswith("This search") for way in ways].count(True) == 1
        assert ways[0]["found"] == trace.plan.found
        found = {way["name"].lower(): way["found"] for way in ways}
        for name in ("multiprobe", "sketch"):
            assert found.get(name, trace.plan.found) == trace.plan_of(name).found
        assert found["shorter keys: k = 6"] == next(w.found for w in trace.what_if if w.n_hyperplanes == 6)
        assert found["more tables: l = 16"] == next(w.found for w in trace.what_if if w.n_tables == 16)


def test_what_is_drawn_is_json_and_bounded(traces):
    data = json.loads(json.dumps(drawn(traces[0])))
    assert len(data["query"]) == len(data["values"]) == 24 and data["n_values"] == 24
    assert all(len(table["turns"]) == 10 for table in data["tables"])
    assert min(table["differ"] for table in data["tables"]) == data["tables"][data["table"]]["differ"]
