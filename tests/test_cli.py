"""The command line: every command, its JSON, its exit status, and one line for whatever goes wrong."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from small_nets import save_state
from small_photos import BOXES, photo, write_photos

import lsh_engine
from lsh_engine import RetrievalEngine
from lsh_engine.core import generations as manifest
from lsh_engine.describe import backbones

ROOT = Path(__file__).parents[1]
ANSWER = {"matches", "n_candidates", "n_vectors", "plan", "seconds"}


@pytest.fixture
def ask(run):
    """Runs a command that must succeed, with --json: the object it printed."""

    def ask(*arguments):
        status, out, err = run(*arguments, "--json")
        assert status == 0, err
        return json.loads(out)

    return ask


@pytest.fixture
def picture(tmp_path) -> Path:
    photo(0).save(tmp_path / "query.png")
    return tmp_path / "query.png"


def fails(outcome: tuple[int, str, str], said: str) -> None:
    """Status 1 and one line on stderr that says so."""
    status, out, err = outcome
    assert (status, out) == (1, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and said in err, err
    assert len(err) < 400


def box_of(number: int) -> str:
    return ",".join(map(str, BOXES[number]))


# ---- query


def test_query_prints_the_object_of_the_design(ask, small_db, picture):
    found = ask("query", small_db.path, picture, "--box", box_of(0), "--scales", "0.7071,1", "--delta", "1.3")
    assert set(found) == {"lsh", "exhaustive", "index_recall", "predicted_recall", "delta"}
    assert found["delta"] == 1.3 and 0 <= found["index_recall"] <= 1 and 0 < found["predicted_recall"] <= 1
    for method in ("lsh", "exhaustive"):
        answer = found[method]
        assert set(answer) == ANSWER and answer["n_vectors"] == 2 * small_db.engine.n_vectors
        assert isinstance(answer["n_candidates"], int) and isinstance(answer["plan"], str)
        assert all(isinstance(value, float) for value in answer["seconds"].values()) and "describe" in answer["seconds"]
        for match in answer["matches"]:
            assert set(match) == {"path", "angle", "box", "scale"} and match["scale"] in (0.7071, 1.0)
            assert len(match["box"]) == 4 and match["angle"] <= 1.3 and (small_db.photos / match["path"]).is_file()
        assert answer["matches"][0]["path"] == "thing_0.png"
    paths = {method: {match["path"] for match in found[method]["matches"]} for method in ("lsh", "exhaustive")}
    assert paths["lsh"] <= paths["exhaustive"]
    assert found["index_recall"] == pytest.approx(len(paths["lsh"]) / len(paths["exhaustive"]))


def test_query_for_several_boxes(ask, run, small_db, picture):
    """Two things on one picture: any of them, both, one but not the other."""
    both = Image.new("RGB", (2 * photo(0).width, photo(0).height))
    for place in (0, 1):
        both.paste(photo(place), (place * photo(0).width, 0))
    both.save(picture)
    left, top, right, bottom = BOXES[1]
    other = ",".join(map(str, (left + photo(0).width, top, right + photo(0).width, bottom)))
    arguments = ["query", small_db.path, picture, "--box", box_of(0), "--scales", "1", "--delta", "1.5"]

    def found(*options: str) -> dict[str, float]:
        matches = ask(*arguments, *options)["exhaustive"]["matches"]
        return {match["path"]: match["angle"] for match in matches}

    one, two = found(), found("--box", other)
    either, every, without = found("--more", other), found("--more", other, "--all"), found("--avoid", other)
    assert set(either) == set(one) | set(two) and set(every) == set(one) & set(two)
    for path, angle in either.items():
        assert angle == pytest.approx(min(one.get(path, 9), two.get(path, 9)), abs=1e-5)
    assert all(angle == pytest.approx(max(one[path], two[path]), abs=1e-5) for path, angle in every.items())
    assert "thing_0.png" in without and "thing_1.png" not in without


def test_query_leaves_the_picture_itself_out_when_asked(ask, run, small_db):
    own = small_db.photos / "thing_0.png"
    arguments = ["query", small_db.path, own, "--box", box_of(0), "--scales", "1", "--delta", "1.5"]
    found = ask(*arguments, "--leave-own-out")
    assert found["own"] == "thing_0.png"
    assert all(match["path"] != "thing_0.png" for match in found["lsh"]["matches"] + found["exhaustive"]["matches"])
    assert "thing_0.png is the picture itself" in run(*arguments, "--leave-own-out")[1]
    assert ask(*arguments)["exhaustive"]["matches"][0]["path"] == "thing_0.png"


def test_query_with_one_method(ask, small_db, picture):
    arguments = ["query", small_db.path, picture, "--box", box_of(0), "--scales", "1"]
    for method, other in (("lsh", "exhaustive"), ("exhaustive", "lsh")):
        found = ask(*arguments, "--method", method)
        assert set(found) == {method, "index_recall", "predicted_recall", "delta"} and other not in found
        assert found["index_recall"] is None and found[method]["matches"][0]["path"] == "thing_0.png"
        assert found["delta"] == small_db.engine.presets["same kind"], "the backbone's own, unless another is asked for"


def test_query_as_text(run, small_db, picture):
    arguments = ["query", small_db.path, picture, "--box", box_of(0), "--scales", "1"]
    status, out, err = run(*arguments, "--delta", "1.57", "--plan", "tables")
    assert (status, err) == (0, "")
    for word in (
        "lsh: ",
        "exhaustive: 6 photos within 1.57 rad",
        "thing_0.png",
        "plan tables: ",
        "index recall ",
        "missed ",
    ):
        assert word in out
    status, out, _ = run(*arguments, "--delta", "0.001")
    assert status == 0 and "lsh: 0 photos within 0.001 rad" in out and "nearest is 0." in out
    assert "too small" not in out


def test_query_says_which_scales_a_small_crop_cannot_have(run, small_db, picture):
    _, out, _ = run("query", small_db.path, picture, "--box", "10,10,30,30", "--scales", "0.5,1")
    assert "The crop is too small to be asked at ×0.5, ×1: it was asked at ×" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--delta", "nan"], "delta must be an angle between 0 and 3.1416 radians, got nan"),
        (["--delta", "4"], "delta must be an angle"),
        (["--delta", "-1"], "delta must be an angle"),
        (["--scales", "0"], "query scale must be between 0.1 and 4, got 0.0"),
        (["--scales", "1," * 12 + "1"], "choose 1 to 12 query scales, got 13"),
        (["--scales", "big"], "--scales takes numbers with commas between, such as 0.5,1; got 'big'"),
        (["--scales", ""], "--scales takes numbers"),
        (["--box", "1,2,three,4"], "--box takes numbers"),
        (["--box", "1,2,3"], "box must be four numbers"),
        (["--box", "90,90,10,10"], "covers less than 8 x 8 pixels of the 200 x 150 picture"),
        (["--box", "0,0,nan,50"], "covers less than 8 x 8 pixels"),
        (["--plan", "fast"], "plan must be one of auto"),
        (["--recall", "1"], "recall target must be between 0.5 and 0.9999"),
        (["--photos", "nowhere"], "there is no photo folder nowhere"),
    ],
)
def test_query_refuses_in_one_line(run, small_db, picture, options, said):
    fails(run("query", small_db.path, picture, *options), said)


def test_query_needs_a_picture(run, small_db, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for name in ("text.png", "nowhere.png", "."):
        fails(run("query", small_db.path, tmp_path / name), "")


# ---- build and add


def test_build_add_info_verify(run, ask, tiny_backbone, tmp_path):
    photos, db = write_photos(tmp_path / "photos", range(3)), tmp_path / "a.db"
    (photos / "broken.png").write_bytes(b"garbage")
    built = ask("build", photos, db, "--backbone", tiny_backbone)
    assert (built["images"], built["backbone"], built["dtype"]) == (3, "tiny", "float32")
    assert [entry["path"] for entry in built["unreadable"]] == ["broken.png"] and built["unreadable"][0]["reason"]
    status, out, _ = run("build", photos, db, "--backbone", tiny_backbone)
    assert status == 0 and "a.db: 3 photos, 357 vectors" in out and "passed over broken.png: " in out
    added = ask("add", db, write_photos(tmp_path / "more", [7, 8]))
    assert added["images"] == 5 and added["unreadable"] == []
    status, out, _ = run("add", db, tmp_path / "more")
    assert status == 0 and "a.db: 5 photos, 595 vectors" in out
    facts = ask("info", db)
    assert facts == {key: value for key, value in added.items() if key != "unreadable"}
    status, out, _ = run("info", db)
    assert status == 0 and all(key in out for key in facts)
    assert ask("verify", db) == {"files": 3 + 5 + 3, "ok": True}
    status, out, _ = run("verify", db)
    assert status == 0 and out == "11 files checked, all as written\n"


def test_build_in_half_precision(ask, tiny_backbone, tmp_path):
    photos = write_photos(tmp_path / "photos", range(2))
    built = ask("build", photos, tmp_path / "a.db", "--backbone", tiny_backbone, "--dtype", "float16")
    assert built["dtype"] == "float16"


def test_build_refuses_in_one_line(run, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("x")
    photos, db = write_photos(tmp_path / "photos", [0]), tmp_path / "a.db"
    fails(run("build", tmp_path / "empty", db), "the folder empty is empty")
    fails(run("build", tmp_path / "nowhere", db), "nowhere does not exist")
    fails(run("build", photos, tmp_path / "home"), "home exists and is no database")
    fails(run("build", photos, db, "--backbone", "vgg99"), "unknown backbone 'vgg99': choose one of efficientnet_lite0")
    fails(run("build", photos, db, "--dtype", "int8"), "float32 or float16, got 'int8'")
    fails(run("add", db, photos), "there is no database named a.db")
    assert not db.exists()


def test_a_stopped_build_says_that_it_goes_on(run, monkeypatch, tmp_path):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(RetrievalEngine, "build", interrupted)
    status, out, err = run("build", write_photos(tmp_path / "photos", [0]), tmp_path / "a.db")
    assert (status, out) == (1, "") and err.count("\n") == 1
    assert "stopped; what was done is kept, the same command goes on from there" in err


# ---- backbones


def test_backbones_lists_every_card(run, ask):
    cards = ask("backbones")
    assert [card["name"] for card in cards] == list(backbones.cards())
    for card in cards:
        assert {"title", "layers", "dim", "stride", "weights", "weights_bytes", "licence", "presets"} < set(card)
        assert len(card["weights_sha256"]) in (8, 64)
    assert cards[0]["weights_here"] is True
    status, out, _ = run("backbones")
    assert status == 0 and all(card["name"] in out and card["licence"] in out for card in cards)


# ---- weights


def test_weights_that_come_with_pip_are_checked(run, ask):
    assert ask("weights", backbones.DEFAULT) == {
        "name": backbones.DEFAULT,
        "weights_here": True,
        "published": True,
    }
    assert (
        run("weights", backbones.DEFAULT)[1] == f"the weights of {backbones.DEFAULT} are here and as they should be\n"
    )


def test_weights_are_taken_from_a_file(run, ask, small_vgg):
    path = save_state(small_vgg.state, small_vgg.folder.parent / "own.pth")
    assert ask("weights", "smallvgg", "--file", path) == {"name": "smallvgg", "weights_here": True, "published": False}
    status, out, _ = run("weights", "smallvgg")
    assert status == 0 and "here and fit, but come from a file other than https://" in out and out.count("\n") == 1


def test_weights_that_cannot_be_had_end_in_one_line(run, small_vgg, monkeypatch):
    fails(run("weights", "smallvgg", "--file", "nowhere.pth"), "cannot read nowhere.pth")
    fails(run("weights", backbones.DEFAULT, "--file", "any.pth"), "come with a package")
    fails(run("weights", "vgg99"), "unknown backbone 'vgg99'")
    small_vgg.published_at("http://127.0.0.1:9/smallvgg-{}.pth")  # nobody listens there
    fails(run("weights", "smallvgg"), "cannot download the weights of smallvgg")
    assert not small_vgg.folder.exists() or not list(small_vgg.folder.glob("[!.]*"))


# ---- damage


@pytest.fixture
def copy(small_db, tmp_path) -> Path:
    return Path(shutil.copytree(small_db.path, tmp_path / "copy.db"))


COMMANDS = [("info",), ("verify",), ("query", "picture.png"), ("add", "photos")]


def each_command(run, db: Path, said: str) -> None:
    for command, *arguments in COMMANDS:
        fails(run(command, db, *arguments), said)


def test_a_database_of_another_version(run, copy):
    pointer = json.loads((copy / manifest.POINTER).read_bytes())
    content = json.loads((copy / pointer["manifest"]).read_bytes()) | {"format": 99}
    text = json.dumps(content).encode()
    (copy / pointer["manifest"]).write_bytes(text)
    pointer["sha256"] = hashlib.sha256(text).hexdigest()
    (copy / manifest.POINTER).write_text(json.dumps(pointer))
    each_command(run, copy, "copy.db has format 99, this version reads format")


@pytest.mark.parametrize(
    "change",
    [
        {"backbone": "vgg99"},
        {"patches": {"windows": 9}},
        {"artefacts": {"index.lsh": {"config": {"n_tables": 10**9}}}},
        {"n_images": None},
        {"n_patches": "119"},
        {"n_segments": 9},
        {"n_images": 5},
    ],
)
def test_a_database_with_facts_that_do_not_fit(run, copy, change):
    pointer = json.loads((copy / manifest.POINTER).read_bytes())
    content = json.loads((copy / pointer["manifest"]).read_bytes())
    content["meta"] |= change
    text = json.dumps(content).encode()
    (copy / pointer["manifest"]).write_bytes(text)
    pointer["sha256"] = hashlib.sha256(text).hexdigest()
    (copy / manifest.POINTER).write_text(json.dumps(pointer))
    fails(run("info", copy), "copy.db")


def test_a_damaged_database_names_the_file(run, copy):
    vectors = next(copy.glob("vectors-*.npy"))
    data = bytearray(vectors.read_bytes())
    data[-1] ^= 1
    vectors.write_bytes(data)
    fails(run("verify", copy), f"copy.db: the file {vectors.name} is missing or damaged: restore it from a copy")
    vectors.unlink()
    each_command(run, copy, f"the file {vectors.name} is missing or damaged")


def test_what_is_no_database(run, tmp_path, small_db):
    each_command(run, tmp_path / "nowhere.db", "there is no database named nowhere.db")
    each_command(run, small_db.photos, "photos is not a database: it has no CURRENT file")


# ---- usage


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["build"],
        ["build", "photos"],
        ["query", "db"],
        ["query", "db", "image", "--method", "guess"],
        ["query", "db", "image", "--delta", "wide"],
        ["info", "db", "--unknown"],
        ["info"],
    ],
)
def test_wrong_usage(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "") and "Usage: " in err and "Traceback" not in err


def test_help_names_every_command(run):
    status, out, _ = run("--help")
    assert status == 0
    for command in ("build", "add", "query", "query-folder", "info", "verify", "backbones", "weights"):
        assert command in out
        assert run(command, "--help")[0] == 0


def test_version(run):
    assert run("--version") == (0, f"lookalike {lsh_engine.__version__}\n", "")


def test_too_little_memory_is_one_line(run, monkeypatch, small_db):
    def too_much(*args, **named):
        raise MemoryError

    monkeypatch.setattr(RetrievalEngine, "open", too_much)
    status, out, err = run("info", small_db.path)
    assert (status, out) == (1, "") and err.startswith("error: `info ") and err.count("\n") == 1
    assert "more memory than there is: ask for less" in err


def test_control_characters_of_names_do_not_reach_the_terminal(run, tmp_path):
    fails(run("info", tmp_path / "a\x1b[31m\nb.db"), "there is no database named a?[31m?b.db")


# ---- as a process of its own


def process(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "lsh_engine", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT
    )


def test_a_process_ends_with_the_status_and_without_a_traceback(small_db, tmp_path):
    done = process("info", small_db.path, "--json")
    assert (done.returncode, done.stderr) == (0, "") and json.loads(done.stdout)["images"] == 6
    done = process("info", tmp_path / "nowhere.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: there is no database named nowhere.db: check the path or build one\n"


def test_the_package_has_a_version():
    assert all(part.isdecimal() for part in lsh_engine.__version__.split("."))


# ---- evaluate


def test_evaluate_asks_for_every_box(ask, run, small_db, tmp_path):
    engine, file = small_db.engine, tmp_path / "boxes.json"
    things = [[{"kind": "odd" if i % 2 else "even", "box": BOXES[i]}] for i in range(engine.n_images)]
    photos = [{"file": engine.path(i), "objects": objects} for i, objects in enumerate(things)]
    file.write_text(json.dumps({"photos": photos}))
    assert ask("evaluate", "boxes", small_db.path, file)["queries"] == engine.n_images
    status, out, _ = run("evaluate", "boxes", small_db.path, file, "--kinds", "odd")
    assert status == 0 and out.count("\n") == 3 and f"| all | {engine.n_images // 2} |" in out
    fails(run("evaluate", "boxes", small_db.path, file, "--kinds", "none"), "no box to ask for")
    fails(run("evaluate", "boxes", small_db.path, small_db.path / "nothing.json"), "cannot read nothing.json")
