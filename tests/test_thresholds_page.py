"""The Thresholds page under AppTest: every view cold and with a query, links that are wrong, and a delta that moves."""

import json
import threading
import time
from pathlib import Path

import pytest
import streamlit as st
from page_data import N_PHOTOS, checked, drawn_photo, jpeg, page_opener, texts
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import RetrievalEngine
from lsh_engine.analysis import thresholds
from lsh_engine.analysis.thresholds import scale_cover
from pages.common import catalog, photos
from pages.common.measuring import Measuring
from pages.common.session import KEY, Session
from pages.thresholds import delta_line

PAGE = str(Path(__file__).parents[1] / "pages" / "2_Thresholds.py")
VIEWS = ("delta", "hashing", "planner", "size")


@pytest.fixture
def page(tiny, monkeypatch):
    """Opens the page on the tiny database, with a link if one is given."""
    return page_opener(PAGE, 90, tiny, monkeypatch)


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def line(at: AppTest) -> dict:
    """What the browser is told to draw round the line."""
    return json.loads(lines(at)[0].proto.json)


def lines(at: AppTest) -> list:
    return [part for part in at.get("bidi_component") if part.proto.component_name == "lookalike_delta_line"]


def within(at: AppTest) -> str:
    """What stands at the line."""
    told = line(at)
    return told["labels"][round(told["delta"] / delta_line.STEP)]


def charts(at: AppTest) -> int:
    return len(at.get("vega_lite_chart"))


def moved(at: AppTest, delta: float) -> AppTest:
    at.slider(key="_delta").set_value(delta)
    return checked(at.run())


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_cold_on_random_pairs(page, view):
    at = page(view=view)
    assert not at.error and not at.warning
    assert "random pairs" in texts(at)
    assert at.segmented_control(key="thresholds-view").value == view
    assert charts(at) == {"delta": 1, "hashing": 1, "planner": 2, "size": 0}[view]
    assert len(lines(at)) == (view == "delta")


def test_delta_shows_the_answer_of_a_query(page):
    at = moved(page(image="3"), 1.5)
    assert within(at) == f"{N_PHOTOS} of {N_PHOTOS} photos"
    at = moved(at, 0.0)
    assert within(at) == f"0 of {N_PHOTOS} photos"
    told = line(at)
    assert "the nearest is at" in told["empty"][0] and "Every photo is within" in told["empty"][1]
    assert [card["rank"] for card in told["cards"]] == list(range(N_PHOTOS))
    angles = [float(card["caption"].split(" rad")[0]) for card in told["cards"]]
    assert angles == sorted(angles)
    for place, rank in enumerate(told["ranks"]):  # what the browser counts by is what the engine says
        assert rank == sum(angle <= place * delta_line.STEP + 5e-4 for angle in angles) or place == 0
    assert "delta" not in dict(at.query_params) or at.query_params["delta"] in ("0.00", ["0.00"])


def test_the_meter_says_n_times_s_times_m(page):
    at = page(image="3", scales="0.5-1")
    assert f"{N_PHOTOS} photos × 2 query scales × 119 regions" in texts(at)
    few, many = (metrics(moved(at, delta))["Chance hits expected"] for delta in (0.6, 1.4))
    assert float(few.replace(",", "")) < float(many.replace(",", ""))


def test_random_pairs_stay_in_reach_beside_a_query(page):
    at = page(image="3")
    at.segmented_control(key="thresholds-subject").set_value("pairs")
    assert "of the pairs" in within(checked(at.run()))


def test_moving_delta_describes_nothing_again(page, monkeypatch):
    at, calls = page(image="4", box="20-20-180-150"), []
    monkeypatch.setattr(RetrievalEngine, "describe", lambda *args, **named: calls.append(1))
    moved(at, 0.7)
    assert not calls


def test_k_and_l_come_from_the_link_and_go_into_it(page):
    at = page(view="hashing", k="10", L="12")
    assert (at.slider(key="thresholds-k").value, at.slider(key="thresholds-L").value) == (10, 12)
    table = at.dataframe[0].value
    assert table["Hashing"].tolist() == ["one hyperplane", "AND: k = 10", "AND, OR: k = 10, L = 12"]
    assert table["p1"].iat[0] == "0.8727" and table["p2"].iat[0] == "0.6180"
    at.slider(key="thresholds-k").set_value(20)
    at.slider(key="thresholds-L").set_value(50)
    at = checked(at.run())
    assert at.dataframe[0].value["p1"].iat[2] == "0.9664" and at.dataframe[0].value["p2"].iat[2] == "0.0033"
    at.slider(key="thresholds-k").set_value(14)
    assert dict(checked(at.run()).query_params)["k"] in ("14", ["14"])


def test_k_and_l_of_delta_are_those_of_the_formula(page):
    at = page(view="hashing", recall="0.9")
    table = at.dataframe[1].value
    assert table["Longest k at L = 50"].tolist() == ["32", "22", "14", "10", "8", "6"]
    assert table["Fewest L at k = 20"].tolist()[1:] == ["34", "159", "822", "4,903", "34,837"]


def test_the_planner_says_what_it_takes_and_what_it_cost(page):
    at = page(view="planner", image="3", delta="1.00")
    assert "the planner takes" in at.success[0].value
    table = at.dataframe[0].value
    assert sum(name.startswith("→ ") for name in table["Strategy"]) == 1
    assert table["Measured share"].iat[3] == "100 %" and table["Measured recall"].iat[3] in ("100 %", "–")


def measured(at: AppTest) -> AppTest:
    """The page after a press of "Paste and measure", once the work in the background is over."""
    at = checked(at.button(key="size-measure").click().run())
    end = time.monotonic() + 60
    while not (charts(at) or at.error) and time.monotonic() < end:
        time.sleep(0.2)
        at = checked(at.run())
    return at


def test_a_measurement_tells_how_far_it_is_and_can_be_left(monkeypatch):
    going_on = threading.Event()

    def work(progress) -> str:
        progress(3, 27)
        going_on.wait(60)
        return "measured"

    measuring = Measuring(work)
    assert not measuring.over(0.05) and measuring.result is None
    assert (measuring.done, measuring.total) == (3, 27)
    going_on.set()
    assert measuring.over(60) and measuring.result == "measured" and measuring.problem is None


def test_the_crop_is_pasted_on_request_and_once(page, monkeypatch):
    monkeypatch.setattr(scale_cover, "COVERS", (1.0, 0.25))  # every picture takes the network
    monkeypatch.setattr(thresholds, "BACKGROUNDS", 1)
    at = page(view="size", image="2", box="60-45-180-135")
    assert charts(at) == 0
    at = measured(at)
    assert charts(at) == 2
    monkeypatch.setattr(RetrievalEngine, "photo", lambda *args: pytest.fail("measured again"))
    assert charts(moved(at, 0.8)) == 2


def test_without_a_query_size_asks_for_one(page):
    assert "needs a crop" in page(view="size").info[0].value


def test_a_sample_is_one_click_away(monkeypatch):
    if not photos.samples():
        pytest.skip("no samples in assets")
    at = checked(AppTest.from_file(PAGE, default_timeout=90).run())
    at = checked(at.button(key="open-thresholds-0").click().run())
    assert int(within(at).split(" of ")[0]) >= 1


BAD_LINKS = [
    ({"view": "nope"}, "view"),
    ({"k": "0"}, "k is"),
    ({"k": "33", "L": "201"}, "L is"),
    ({"L": "-1"}, "L is"),
    ({"k": "1" * 5000}, "k is"),
    ({"database": "../../etc"}, "no such database"),
    ({"sample": "no-such"}, "no such sample"),
    ({"image": "99999999"}, "photo is not here"),
    ({"delta": "nan"}, "delta"),
    ({"delta": "4"}, "delta"),
    ({"view": "hashing", "k": "٣"}, "k is"),
]


@pytest.mark.parametrize("view", VIEWS)
def test_the_ends_of_every_slider_hold(page, view):
    at = page(view=view, image="3", k="32", L="1", delta="0")
    at = moved(at, at.slider(key="_delta").max)
    if view == "hashing":
        at.slider(key="thresholds-k").set_value(1)
        at.slider(key="thresholds-L").set_value(200)
        at = moved(at, 0.0)
    assert not at.error and not at.warning


@pytest.mark.parametrize(("link", "part"), BAD_LINKS, ids=lambda value: str(value)[:30])
def test_a_wrong_link_is_told_and_the_page_works(page, link, part):
    at = page(**link)
    assert len(at.warning) == 1 and part in at.warning[0].value and len(at.warning[0].value) < 400
    assert not at.error and charts(at) >= 1


def test_one_photo_is_too_few_and_says_so(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(jpeg(drawn_photo(1)))
    RetrievalEngine.build(tmp_path / "photos", tmp_path / "one.db")
    monkeypatch.setenv(catalog.VARIABLE, str(tmp_path / "one.db"))
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no.db")
    for view in VIEWS:
        at = AppTest.from_file(PAGE, default_timeout=90)
        at.query_params["view"], at.query_params["image"] = view, "0"
        at = checked(at.run())
        if view == "size":
            at = measured(at)
        assert [error.value for error in at.error if "two photos" not in error.value] == []
        assert bool(at.error) == (view in ("delta", "size"))


@pytest.mark.parametrize("line", [None, {}, {"let_go": None}, {"let_go": "1"}])
def test_a_line_that_was_not_moved_keeps_delta(monkeypatch, line):
    me = Session()
    monkeypatch.setattr(st, "session_state", {KEY: me})
    delta_line.let_go(line)
    assert me.choice.delta is None


def test_where_the_line_is_let_go_is_delta(monkeypatch):
    me = Session()
    monkeypatch.setattr(st, "session_state", {KEY: me})
    delta_line.let_go({"let_go": 0.731})
    assert me.choice.delta == 0.73
