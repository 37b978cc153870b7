"""Which experiment to run, and how. It runs in a process of its own; its card shows how far it is."""

from dataclasses import asdict

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lsh_engine import (
    EngineError,
    EvaluationSettings,
    Request,
    foresee_evaluation,
    keep_evaluation_labels,
    seconds_per_copy,
    start_job,
)

from ..common.catalog import Database
from ..common.job_cards import busy
from ..common.measuring import Measuring, watch
from ..common.messages import show_error
from ..common.permissions import may_change
from ..common.text import count, long_duration, plain
from ..common.widgets import choose_one

NAMES = {"near-duplicates": "Near duplicates", "similar": "Similar photos", "growth": "Time over size"}
TEXTS = {
    "near-duplicates": "Some photos are edited in 37 ways (cropped, recompressed, rotated, pasted on others, …). Each "
    "asks for its copies among nine times as many other photos, so that 10 % should be found.",
    "similar": "Every photo asks for its kind: the photos in folders of the same name, or with the same label in a "
    "list of yours. Near duplicates of it count neither as found nor as wrong.",
    "growth": "Descriptors like those of this database, up to a million: how long does one query take?",
}
QUERIES = {"near-duplicates": 24, "similar": 200, "growth": 100}
SIZES = (10_000, 50_000, 200_000, 1_000_000)


def experiment_form(database: Database) -> None:
    if not may_change(database.path):
        st.info(
            "Experiments cannot be started on this database here: it is only read. The command "
            "`python -m lsh_engine evaluate` runs them anywhere.",
            icon=":material/lock:",
        )
        return
    experiment = choose_one("Experiment", NAMES, "evaluation-which", show_label=True)
    st.caption(TEXTS[experiment])
    with st.expander("Settings", icon=":material/tune:"):
        labels = _labels() if experiment == "similar" else {}
        chosen = _settings(experiment)
    working = busy(database.path)
    if experiment == "near-duplicates" and not working:
        _foreseen(database, chosen)
    if st.button("Run", key="evaluation-run", type="primary", icon=":material/play_arrow:", disabled=working):
        try:
            _start(database, experiment, chosen, **labels)
        except (EngineError, ValueError) as error:
            show_error(error)
            return
        st.rerun()
    if working:
        st.caption(":material/hourglass_top: A job works on this database. Its card above shows how far it is.")


def _foreseen(database: Database, chosen: dict) -> None:
    """How long it will take, before it is begun: a few copies are made on the clock, once."""
    shelf = _clock(database.key)
    if not shelf:
        shelf.append(Measuring(lambda progress: seconds_per_copy(database.engine, lambda i, n, _: progress(i, n))))
    clock = shelf[0]
    if not watch(clock, "Making a few copies on the clock, to tell how long all will take: round"):
        return
    try:
        if clock.problem:
            raise clock.problem
        part = {name: chosen[name] for name in ("n_queries", "targets", "patches")}
        settings = EvaluationSettings(experiment="near-duplicates", **part)
        foreseen = foresee_evaluation(database.engine, settings, clock.result)
    except EngineError as error:
        st.caption(f":material/info: {plain(error, 300)}")
        return
    st.caption(
        f":material/timer: **About {long_duration(foreseen.seconds)}** on this machine as busy as it is now: "
        f"{count(foreseen.sources, 'photo')}, {foreseen.pictures:,} pictures to describe. It goes on when you leave."
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _clock(key: str) -> list[Measuring]:
    """Where the one measurement of a database is kept, for all visitors."""
    return []


def _start(
    database: Database, experiment: str, chosen: dict, labels: UploadedFile | None = None, left_out: str = ""
) -> None:
    """labels: an uploaded list. It is kept with the database, since the job goes on when the page is closed."""
    chosen = chosen | {"deltas": numbers(chosen["deltas"])}
    if labels is not None:
        chosen["labels"] = keep_evaluation_labels(database.engine, labels.getvalue(), labels.name)
    chosen["left_out"] = tuple(name for part in left_out.split(",") if (name := part.strip()))
    settings = EvaluationSettings(experiment=experiment, **chosen)
    start_job(database.path, Request(kind="evaluate", evaluation=asdict(settings)))


def _labels() -> dict:
    """An uploaded list of labels, and the labels that no score counts."""
    # No `type=`: a wrong extension would fail inside Streamlit. What a file is, its content tells.
    labels = st.file_uploader(
        "Labels from a list (CSV) instead of folders",
        help="Two columns: file (the photo's path or name) and label. Photos that it does not name are among those "
        "asked, but nobody's targets. It is kept with the database.",
        key="evaluation-labels",
    )
    left_out = st.text_input(
        "Labels that no score counts",
        placeholder="none",
        help="With commas between, such as unclear, other.",
        key="evaluation-left-out",
    )
    return {"labels": labels, "left_out": left_out}


def _settings(experiment: str) -> dict:
    """What the widgets say, as `EvaluationSettings` takes it; the deltas as text."""
    default = QUERIES[experiment]
    chosen = {
        "n_queries": st.number_input("Queries", 2, 1000, default, key=f"evaluation-queries-{experiment}"),
        "deltas": st.text_input(
            "Deltas (rad)",
            placeholder="the published ones and this database's presets",
            help="Numbers with commas between, such as 0.4, 0.8. Delta is the largest angle of a match.",
            key="evaluation-deltas",
        ),
        "n_hyperplanes": st.number_input("k, hyperplanes of a table", 1, 32, 20, key="evaluation-k"),
        "n_tables": st.number_input("L, tables", 1, 500, 50, key="evaluation-l"),
    }
    if experiment == "growth":
        sizes = st.pills("Vectors", SIZES, selection_mode="multi", default=SIZES, format_func="{:,}".format)
        return chosen | {"sizes": tuple(sizes) or SIZES}
    only = "Ask only for this label or folder" if experiment == "similar" else "Ask only for photos in this folder"
    target = st.text_input(
        only, placeholder="all", help="A name, such as bins. It may lie anywhere in a path.", key="evaluation-targets"
    )
    chosen["targets"] = target.strip() or None
    chosen["seeds"] = st.number_input(
        "Draws of hyperplanes",
        5,
        50,
        5,
        help="LSH is random: the spread between draws is shown.",
        key="evaluation-seeds",
    )
    chosen["patches"] = st.toggle(
        "Ask among all patches, as a search does",
        help="Off: one vector a photo, as in the publication. On: every patch, at several query scales; slower.",
        key="evaluation-patches",
    )
    return chosen


def numbers(text: str) -> tuple[float, ...]:
    """'0.4, 0.8' -> (0.4, 0.8). Raises EngineError for anything else."""
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise EngineError("deltas are numbers with commas between, such as 0.4, 0.8") from None
