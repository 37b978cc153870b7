"""The board's side in Python: what events may do, and which thresholds are asked ahead."""

import pytest

from pages.common.question import Question
from pages.common.session import Crop, SearchedCrop, Session
from pages.search.answers import ASKED, thresholds_ahead
from pages.search.board_data import counts_within, crops_line
from pages.search.events import Wish, take

NONSENSE = [
    None,
    7,
    "delta",
    [],
    {},
    {"type": "delta"},
    {"type": "delta", "value": "1.0", "number": 1},
    {"type": "delta", "value": float("nan"), "number": 1},
    {"type": "delta", "value": -0.1, "number": 1},
    {"type": "delta", "value": 99, "number": 1},
    {"type": "delta", "value": True, "number": 1},
    {"type": "delta", "value": 1.0, "number": -1},
    {"type": "right-delta", "value": "x"},
    {"type": "plan", "value": "rm -rf", "side": 0},
    {"type": "open", "id": -1},
    {"type": "open", "id": "1"},
    {"type": "open", "id": True},
    {"type": "like", "id": 2**40},
    {"type": "__class__", "id": 1},
]


@pytest.mark.parametrize("event", NONSENSE, ids=str)
def test_nonsense_from_the_browser_changes_nothing(event):
    me = Session()
    before = me.choice
    assert take(event, me) is None
    assert me.choice == before and me.heard == 0


def test_a_move_of_delta_is_taken_with_its_number():
    me = Session()
    assert take({"type": "delta", "value": 0.87, "number": 4}, me) is None
    assert (me.choice.delta, me.heard) == (0.87, 4)


def test_each_side_has_its_plan_and_the_right_one_its_delta():
    me = Session()
    take({"type": "plan", "side": 0, "value": "sketch"}, me)
    take({"type": "plan", "side": 1, "value": "tables"}, me)
    take({"type": "right-delta", "value": 1.2}, me)
    assert (me.choice.plan, me.choice.right_plan, me.choice.right_delta) == ("sketch", "tables", 1.2)
    take({"type": "right-delta", "value": None}, me)
    assert me.choice.right_delta is None


def test_classic_hashing_is_one_click_there_and_back():
    me = Session()
    take({"type": "plan", "side": 1, "value": "sketch"}, me)
    take({"type": "classic"}, me)
    assert (me.choice.plan, me.choice.right_plan) == ("tables", "exhaustive")
    take({"type": "classic"}, me)
    assert me.choice.plan == "auto"


def test_a_mark_is_one_or_the_other_and_can_be_taken_back():
    me = Session()
    like, dislike = ({"type": kind, "id": 3, "patch": 8} for kind in ("like", "dislike"))
    take(like, me)
    assert (me.liked, me.disliked) == (((3, 8),), ())
    take(dislike, me)
    assert (me.liked, me.disliked) == ((), ((3, 8),))
    take(dislike, me)
    assert (me.liked, me.disliked) == ((), ())


def test_what_only_a_run_can_do_comes_back_as_a_wish():
    assert take({"type": "open", "id": 5, "side": 1}, Session()) == Wish("open", 5, 1)
    assert take({"type": "crop"}, Session()) == Wish("crop")


def test_thresholds_asked_ahead_hold_the_chosen_one_and_are_few():
    ahead = thresholds_ahead(1.004, 0.31, 1.4)
    assert 1.0 in ahead and list(ahead) == sorted(ahead)
    assert len(ahead) <= ASKED + 1 and ahead[0] >= 0.31 - 1e-9 and ahead[-1] == pytest.approx(1.4)
    assert thresholds_ahead(0.5, 0.2, 0.2) == (
        0.2,
        0.21,
        0.22,
        0.23,
        0.24,
        0.25,
        0.26,
        0.27,
        0.28,
        0.29,
        0.3,
        0.31,
        0.32,
        0.5,
    )


def test_several_crops_are_named():
    def line(*more, combine="any"):
        crop = SearchedCrop("0", (0, 0, 9, 9), (1.0,), tuple(Crop((0, 0, 9, 9), role) for role in more), combine)
        return crops_line(Question(None, None, crop))

    assert line() == ""
    assert line("look", combine="all") == "all of 2 crops"
    assert line("look", "look", "avoid") == "any of 3 crops, not 1 marked so"
    assert line("avoid") == "not 1 marked so"


def test_counts_include_a_photo_right_at_the_threshold():
    class At:
        def __init__(self, angle):
            self.angle = angle

    counts = counts_within([At(0.0), At(0.02), At(0.025)], 0.05)
    assert counts == [1, 1, 2, 3, 3, 3]
