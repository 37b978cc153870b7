"""Which experiment to run, and how. It runs in a process of its own; its card shows how far it is."""

from dataclasses import asdict

import streamlit as st

from lsh_engine import EngineError, EvaluationSettings, Request, start_job

from .databases import Database
from .jobs import busy
from .places import is_ours_to_change
from .text import plain

NAMES = {
    "near-duplicates": "Near duplicates",
    "similar": "Similar photos",
    "growth": "Time over size",
}
TEXTS = {
    "near-duplicates": "Some photos are edited in 37 ways (cropped, recompressed, rotated, pasted on others, …). Each "
    "asks for its copies among nine times as many other photos, so that 10 % should be found.",
    "similar": "Every photo asks for those in folders of the same name. The folder is the label.",
    "growth": "Descriptors like those of this database, up to a million: how long does one query take?",
}
QUERIES = {"near-duplicates": 24, "similar": 200, "growth": 100}
SIZES = (10_000, 50_000, 200_000, 1_000_000)


def ask(database: Database) -> None:
    if not is_ours_to_change(database.path):
        st.info(
            "Experiments cannot be started on this database here: it is only read. The command "
            "`python -m lsh_engine evaluate` runs them anywhere.",
            icon=":material/lock:",
        )
        return
    experiment = st.segmented_control(
        "Experiment",
        list(NAMES),
        required=True,
        default="near-duplicates",
        format_func=NAMES.get,
        key="evaluation-which",
    )
    st.caption(TEXTS[experiment])
    with st.expander("Settings", icon=":material/tune:"):
        settings = _settings(experiment)
    working = busy(database.path)
    if st.button("Run", key="evaluation-run", type="primary", icon=":material/play_arrow:", disabled=working):
        try:
            request = Request(kind="evaluate", evaluation=asdict(EvaluationSettings(experiment=experiment, **settings)))
            start_job(database.path, request)
        except (EngineError, ValueError) as error:
            st.error(plain(error, 300), icon=":material/error:")
            return
        st.rerun()
    if working:
        st.caption(":material/hourglass_top: A job works on this database. Its card above shows how far it is.")


def _settings(experiment: str) -> dict:
    """What the widgets say, as `EvaluationSettings` takes it."""
    default = QUERIES[experiment]
    chosen = {
        "n_queries": st.number_input("Queries", 2, 1000, default, key=f"evaluation-queries-{experiment}"),
        "deltas": numbers(
            st.text_input(
                "Deltas (rad)",
                placeholder="the published ones and this database's presets",
                help="Numbers with commas between, such as 0.4, 0.8. Delta is the largest angle of a match.",
                key="evaluation-deltas",
            )
        ),
        "n_hyperplanes": st.number_input("k, hyperplanes of a table", 1, 32, 20, key="evaluation-k"),
        "n_tables": st.number_input("L, tables", 1, 500, 50, key="evaluation-l"),
    }
    if experiment == "growth":
        sizes = st.pills("Vectors", SIZES, selection_mode="multi", default=SIZES, format_func="{:,}".format)
        return chosen | {"sizes": tuple(sizes) or SIZES}
    target = st.text_input(
        "Ask only for photos below a folder of this name", placeholder="all", key="evaluation-targets"
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
