"""Experiments on a small database: what they give, what they keep, and that a stop costs no finished piece."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import small_photos
from small_photos import write_photos

from lookalike_charts import experiment_drawings, for_file, picture
from lsh_engine import BuildCancelled, EngineError, RetrievalEngine, delete_database
from lsh_engine.collection.upgrading import RESULTS
from lsh_engine.evaluation import machine, near_duplicates, scaling
from lsh_engine.evaluation.experiment_settings import EvaluationSettings
from lsh_engine.evaluation.experiment_text import as_text, busy_note
from lsh_engine.evaluation.experiments import evaluate_database
from lsh_engine.evaluation.labels import keep_labels, labels_of
from lsh_engine.evaluation.pools import vectors_of_images, whole_patch
from lsh_engine.evaluation.records import WORK, kept_records, only_run
from lsh_engine.evaluation.text_tables import as_csv
from lsh_engine.evaluation.transformations import TRANSFORMATIONS

NEAR = {"experiment": "near-duplicates", "n_queries": 2, "deltas": (0.4, 0.8), "targets": "bins"}


@pytest.fixture(scope="module")
def built(one_thread, tmp_path_factory):
    """24 photos of things in two folders, those of `bins` of one kind, and a database over them. Not to be changed."""
    folder = tmp_path_factory.mktemp("kinds")
    write_photos(folder / "kinds" / "bins", range(0, 48, 6))
    write_photos(folder / "kinds" / "others", [*(n for n in range(19) if n % 6), 50])
    small_photos.plug_in()
    RetrievalEngine.build(folder / "kinds", folder / "kinds.db", "tiny")
    small_photos.pull_out()
    return folder


@pytest.fixture
def db(built, tiny_backbone, tmp_path):
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path / "kinds.db"


@pytest.fixture
def labelled(db):
    return RetrievalEngine.open(db)


def test_near_duplicates_from_beginning_to_end(labelled, db):
    calls = []
    record = evaluate_database(db, EvaluationSettings(**NEAR), lambda *call: calls.append(call))
    rows = {(row["method"], row["delta"]): row for row in record.tables["ranges"]}
    assert len(rows) == 6 and all(row["index_precision"] in (1.0, None) for row in rows.values())
    exhaustive = rows["exhaustive", 0.8]
    n_others = labelled.n_images - 2
    assert exhaustive["prevalence"] == pytest.approx(len(TRANSFORMATIONS) / (len(TRANSFORMATIONS) + n_others))
    assert rows["LSH auto", 0.8]["index_recall"] >= 0.95 and rows["LSH auto", 0.8]["seeds"] == 5
    edits = {
        (row["transformation"], row["strength"]): row
        for row in record.tables["transformations"]
        if (row["method"], row["delta"]) == ("exhaustive", 0.8)
    }
    assert len(edits) == len(TRANSFORMATIONS)
    assert edits["paste, cover", 1.0]["recall"] == edits["JPEG quality", 90]["recall"] == 1.0
    assert edits["paste, cover", 1.0]["median_angle"] < 0.01 < edits["paste, cover", 0.25]["median_angle"]
    over = {(row["over"], round(row["value"], 2)): row["median"] for row in record.tables["angles"]}
    assert over["query scale", 1.0] == 0 < over["query scale", 2.0]
    assert {"describe copies", "LSH, draws of hyperplanes"} <= {stage for _, _, stage in calls}
    assert record.ran_on["database"] == "kinds.db" and record.ran_on["backbone"] == "tiny"


def test_a_stopped_run_goes_on_where_it_stopped(db, monkeypatch):
    def stop(done, total, stage):
        if (done, stage) == (1, "describe copies"):
            raise BuildCancelled("stop")

    with pytest.raises(BuildCancelled):
        evaluate_database(db, EvaluationSettings(**NEAR), stop)
    assert kept_records(db) == []
    described, describe = [], near_duplicates._describe
    monkeypatch.setattr(near_duplicates, "_describe", lambda *asked: described.append(asked[2]) or describe(*asked))
    record = evaluate_database(db, EvaluationSettings(**NEAR))
    assert len(described) == 1, "one of the two was there"
    assert {path.name for path in (db / WORK).iterdir()} <= {"near-duplicates.lock"}, "nothing unfinished is left"
    assert RetrievalEngine.open(db).collection.artefacts("evaluation")[0].name == f"evaluation.{record.name}"
    again = evaluate_database(db, EvaluationSettings(**NEAR))
    assert len(described) == 3 and again.tables == record.tables


def test_other_settings_start_afresh(db, monkeypatch):
    def stop(done, total, stage):
        if done:
            raise BuildCancelled("stop")

    with pytest.raises(BuildCancelled):
        evaluate_database(db, EvaluationSettings(**NEAR), stop)
    described, describe = [], near_duplicates._describe
    monkeypatch.setattr(near_duplicates, "_describe", lambda *asked: described.append(asked[2]) or describe(*asked))
    evaluate_database(db, EvaluationSettings(**NEAR | {"deltas": (0.5,)}))
    assert len(described) == 2


@pytest.mark.parametrize("patches", [False, True])
def test_similar_images_by_folder(labelled, db, patches):
    record = evaluate_database(
        db, EvaluationSettings(experiment="similar", targets="bins", patches=patches, deltas=(0.8,))
    )
    row = record.tables["ranges"][0]
    assert row["n_queries"] == 8 and row["prevalence"] == pytest.approx(7 / (labelled.n_images - 1))
    assert record.tables["ranking"][-1]["k"] is None and 0 < record.tables["ranking"][-1]["map"] <= 1
    assert "labels" not in record.tables, "there is only one"
    assert record.ran_on["asked_among"] == ("119 patches a photo" if patches else "one vector a photo")
    assert record.published["table"][-1]["note"]


def test_without_a_target_every_label_is_asked_for(db):
    record = evaluate_database(db, EvaluationSettings(experiment="similar", deltas=(0.8,), n_queries=20))
    rows = record.tables["labels"]
    assert {row["label"] for row in rows} == {"bins", "others"} and sum(row["n_queries"] for row in rows) == 20
    assert rows[0]["map"] >= rows[1]["map"] and "labels" in experiment_drawings(record)


def test_labels(tmp_path):
    paths = ["a/horses/1.jpg", "horses/2.jpg", "b/3.jpg", "4.jpg"]
    settings = EvaluationSettings(experiment="similar")
    assert labels_of(paths, settings) == ["horses", "horses", "b", ""]
    assert labels_of(paths, EvaluationSettings(experiment="similar", targets="a")) == ["a", "horses", "b", ""]
    assert labels_of(paths, EvaluationSettings(experiment="similar", left_out=("b",)))[2] is None
    file = tmp_path / "labels.csv"
    file.write_text("file,label\n1.jpg,bin\nhorses/2.jpg,unclear\n")
    told = EvaluationSettings(experiment="similar", labels=str(file), left_out=("unclear",))
    assert labels_of(paths, told) == ["bin", None, "", ""]
    file.write_text("photo;kind\n")
    with pytest.raises(EngineError, match="expected a CSV file in UTF-8 with columns file and label"):
        labels_of(paths, told)
    file.write_bytes(b"path,label\r\n4.jpg, bin \r\nhorses\\2.jpg\r\n")
    assert labels_of(paths, EvaluationSettings(experiment="similar", labels=str(file))) == [
        "",
        "",
        "",
        "bin",
    ]
    file.write_text("file,label\nelsewhere.jpg,bin\n")
    with pytest.raises(EngineError, match="names no photo"):
        labels_of(paths, told)
    with pytest.raises(EngineError, match="cannot read none.csv"):
        labels_of(paths, EvaluationSettings(experiment="similar", labels=str(tmp_path / "none.csv")))


def test_an_uploaded_list_is_kept_once_and_only_where_it_is_one(labelled, db):
    content = b"file,label\n" + b"".join(f"thing_{n}.png,{'even' if n % 4 else 'odd'}\n".encode() for n in range(24))
    kept = keep_labels(labelled, content, "../../mine.csv")
    assert keep_labels(labelled, content, "again.csv") == kept
    (artefact,) = RetrievalEngine.open(db).collection.artefacts("labels")
    assert artefact.name == kept and RetrievalEngine.open(db).collection.read(kept, "labels.csv") == content
    record = evaluate_database(db, EvaluationSettings(experiment="similar", deltas=(0.8,), labels=kept))
    assert {row["label"] for row in record.tables["labels"]} == {"even", "odd"}
    for wrong, told in ((b"\xff\xfe", "no list of labels"), (b"file,label\nx.png,y\n", "names no photo")):
        with pytest.raises(EngineError, match=told):
            keep_labels(labelled, wrong, "wrong.csv")
    with pytest.raises(EngineError, match="25 MB: lists of up to 20 MB"):
        keep_labels(labelled, bytes(25_000_000), "huge.csv")
    assert len(RetrievalEngine.open(db).collection.artefacts("labels")) == 1 and kept_records(db) == [record]
    delete_database(db)


def test_near_duplicates_are_told_and_counted_nowhere(labelled, db, monkeypatch):
    settings = EvaluationSettings(experiment="similar", targets="bins", deltas=(0.8,))
    whole = evaluate_database(db, settings)
    assert "this database has no preset “same picture”" in as_text(whole) and whole.tables["left-out"][0]["pairs"] == 0
    bins = [i for i in range(labelled.n_images) if "bins" in labelled.path(i)]
    rows = vectors_of_images(labelled.collection, np.array(bins), False)
    angles = np.sort(np.arccos(np.clip(rows @ rows.T, -1, 1))[np.triu_indices(len(bins), 1)])
    nearest = float(angles[0] + angles[1]) / 2  # one pair, asked from both sides
    monkeypatch.setattr(RetrievalEngine, "presets", property(lambda self: {"same picture": nearest}))
    record = evaluate_database(db, settings)
    (counts,) = record.tables["left-out"]
    assert (counts["pairs_of_one_label"], counts["n_queries"]) == (2, 8) and counts["pairs"] >= 2
    n_pairs = 8 * (labelled.n_images - 1) - counts["pairs"]
    assert record.tables["ranges"][0]["prevalence"] == pytest.approx((8 * 7 - 2) / n_pairs, rel=1e-4)
    assert f"{counts['pairs']} pairs, 2 of them of one label" in as_text(record)


def test_the_same_experiment_runs_once_at_a_time(db):
    settings = EvaluationSettings(experiment="similar", targets="bins", deltas=(0.8,))
    with only_run(db, "similar"):
        with pytest.raises(EngineError, match="kinds.db is busy: similar runs on it already"):
            evaluate_database(db, settings)
        evaluate_database(db, EvaluationSettings(**NEAR))
    first, second = evaluate_database(db, settings), evaluate_database(db, settings)
    assert first.name != second.name and first.tables == second.tables


def test_growth_times_every_size_once(db, monkeypatch):
    sizes, measure = [], scaling.measure
    monkeypatch.setattr(
        scaling, "measure", lambda data, *rest, **more: sizes.append(len(data)) or measure(data, *rest, **more)
    )
    settings = EvaluationSettings(experiment="growth", sizes=(2000, 1000), n_queries=3, deltas=(0.4,))

    def stop(done, total, stage):
        if sizes == [1000, 2000]:
            raise BuildCancelled("stop")

    with pytest.raises(BuildCancelled):
        evaluate_database(db, settings, stop)
    record = evaluate_database(db, settings)
    assert sizes == [1000, 2000, 2000], "the smallest first, and what was measured is kept"
    rows = record.tables["growth"]
    assert [row["n_vectors"] for row in rows] == [1000] * 3 + [2000] * 3
    assert {row["index"] for row in rows} == {"exhaustive", "LSH k=20 L=50", "LSH auto"}
    assert all(row["ratio_of_medians"] == 1 for row in rows if row["index"] == "exhaustive")


@pytest.mark.parametrize("signed", [True, False])
def test_resampled_vectors_are_like_those_they_are_drawn_from(signed):
    random = np.random.default_rng(0)
    base = random.standard_normal((50, 512)) if signed else np.maximum(random.standard_normal((50, 512)), 0)
    base = (base / np.linalg.norm(base, axis=1, keepdims=True)).astype(np.float32)
    rows = scaling.resampled(base, 300, np.random.default_rng(1))
    assert rows.dtype == np.float32 and np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    nearest = np.arccos((rows @ base.T).max(axis=1))
    assert np.median(nearest) == pytest.approx(np.arccos(np.exp(-(scaling.SPREAD**2) / 2)), abs=0.05)
    assert (rows.min() < 0) == signed
    assert (rows == scaling.resampled(base, 300, np.random.default_rng(1))).all()


def test_the_whole_patch_spans_the_photo(labelled):
    database = labelled.collection
    boxes = labelled.patch_boxes(3)
    assert boxes[whole_patch(database)] == (0, 0, *labelled.image_size(3))
    rows = vectors_of_images(database, np.array([3, 0, 3]), False)
    assert rows.shape == (3, 24) and (rows[0] == rows[2]).all() and not (rows[0] == rows[1]).all()


def test_a_database_without_whole_photos_says_so(make):
    from lsh_engine import PatchConfig

    engine = make("parts.db", patches=PatchConfig.of_sizes((0.5,)))
    with pytest.raises(EngineError, match="no patch of parts.db spans a whole photo"):
        whole_patch(engine.collection)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"experiment": "else"}, "an experiment is one of"),
        ({"seeds": 4}, "seeds must be a whole number from 5"),
        ({"deltas": (4.0,)}, "delta must be an angle"),
        ({"n_queries": 1}, "number of queries"),
        ({"n_hyperplanes": 40}, "n_hyperplanes"),
    ],
)
def test_settings_that_cannot_be(changes, told):
    with pytest.raises(EngineError, match=told):
        EvaluationSettings(**{"experiment": "similar"} | changes)


def test_experiments_that_cannot_be(db, make):
    with pytest.raises(EngineError, match="lies in a folder named 'none'"):
        evaluate_database(db, EvaluationSettings(**NEAR | {"targets": "none"}))
    with pytest.raises(EngineError, match="no two photos of the label 'none'"):
        evaluate_database(db, EvaluationSettings(experiment="similar", targets="none"))
    with pytest.raises(EngineError, match="the experiment needs two to ask for and 20 others"):
        evaluate_database(make("few.db").collection.root, EvaluationSettings(experiment="near-duplicates"))


# ---- what is kept and told


def test_results_are_kept_with_the_database_and_go_with_it(db):
    record = evaluate_database(
        db, EvaluationSettings(experiment="similar", targets="bins", deltas=(0.8,), note="trial")
    )
    assert kept_records(db) == [record] and record.ran_on["note"] == "trial"
    (artefact,) = RetrievalEngine.open(db).collection.artefacts("evaluation")
    assert artefact.config["targets"] == "bins" and artefact.current and record.current
    assert RetrievalEngine.open(db).verify() > 0
    delete_database(db)


def test_text_tables_and_charts(labelled, db):
    record = evaluate_database(db, EvaluationSettings(**NEAR))
    text = as_text(record)
    assert f"kinds.db: {labelled.n_images} photos, one vector a photo; tiny" in text and "[1] The source's" in text
    assert "an empty answer has accuracy" in text and "5 draws of hyperplanes" in text
    assert "LSH auto over LSH k=20 L=50" in text and "(paired, 95 %)" in text
    lines = as_csv(record.tables["ranges"]).splitlines()
    assert len(lines) == 7 and "macro_recall_interval_low,macro_recall_interval_high" in lines[0]
    charts = experiment_drawings(record)
    assert set(charts) == {"recall-precision", "precision-recall", "ranking", "transformations", "angles"}
    assert for_file(charts["angles"], dark=True).background != for_file(charts["angles"]).background
    assert picture(charts["angles"], ".png").startswith(b"\x89PNG")
    assert b"Cover rate" in picture(charts["angles"], ".svg")


def test_results_of_other_photos_are_told_as_such(db, tmp_path, run):
    record = evaluate_database(db, EvaluationSettings(experiment="similar", targets="bins", deltas=(0.8,)))
    write_photos(tmp_path / "more", [60])
    RetrievalEngine.open(db).add(tmp_path / "more")
    (kept,) = kept_records(db)
    assert kept == record and not kept.current
    assert run("evaluate", "kept", db)[1].rstrip().endswith("one vector a photo, before the photos changed")


def test_results_of_a_database_of_the_former_format_stay_readable(db):
    record = evaluate_database(db, EvaluationSettings(experiment="similar", targets="bins", deltas=(0.8,)))
    (db / RESULTS).mkdir()
    (db / RESULTS / "similar-20260101-000000.json").write_text(json.dumps(record.to_dict()))
    (db / RESULTS / "garbage.json").write_text("{}")
    assert [(one.name, one.tables == record.tables, one.current) for one in kept_records(db)] == [
        (record.name, True, True),
        ("similar-20260101-000000", True, False),
    ]


def test_growth_that_memory_cannot_hold_is_refused_before_the_work(db, run, monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 3_000_000_000)
    status, told, error = run("evaluate", "growth", db, "--size", 10_000_000)
    assert (status, told) == (1, "") and error.startswith("error: 10,000,000 vectors of 24 numbers need about ")
    assert "3.0 GB are free: ask for at most" in error and kept_records(db) == []


def test_the_demo_has_results_of_its_own_state():
    """tools.make_demo runs them again where the demo's photos change."""
    demo = Path(__file__).parents[1] / "assets" / "demo.db"
    records = kept_records(demo)
    assert {record.experiment for record in records} >= {"near-duplicates", "similar", "growth"}
    for record in records:
        assert record.current and experiment_drawings(record) and as_text(record)
        assert len(json.dumps(record.to_dict())) < 300_000


@pytest.mark.parametrize(("load", "busy"), [(None, False), (1.2, False), (2.4, False), (8.0, True)])
def test_times_from_a_busy_machine_say_so(load, busy):
    told = busy_note({"load": load, "cores": 2})
    assert (told is not None) == busy and (not busy or "load 8 on 2 cores" in told)


def test_a_cell_that_begins_a_formula_is_text():
    assert as_csv([{"label": "=1+1", "x": None}]) == "label,x\n'=1+1,\n"
