"""A folder of pictures as queries: each as if asked alone, problems told, and stopped work gone on with."""

import csv
import io
import json
import shutil

import pytest
import small_photos
from typer.testing import CliRunner

from lsh_engine import (
    ANSWER_COLUMNS,
    BuildCancelled,
    EngineError,
    SearchSettings,
    answer_rows,
    csv_text,
    load_image,
    read_asked_boxes,
)
from lsh_engine.cli.app import app
from lsh_engine.engine import RetrievalEngine

SETTINGS = SearchSettings(scales=(1.0,), delta=1.2)
HEAD = "path,left,top,right,bottom\n"


@pytest.fixture
def folder(tmp_path, small_db):
    """Three photos of the database, one of them changed, and a file that is no picture."""
    folder = tmp_path / "queries"
    (folder / "inside").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.png", "inside/c.png")):
        shutil.copy(small_db.photos / f"thing_{i}.png", folder / name)
    small_photos.photo(1).resize((150, 120)).save(folder / "b.png")
    (folder / "bad.jpg").write_bytes(b"no picture")
    return folder


def run(*words) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["query-folder", *map(str, words)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_every_picture_is_asked_as_if_alone(small_db, folder):
    engine, calls = small_db.engine, []
    boxes = {"a.png": small_photos.BOXES[0]}
    answers = list(
        engine.query_folder(folder, SETTINGS, boxes=boxes, own=True, progress=lambda *call: calls.append(call))
    )
    assert [answer.path for answer in answers] == ["a.png", "b.png", "bad.jpg", "inside/c.png"]
    assert calls == [(done, 4, "query") for done in range(5)]
    for answer in answers:
        if answer.path == "bad.jpg":
            assert answer.report is None and "expected a JPEG" in answer.problem and "\n" not in answer.problem
            continue
        alone = engine.query(load_image(folder / answer.path), boxes.get(answer.path), SETTINGS)
        assert answer.box == boxes.get(answer.path) and answer.problem == ""
        for name in ("lsh", "exhaustive"):
            found, known = (report.answers[name].matches for report in (answer.report, alone))
            assert [match.image_id for match in found] == [match.image_id for match in known] and known
            assert [match.angle for match in found] == pytest.approx([match.angle for match in known], abs=1e-5)


def test_a_photo_of_the_database_does_not_find_itself(small_db, folder):
    answers = {answer.path: answer for answer in small_db.engine.query_folder(folder, SETTINGS)}
    assert answers["a.png"].report.own.path == "thing_0.png"
    assert all(match.path != "thing_0.png" for match in answers["a.png"].report.exhaustive.matches)
    assert answers["b.png"].report.own is None, "these are other bytes"


def test_pictures_may_come_as_bytes(small_db):
    data = (small_db.photos / "thing_3.png").read_bytes()
    (answer,) = small_db.engine.query_folder({"upload": data}, SETTINGS, ("exhaustive",))
    assert answer.path == "upload" and answer.report.own.path == "thing_3.png"


def test_known_pictures_are_passed_over_and_boxes_of_none_are_told(small_db, folder):
    boxes = {"gone.png": (0, 0, 20, 20), "a.png": (0, 0, 2, 2)}
    answers = list(
        small_db.engine.query_folder(folder, SETTINGS, ("exhaustive",), boxes=boxes, known={"b.png", "bad.jpg"})
    )
    assert [answer.path for answer in answers] == ["gone.png", "a.png", "inside/c.png"]
    assert "no such picture" in answers[0].problem and "draw it larger" in answers[1].problem


def test_what_progress_raises_stops_it(small_db, folder):
    def stop(done: int, total: int, stage: str) -> None:
        if done == 1:
            raise BuildCancelled("enough")

    answers = small_db.engine.query_folder(folder, SETTINGS, progress=stop)
    assert next(answers).path == "a.png"
    with pytest.raises(BuildCancelled):
        next(answers)


def test_questions_that_no_picture_can_answer_are_refused_at_once(small_db, folder, tmp_path):
    (tmp_path / "empty").mkdir()
    for pictures, methods in ((folder, ()), (folder, ("nothing",)), (folder, "lsh"), (tmp_path / "empty", ("lsh",))):
        with pytest.raises(EngineError):
            small_db.engine.query_folder(pictures, SETTINGS, methods)


def test_rows_hold_every_match(small_db, folder):
    answers = [answer.to_dict() for answer in small_db.engine.query_folder(folder, SETTINGS)]
    rows = [row for answer in answers for row in answer_rows(json.loads(json.dumps(answer)))]
    read = list(csv.DictReader(io.StringIO(csv_text(rows, ANSWER_COLUMNS))))
    assert tuple(read[0]) == ANSWER_COLUMNS
    for answer in answers:
        for name in ("lsh", "exhaustive"):
            own = [row for row in read if row["query"] == answer["path"] and row["method"] == name]
            matches = answer.get(name, {"matches": []})["matches"]
            told = [(row["path"], float(row["angle"]), int(row["rank"])) for row in own if row["rank"]]
            assert told == [(match["path"], match["angle"], rank) for rank, match in enumerate(matches, 1)]
    assert [row["query"] for row in read if row["problem"]] == ["bad.jpg"]


def test_a_picture_without_matches_has_a_row(small_db, folder):
    nothing = SearchSettings(scales=(1.0,), delta=0.0)
    (answer,) = small_db.engine.query_folder({"a": (folder / "a.png").read_bytes()}, nothing, ("lsh",))
    (row,) = answer_rows(answer.to_dict())
    assert (row["query"], row["method"], row["matches"], row["rank"]) == ("a", "lsh", 0, None)


def test_boxes_are_read():
    text = '\ufeffpath,note,left,top,right,bottom\na b.png,x,1,2,30,40.5\n"c,d.png",,0,0,9,9\n'
    assert read_asked_boxes(text) == {"a b.png": (1, 2, 30, 40.5), "c,d.png": (0, 0, 9, 9)}
    assert read_asked_boxes(HEAD) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file,left\n",
        f"{HEAD}a,1,2,3\n",
        f"{HEAD}a,1,2,3,x\n",
        f"{HEAD}a,1,2,3,nan\n",
        f"{HEAD},1,2,3,4\n",
        f"{HEAD}a,1,2,3,4\na,1,2,3,4\n",
    ],
)
def test_boxes_of_another_form_are_one_line(text):
    with pytest.raises(EngineError) as caught:
        read_asked_boxes(text)
    assert "\n" not in str(caught.value)


# ---- the command


def test_the_command_writes_what_the_engine_answers(small_db, folder, tmp_path):
    (tmp_path / "boxes.csv").write_text(f"{HEAD}a.png,{','.join(map(str, small_photos.BOXES[0]))}\n")
    options = ("--scales", "1", "--delta", "1.2", "--boxes", tmp_path / "boxes.csv")
    code, told = run(small_db.path, folder, "--out", tmp_path / "a.json", *options)
    assert code == 0 and "3 pictures asked at 1.2 rad, 1 not, answers in a.json" in told
    assert "bad.jpg: not asked: expected a JPEG" in told
    kept = json.loads((tmp_path / "a.json").read_text())
    boxes = {"a.png": small_photos.BOXES[0]}
    for found, known in zip(kept["answers"], small_db.engine.query_folder(folder, SETTINGS, boxes=boxes), strict=True):
        assert found["path"] == known.path
        for name in ("lsh", "exhaustive") if known.report else ():
            paths = [match["path"] for match in found[name]["matches"]]
            assert paths == [match.path for match in known.report.answers[name].matches]
    assert kept["asked"]["delta"] == 1.2 and kept["asked"]["boxes"] == {"a.png": list(small_photos.BOXES[0])}
    assert run(small_db.path, folder, "--out", tmp_path / "a.csv", *options)[0] == 0
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert len(rows) == sum(len(answer_rows(answer)) for answer in kept["answers"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.json", "boxes.csv", "queries"]


def test_stopped_work_is_gone_on_with(small_db, folder, tmp_path, monkeypatch):
    """Ctrl-C in the third picture: the same command asks the last two, another question starts afresh."""
    asked, describe = [], RetrievalEngine.describe

    def noted(self, image, box, scales):
        if image.size == (128, 128):  # the warm-up's
            return describe(self, image, box, scales)
        asked.append(image.size)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return describe(self, image, box, scales)

    monkeypatch.setattr(RetrievalEngine, "describe", noted)
    words = (small_db.path, folder, "--out", tmp_path / "a.json", "--scales", "1", "--method", "exhaustive")
    with pytest.raises(BuildCancelled):
        run(*words, "--delta", "1.2")
    journal = tmp_path / "a.json.unfinished"
    with open(journal, "a") as stream:
        stream.write('{"path": "b.p')  # a kill may leave half a line
    assert not (tmp_path / "a.json").exists() and len(asked) == 2
    assert run(*words, "--delta", "1.2")[0] == 0
    assert len(asked) == 4 and not journal.exists(), "b.png and c.png were asked; bad.jpg is never described"
    answers = json.loads((tmp_path / "a.json").read_text())["answers"]
    assert [answer["path"] for answer in answers] == ["a.png", "b.png", "bad.jpg", "inside/c.png"]
    asked[:] = [None]
    with pytest.raises(BuildCancelled):
        run(*words, "--delta", "1.2")
    asked[:] = [None, None]
    assert run(*words, "--delta", "0.5")[0] == 0
    assert len(asked) == 5, "three pictures at another delta"


@pytest.mark.parametrize(
    "options",
    [
        ("--out", "answers.txt"),
        ("--out", "no-such-folder/answers.csv"),
        ("--boxes", "no-such-file.csv"),
        ("--delta", "9"),
        ("--scales", "a"),
    ],
)
def test_what_the_command_cannot_do_is_one_line(small_db, folder, options):
    with pytest.raises(EngineError) as caught:
        run(small_db.path, folder, *options)
    assert "\n" not in str(caught.value)


def test_an_unknown_method_is_wrong_usage(small_db, folder):
    assert run(small_db.path, folder, "--method", "no")[0] == 2
