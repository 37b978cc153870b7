"""The arithmetic and the words of the pages, without Streamlit's machinery."""

import csv
import io
import json

import pytest

from lsh_engine import Answer, Match, QueryReport, Speed
from pages.common.boxes import MOST, clamp
from pages.common.card_cropper import STROKE, shown_size, to_photo, to_shown
from pages.common.catalog import Database
from pages.common.cropper import reported_crops
from pages.common.question import Question
from pages.common.session import Crop, Query, SearchedCrop
from pages.common.text import duration, one_line, percent, plain, scale_name
from pages.search import report_text
from pages.search.export import as_csv, as_json
from tests.stress.corpus import HOSTILE_NAMES


@pytest.mark.parametrize(
    ("size", "shown"),
    [((4000, 3000), (420, 315)), ((600, 800), (315, 420)), ((10, 10), (420, 420)), ((3000, 100), (420, 14))],
)
def test_a_photo_is_shown_as_large_as_fits(size, shown):
    assert shown_size(size, 420) == shown


@pytest.mark.parametrize("size", [(840, 420), (600, 800), (4000, 3000), (100, 90), (33, 57)])
def test_a_rectangle_that_only_moved_by_nothing_keeps_its_box(size):
    """What the widget reports after a touch is the rectangle it was given, grown by the stroke."""
    shown = shown_size(size, 420)
    box = (round(size[0] * 0.2), round(size[1] * 0.3), round(size[0] * 0.7), round(size[1] * 0.9))
    left, top, width, height = to_shown(box, shown, size)
    back = to_photo((left, top, width + STROKE, height + STROKE), shown, size)
    step = max(size[0] / shown[0], size[1] / shown[1])
    assert all(abs(a - b) <= step for a, b in zip(back, box, strict=True))


@pytest.mark.parametrize(
    ("rectangle", "box"),
    [
        ((-172, 100, 387, 50), (0, 204, 426, 296)),  # past the left edge: what is visible counts
        ((300, 100, 387, 400), (604, 204, 840, 840)),  # past the right and the bottom
        ((-400, 0, 200, 100), None),  # beside the picture
        ((100, 100, 6, 6), None),  # collapsed to a dot
    ],
)
def test_rectangles_past_the_edges(rectangle, box):
    assert to_photo(rectangle, (420, 420), (840, 840)) == box


def test_a_tiny_photo_may_have_a_tiny_box():
    assert clamp((0, 0, 3, 3), (3, 3)) == (0, 0, 3, 3)
    assert clamp((1, 1, 3, 3), (100, 100)) is None


def reported(*boxes, combine="any"):
    return {"boxes": [{"box": box, "role": role} for box, role in boxes], "combine": combine}


def test_rectangles_from_the_browser_are_cut_to_the_photo_and_those_looked_for_come_first():
    told = reported(([90, 0, 900, 50], "avoid"), ([-5, 1.6, 20, 30], "look"), ([40, 40, 80, 80], "look"), combine="all")
    crops = reported_crops(told, (100, 90))
    assert crops.box == (0, 2, 20, 30)
    assert crops.more == (Crop((40, 40, 80, 80)), Crop((90, 0, 100, 50), "avoid"))
    assert crops.combine == "all"


BOX = [0, 0, 50, 50]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"boxes": None, "combine": "any"},
        {"boxes": {"0": BOX}, "combine": "any"},
        {"boxes": [BOX], "combine": "any"},
        reported(),
        reported(*[(BOX, "look")] * (MOST + 1)),
        reported((BOX, "avoid")),
        reported((BOX, "other")),
        reported((BOX, "look"), combine="none"),
        reported((BOX, "look"), combine=["any"]),
        reported((BOX, ["look"])),
        reported(([0, 0, 50], "look")),
        reported(([0, 0, 50, 50, 50], "look")),
        reported(("0050", "look")),
        reported(([0, 0, "50", 50], "look")),
        reported(([0, 0, True, 50], "look")),
        reported(([0, 0, None, 50], "look")),
        reported(([0, 0, float("nan"), 50], "look")),
        reported(([0, 0, float("inf"), 50], "look")),
        reported(([0, 0, 7, 50], "look")),
        reported(([50, 50, 0, 0], "look")),
        reported(([200, 0, 250, 50], "look")),
        reported((BOX, "look"), ([0, 0, 1, 1], "look")),
    ],
)
def test_rectangles_that_no_cropper_draws_are_refused(told):
    assert reported_crops(told, (100, 90)) is None


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, ":red[x]", ":material/home:", "$x$", "a\u202egpj.exe", "www.x.org"])
def test_names_become_plain_text(name):
    text = plain(name)
    assert text.isprintable() or "\u2060" in text
    assert len(one_line(name)) <= 160
    text.encode("utf-8")
    assert not any(sign in text.replace("\\" + sign, "") for sign in "[]<>*_`$~#")


def test_numbers_have_units():
    assert [duration(value) for value in (2.54, 0.31, 0.0021, 0.00003)] == ["2.5 s", "310 ms", "2.1 ms", "0.03 ms"]
    shares = [percent(value) for value in (1, 0.9999, 0.976, 0.0061, 0.0001, 0)]
    assert shares == ["100 %", "99.9 %", "98 %", "0.6 %", "under 0.1 %", "0 %"]
    assert [scale_name(scale) for scale in (0.7071, 1.0, 1.4142)] == ["×0.71", "×1", "×1.41"]


def report(found: int, total: int, lsh_ms: float = 1.0, scan_ms: float = 9.0) -> QueryReport:
    names = ["=cmd|calc.jpg", *(f"{number}.jpg" for number in range(1, total))]
    matches = [Match(names[number], number, 0.5 + number / 100, (0, 0, 9, 9), 1.0) for number in range(total)]
    lsh = Answer("lsh", tuple(matches[:found]), 60, 10_000, "sketch", 0.97, {"describe": 1.0, "hash": lsh_ms / 1e3})
    full = Answer("exhaustive", tuple(matches), 10_000, 10_000, "", 1.0, {"describe": 1.0, "scan": scan_ms / 1e3})
    speeds = {"lsh": Speed(scan_ms / lsh_ms, 0.9 * scan_ms / lsh_ms, 1.1 * scan_ms / lsh_ms, 9)}
    return QueryReport({"lsh": lsh, "exhaustive": full}, 1.0, speeds=speeds)


def test_the_headline_says_what_happened():
    said = report_text.headline(report(41, 42))
    assert all(figure in said for figure in ("41 of 42", "98 %", "0.6 %", "9.0× faster"))
    assert "all 42" in report_text.headline(report(42, 42))
    assert "3.0× faster" in report_text.headline(report(2, 2, 3.0, 1.0))
    assert "about as fast" in report_text.headline(report(2, 2, 1.0, 1.05))


@pytest.mark.parametrize(
    ("planning", "said"), [(1.2e-3, "1.0 ms after 1.2 ms to plan"), (5e-5, "1.1 ms"), (0.0, "1.0 ms")]
)
def test_the_time_to_plan_is_told_apart_where_it_counts(planning, said):
    answer = Answer("lsh", (), 60, 10_000, "sketch", 0.97, {"describe": 1.0, "plan": planning, "scan": 1.0e-3})
    assert report_text.time_line(answer) == said


def test_a_small_database_is_not_flattered():
    assert report_text.small_database_note(report(2, 2, 3.0, 1.0))
    assert report_text.small_database_note(report(2, 2, 1.0, 3.0)) is None


def test_work_speed_recall_and_the_wait_stand_in_one_line():
    line = report_text.facts_line(report(41, 42), "auto")
    for said in (
        "0.6 % of the vectors",
        "9.0× faster",
        "(8.1× to 10× in 9 runs)",
        "98 % measured, 97 % expected",
        "described in 1.0 s",
    ):
        assert said in line
    assert "recall" not in report_text.facts_line(report(0, 0), "auto")
    assert "faster" not in report_text.facts_line(report(41, 42), "exhaustive")


def test_the_full_scan_as_a_plan_is_not_called_lsh():
    assert (
        report_text.headline(report(42, 42), "exhaustive") == "The full scan found 42 photos, looking at every vector."
    )
    assert report_text.headline(report(41, 42), "tables").startswith("Hash tables found 41 of 42 photos (98 %)")


def test_the_button_of_the_empty_state_reaches_the_nearest():
    assert report_text.delta_to_reach(1.2041, 1.57) == 1.21
    assert report_text.delta_to_reach(1.21, 1.57) == 1.21
    assert report_text.delta_to_reach(2.5, 1.57) == 1.57


def test_csv_and_json_say_the_same():
    answer = report(1, 2)
    database = Database("demo", "key", "demo.db", engine=None)
    question = Question(database, Query("a.jpg", "0", (9, 9)), SearchedCrop("0", (0, 0, 9, 9), (1.0,)))
    rows = list(csv.DictReader(io.StringIO(as_csv(answer))))
    assert [row["lsh"] for row in rows] == ["found", "missed"]
    assert rows[0]["path"] == "'=cmd|calc.jpg"
    data = json.loads(as_json(answer, question))
    assert data["query"]["box"] == [0, 0, 9, 9] and data["delta"] == 1.0
    assert [match["angle"] for match in data["exhaustive"]["matches"]] == [0.5, 0.51]
    assert float(rows[1]["angle_rad"]) == 0.51
