"""The Evaluation page under AppTest: kept results, what was published, settings that start a job."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from job_help import note_job
from page_data import N_PHOTOS, checked, texts
from page_data import tiny as tiny  # a fixture
from streamlit.testing.v1 import AppTest

from lsh_engine import (
    EngineError,
    EvaluationSettings,
    Job,
    Request,
    RetrievalEngine,
    evaluate_database,
    read_job,
    seconds_per_copy,
)
from lsh_engine.evaluation import near_duplicates
from lsh_engine.evaluation.transformations import TRANSFORMATIONS
from lsh_engine.running.job import State
from lsh_engine.running.worker import run_job
from pages.common import catalog
from pages.common.job_cards import progress_text
from pages.common.text import long_duration
from pages.evaluation import experiment_form, results_view
from pages.evaluation.experiment_form import numbers
from pages.evaluation.results_view import title_of

PAGE = str(Path(__file__).parents[1] / "pages" / "4_Evaluation.py")


@pytest.fixture
def home(tiny, tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(catalog, "DEMO", tmp_path / "no-demo.db")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny, tmp_path / "dbs" / "tiny.db")
    monkeypatch.setenv(catalog.VARIABLE, str(tmp_path / "dbs"))
    return tmp_path / "dbs"


@pytest.fixture
def similar(home, tmp_path) -> dict:
    """EvaluationSettings of the quickest experiment: odd photos and even ones."""
    labels = tmp_path / "labels.csv"
    lines = [f"photo_{i}.jpg,{'odd' if i % 2 else 'even'}" for i in range(N_PHOTOS)]
    labels.write_text("\n".join(["file,label", *lines]))
    return {"experiment": "similar", "labels": str(labels), "deltas": [0.4, 1.0], "note": "a *trial*"}


def opened() -> AppTest:
    return checked(AppTest.from_file(PAGE, default_timeout=60).run())


def test_without_results_the_page_says_so(home):
    at = opened()
    assert "None are kept" in texts(at) and at.button(key="evaluation-run")


def test_a_link_chooses_the_database_and_the_address_says_it(home):
    shutil.copytree(home / "tiny.db", home / "another.db")
    assert opened().query_params["database"] == "another", "the first by name"
    at = AppTest.from_file(PAGE, default_timeout=60)
    at.query_params["database"] = "tiny"
    at.run()
    assert not at.exception and at.query_params["database"] == "tiny"
    picker = next(box for box in at.sidebar.selectbox if box.label == "Database")
    assert picker.value == "tiny"


def test_kept_results_stand_beside_what_was_published(home, similar):
    kept = evaluate_database(home / "tiny.db", EvaluationSettings(**similar))
    at = opened()
    ours, differences, theirs = (frame.value for frame in at.dataframe)
    assert len(ours) == 6 and set(ours["Method"]) == {"exhaustive", "LSH k=20 L=50", "LSH auto"}
    nothing = ours[(ours["P"] == "–")]
    assert set(nothing["P of"]) == {f"0 of {N_PHOTOS} queries"}, "the precision of nothing is a dash"
    assert set(theirs["R"]) >= {"12.0%", "15.0%", "–"} and "cannot be right" in texts(at)
    assert "Run on tiny" in texts(at) and "5 draws" in texts(at)
    assert list(differences)[1:] == [
        "LSH k=20 L=50 over exhaustive",
        "LSH auto over exhaustive",
        "LSH auto over LSH k=20 L=50",
    ]
    assert len(differences) == 2 and differences.iloc[0, 2] == "+0.0 (+0.0 to +0.0)"
    assert re.search(r"Share of the targets found at delta 1 rad: exhaustive \*\*\d+\.\d%\*\*, LSH k=20", texts(at))
    assert "Near duplicates, within 0.60 rad" in texts(at)
    assert len(at.get("download_button")) == 1 + 2 + 4 * 3, "JSON, two tables, and the charts with their rows"
    assert len(at.get("vega_lite_chart")) == 3 + 1 + 1 + 1
    assert title_of(kept).startswith("Similar photos · ") and title_of(kept).endswith("a *trial*")


def test_results_of_other_photos_are_marked(home, similar, monkeypatch):
    kept = evaluate_database(home / "tiny.db", EvaluationSettings(**similar))
    assert kept.current and not opened().main.warning
    monkeypatch.setattr(results_view, "kept_evaluations", lambda path: [replace(kept, current=False)])
    assert opened().main.warning


def test_times_stand_beside_the_published_ones(home):
    settings = EvaluationSettings(experiment="growth", sizes=(1000, 2000), n_queries=2, deltas=(0.4,))
    evaluate_database(home / "tiny.db", settings)
    at = opened()
    told = texts(at)
    assert "At 2,000 vectors" in told and "230 ms and 19 ms, **12.1×**, at 200,000" in told
    assert len(at.dataframe[0].value) == 6 and len(at.get("vega_lite_chart")) == 1


def test_a_database_that_is_not_ours_shows_results_only(home, similar, monkeypatch):
    evaluate_database(home / "tiny.db", EvaluationSettings(**similar))
    monkeypatch.setenv("LOOKALIKE_BUILDS", "off")
    at = opened()
    assert not [button for button in at.button if button.key == "evaluation-run"]
    assert "only read" in texts(at) and at.dataframe


def test_settings_become_a_request(home, monkeypatch):
    started = []
    monkeypatch.setattr(experiment_form, "start_job", lambda path, request: started.append((path, request)))
    at = opened()
    at.segmented_control(key="evaluation-which").set_value("similar").run()
    at.text_input(key="evaluation-deltas").set_value("0.4, 0.8")
    at.text_input(key="evaluation-targets").set_value(" bins ")
    at.toggle(key="evaluation-patches").set_value(True)
    at.button(key="evaluation-run").click().run()
    ((path, request),) = started
    assert Path(path).name == "tiny.db" and request.kind == "evaluate"
    settings = EvaluationSettings(**request.evaluation)
    assert (settings.experiment, settings.deltas, settings.targets) == ("similar", (0.4, 0.8), "bins")
    assert settings.patches and settings.n_queries == 200
    at.text_input(key="evaluation-deltas").set_value("near")
    at.button(key="evaluation-run").click().run()
    assert "deltas are numbers" in texts(at) and not at.exception


def test_an_uploaded_list_of_labels_goes_with_the_request(home, similar, monkeypatch):
    started = []
    monkeypatch.setattr(experiment_form, "start_job", lambda path, request: started.append(request.evaluation))
    at = opened()
    at.segmented_control(key="evaluation-which").set_value("similar").run()
    content = Path(similar["labels"]).read_bytes()
    at.file_uploader(key="evaluation-labels").upload("../../*mine*.csv", content, "text/csv").run()
    at.text_input(key="evaluation-left-out").set_value("unclear, odd,")
    at.button(key="evaluation-run").click().run()
    (asked,) = started
    collection = RetrievalEngine.open(home / "tiny.db").collection
    assert collection.artefact(asked["labels"]).kind == "labels"
    assert collection.read(asked["labels"], "labels.csv") == content
    assert asked["left_out"] == ("unclear", "odd")
    at.file_uploader(key="evaluation-labels").upload("notes.txt", b"nothing").run()
    at.button(key="evaluation-run").click().run()
    assert len(started) == 1 and "notes.txt is no list of labels" in texts(at) and not at.exception


def test_numbers():
    assert numbers("") == () and numbers("0.4,1, ") == (0.4, 1.0)
    with pytest.raises(EngineError, match="numbers with commas"):
        numbers("x")


def test_an_experiment_as_a_job(home, similar):
    root = home / "tiny.db"
    run_job(note_job(root, Request(kind="evaluate", evaluation=similar)))
    job = read_job(root)
    assert job.status == "done" and job.state.message.startswith("finished, kept as similar-")
    running = State(status="running", stage="LSH, draws of hyperplanes", done=3, total=20)
    assert progress_text(replace(job, state=running)) == "LSH, draws of hyperplanes: 3 of 20 steps"
    assert isinstance(job, Job) and "Evaluation" in texts(opened())


def test_a_headline_of_nothing_says_what_is_missing(home, similar):
    """At so small a delta no other photo lies: three times 0.0 % would explain nothing."""
    kept = evaluate_database(home / "tiny.db", EvaluationSettings(**similar | {"deltas": [0.01]}))
    assert {row["recall"] for row in kept.tables["ranges"]} == {0.0}
    headline = results_view._in_short(kept)
    assert (
        "nothing is found" in headline and "up to 0.01 rad: ask at larger ones" in headline and "0.0%" not in headline
    )
    rows = [row | {"delta": 1.2, "recall": 0.5} for row in kept.tables["ranges"]]
    wider = replace(
        kept, tables={"ranges": [*kept.tables["ranges"], *rows]}, ran_on=kept.ran_on | {"presets": {"same kind": 0.01}}
    )
    assert "finds some is 1.2 rad: exhaustive **50.0%**" in results_view._in_short(wider)


def test_near_duplicates_tell_how_long_they_take_before_the_press(home, monkeypatch):
    monkeypatch.setattr(experiment_form, "seconds_per_copy", lambda engine, progress: 0.5)
    monkeypatch.setattr(near_duplicates, "LEAST_OTHERS", 2)
    at = opened()
    sources = N_PHOTOS - 2
    pictures = sources * (len(TRANSFORMATIONS) + len(near_duplicates.RATIOS))
    assert f"{sources} photos, {pictures} pictures" in texts(at)
    assert f"About {long_duration(pictures * 0.5)}" in texts(at).replace("*", "")
    at.number_input(key="evaluation-queries-near-duplicates").set_value(2)
    fewer = checked(at.run())
    assert f"2 photos, {pictures // 2} pictures" in texts(fewer)


def test_too_few_photos_are_told_before_the_press(home):
    at = opened()
    for _ in range(50):
        if "the experiment needs two to ask for" in texts(at):
            return
        at = checked(at.run())
    pytest.fail("the page did not say that there are too few photos")


def test_a_copy_takes_time(tiny, monkeypatch):
    monkeypatch.setattr(near_duplicates, "LEAST_OTHERS", 2)
    engine, seen = RetrievalEngine.open(tiny), []
    each = seconds_per_copy(engine, lambda *told: seen.append(told))
    assert 0 < each < 30 and [done for done, _, _ in seen] == [0, 1]
