"""The file of slides: what it holds, one line for each mistake, and that the shipped slides show what they say."""

import json

import pytest

from lsh_engine import LSHParams, RetrievalEngine, SearchSettings, load_image
from pages.common import check_slides, slides
from pages.common.catalog import DEMO, ROOT
from pages.common.photos import SAMPLES, samples
from pages.common.session import Choice
from pages.common.slides import MOST_BYTES, MOST_SLIDES, Slide, checked, read

GOOD = {"title": "A bin", "sample": "wheelie-bin"}
OF_A_DATABASE = {"title": "A photo", "database": "demo", "image": 3, "box": [1, 2, 30, 40]}


def lines(**changes) -> tuple[str, ...]:
    """The mistakes of a file whose only slide is GOOD with these changes; None takes a field away."""
    row = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return checked({"slides": [row]}).mistakes


def test_a_good_file_is_read(tmp_path):
    full = OF_A_DATABASE | {"say": "Look.", "delta": 0.9, "scales": [0.707, 1], "left": "tables", "right": "auto"}
    path = tmp_path / "my.json"
    path.write_text(json.dumps({"slides": [GOOD, full | {"right_delta": 1.1}]}))
    found = read(path)
    assert not found.mistakes
    first, second = found.slides
    assert first == Slide("A bin", sample="wheelie-bin")
    assert (first.left, first.right) == ("auto", "exhaustive")
    assert second.box == (1, 2, 30, 40) and second.right_delta == 1.1 and second.left == "tables"
    assert second.scales == (pytest.approx(0.7071, abs=1e-3), 1.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": None}, "title is missing"),
        ({"title": "  "}, "title is missing"),
        ({"title": "x" * 201}, "201 letters: 200 at most"),
        ({"say": 3}, "say must be a line of text, not 3"),
        ({"tittle": "x"}, 'no field "tittle": choose among title'),
        ({"sample": None}, "either a sample, or a database with image and box"),
        ({"image": 3, "database": "demo", "box": [0, 0, 9, 9]}, "either a sample, or a database with image and box"),
        ({"sample": "no-such"}, 'no sample "no-such": choose among'),
        ({"sample": ["a"]}, "no sample"),
        ({"database": ""}, "database must be a name"),
        ({"sample": None, "image": 3, "box": [0, 0, 9, 9]}, "image needs database beside it"),
        ({"sample": None, "image": 3, "database": "demo"}, "image needs box beside it"),
        ({"sample": None, "image": -1, "database": "demo", "box": [0, 0, 9, 9]}, "image must be a photo's number"),
        ({"sample": None, "image": True, "database": "demo", "box": [0, 0, 9, 9]}, "image must be a photo's number"),
        ({"box": [0, 0, 9]}, "box must be [left, top, right, bottom]"),
        ({"box": [9, 0, 9, 9]}, "box must be [left, top, right, bottom]"),
        ({"box": "all"}, 'not "all"'),
        ({"delta": 4}, "delta must be an angle from 0 to 3.14 radians, not 4"),
        ({"delta": True}, "delta must be an angle"),
        ({"delta": float("nan")}, "delta must be an angle"),
        ({"right_delta": -0.1}, "right_delta must be an angle"),
        ({"scales": []}, "scales must be a list of some of"),
        ({"scales": [1, 7]}, "scales must be a list of some of"),
        ({"left": "prefix"}, 'left must be one of auto, tables, multiprobe, sketch, exhaustive, not "prefix"'),
        ({"right": None, "left": ["auto"]}, "left must be one of"),
    ],
)
def test_each_mistake_is_one_plain_line(changes, said):
    (line,) = lines(**changes)
    assert line.startswith("Slide 1: ") and said in line and line.endswith(".") and "\n" not in line


def test_every_mistake_is_told_with_the_number_of_its_slide():
    found = checked({"slides": [GOOD, GOOD | {"delta": 9, "left": "x"}, "text"]})
    assert not found.slides
    assert [line[:8] for line in found.mistakes] == ["Slide 2:", "Slide 2:", "Slide 3:"]


@pytest.mark.parametrize(
    "content", [None, [], {}, {"slides": []}, {"slides": {}}, {"slides": [GOOD] * (MOST_SLIDES + 1)}]
)
def test_a_file_of_another_form_says_what_was_expected(content):
    (line,) = checked(content).mistakes
    assert '{"slides": [...]}' in line


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"slides": [,]}', "no valid JSON at line 1, column 13"),
        (b"\xff\xfe", "save it as UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b" " * (MOST_BYTES + 1), "larger than 200 kB"),
    ],
)
def test_a_file_that_is_no_json_is_told_in_one_line(tmp_path, data, said):
    path = tmp_path / "broken.json"
    path.write_bytes(data)
    (line,) = read(path).mistakes
    assert line.startswith("broken.json") and said in line and str(tmp_path) not in line


def test_the_environment_names_a_file_of_ones_own(tmp_path, monkeypatch):
    path = tmp_path / "mine.json"
    monkeypatch.setenv(slides.VARIABLE, str(path))
    assert "mine.json" in slides.prepared().mistakes[0]
    path.write_text(json.dumps({"slides": [GOOD]}))
    assert [slide.title for slide in slides.prepared().slides] == ["A bin"]
    monkeypatch.delenv(slides.VARIABLE)
    assert len(slides.prepared().slides) >= 6


def test_the_check_prints_each_mistake_and_its_status_tells(tmp_path, capsys):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"slides": [GOOD, {"title": "x"}]}))
    assert check_slides.main([str(path)]) == 1
    assert capsys.readouterr().err.startswith("Slide 2: expected either a sample")
    path.write_text(json.dumps({"slides": [GOOD]}))
    assert check_slides.main([str(path)]) == 0 and "1 slides, no mistake" in capsys.readouterr().out
    assert check_slides.main([]) == 2


# ---- the shipped slides, really run


@pytest.fixture(scope="module")
def shipped(one_thread):
    """title -> (kinds of things in each photo found, those missed by the left plan, by the right plan)."""
    engine = RetrievalEngine.open(DEMO)
    photos = json.loads((ROOT / "assets" / "gallery" / "boxes.json").read_text())["photos"]
    kinds = {photo["file"].split("/")[-1]: {thing["kind"] for thing in photo["objects"]} for photo in photos}
    found = {}
    for slide in read(slides.SHIPPED).slides:
        sample = next((sample for sample in samples() if sample.slug == slide.sample), None)
        photo = load_image(SAMPLES.parent / sample.file) if sample else engine.photo(slide.image)
        box = slide.box or sample.box
        described = engine.describe(photo, box=box, scales=slide.scales or Choice().scales)
        reports = [
            engine.search(described, SearchSettings(delta=slide.delta, params={"lsh": LSHParams(plan)}))
            for plan in (slide.left, slide.right)
        ]
        things = [kinds[match.path.split("/")[-1]] for match in reports[0].answers["exhaustive"].matches]
        found[slide.title] = things, *(len(report.missed) for report in reports)
    return found


def right(things: list[set[str]], kind: str) -> int:
    return sum(kind in one for one in things)


def test_the_shipped_slides_have_no_mistake():
    found = read(slides.SHIPPED)
    assert not found.mistakes and 6 <= len(found.slides) <= 8
    assert all(slide.say and slide.database == "demo" for slide in found.slides)


def test_the_shipped_slides_show_what_they_say(shipped):
    thing, kind, wide = (shipped[title][0] for title in list(shipped)[:3])
    assert 3 <= len(thing) < len(kind) < len(wide)
    assert right(thing, "igloo") == len(thing) and right(kind, "igloo") == len(kind)
    assert right(wide, "igloo") < len(wide) / 2, "more photos that show none"
    assert shipped["What classic hashing misses"][1] >= 5
    assert shipped["Where classic hashing is safe"][1] == 0 and len(shipped["Where classic hashing is safe"][0]) >= 3
    _, missed_left, missed_right = shipped["Automatic finds them again"]
    assert missed_left == 0 and missed_right >= 5
    bottle_banks, containers = (shipped[title][0] for title in list(shipped)[-2:])
    assert right(bottle_banks, "igloo") == len(bottle_banks) >= 5
    assert right(containers, "four_wheel_container") == len(containers) >= 5
