"""Work that goes on in processes of its own: how far each is, with cancel and resume. Polled while any runs."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import streamlit as st

from lsh_engine import (
    EngineError,
    Job,
    Request,
    cancel_job,
    delete_database,
    find_jobs,
    forget_job,
    read_job,
    resume_job,
    start_job,
)

from .catalog import available
from .messages import show_error
from .permissions import SUFFIX, database_home, may_build
from .session import session
from .text import count, long_duration, one_line, plain
from .widgets import take_one

Colour = Literal["gray", "blue", "green", "orange", "red"]
EVERY = 1.0  # seconds between two looks
SEEN = "_jobs seen"  # name -> status at the last run of the page
STAGES = {
    "start": "Starting: loading the network",
    "wait": "Waiting for another build to finish",
    "learn": "Learning what the photos have in common",
    "describe": "Describing photos",
    "remove": "Removing vanished photos",
    "hash": "Building the index",
    "calibrate": "Measuring what “the same” means among these photos",
    "verify": "Checking files",
    "fetch": "Downloading",
    "unpack": "Unpacking",
    "download": "Downloading weights",
}
KINDS = {
    "build": "Build",
    "add": "Add new photos",
    "remove": "Remove vanished photos",
    "sync": "Sync",
    "calibrate": "Measure presets",
    "verify": "Verify",
    "fetch": "Get data set",
    "weights": "Get weights",
    "evaluate": "Evaluation",
}
BADGES: dict[str, tuple[str, str, Colour]] = {
    "waiting": ("waiting", ":material/hourglass_top:", "gray"),
    "running": ("running", ":material/progress_activity:", "blue"),
    "done": ("done", ":material/check:", "green"),
    "cancelled": ("paused", ":material/pause:", "orange"),
    "stopped": ("interrupted", ":material/power_off:", "orange"),
    "failed": ("failed", ":material/error:", "red"),
}


def job_cards() -> None:
    """A card for every job that runs, waits to be resumed or has not been put away."""
    if not may_build():
        return
    jobs = find_jobs(database_home())
    st.session_state[SEEN] = {job.root.name: job.status for job in jobs}
    running = any(job.status == "running" for job in jobs)
    st.fragment(_cards, run_every=EVERY if running else None)()


def start(root: str | Path, request: Request) -> None:
    """Begin a job and show its card; one line where it cannot begin."""
    try:
        start_job(root, request)
    except EngineError as error:
        show_error(error)
        return
    st.rerun()


def _cards() -> None:
    jobs = find_jobs(database_home())
    if {job.root.name: job.status for job in jobs} != st.session_state.get(SEEN):
        st.rerun()  # one began or ended: the lists on the page change with it
    for job in jobs:
        with st.container(border=True, key=f"job-{job.root.name}"):
            _card(job)


def _card(job: Job) -> None:
    label, icon, colour = BADGES["waiting" if job.waiting else job.status]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.markdown(f"**{plain(name_of(job), 40)}** · {KINDS[job.request.kind]}", width="content")
            st.badge("cancelling" if job.cancelling else label, icon=icon, color=colour)
        with st.container(horizontal=True, gap="small", width="content"):
            _buttons(job)
    if job.status == "running" or (job.can_resume and job.state.total):
        st.progress(progress_share(job), text=progress_text(job))
    if job.state.message and job.status == "done":
        st.markdown(plain(job.state.message, 300))
    elif job.state.message and job.status == "failed":
        show_error(job.state.message)
    if job.status == "stopped":
        st.caption("The work ended without a word, as after a crash or a restart. Nothing is lost: resume goes on.")
    _unreadable(job)


def _buttons(job: Job) -> None:
    name = job.root.name
    if job.status == "running":
        pressed = st.button("Cancel", key=f"cancel-{name}", icon=":material/stop:", disabled=job.cancelling)
        if pressed:
            _do(lambda: cancel_job(job.root))
    elif job.can_resume:
        if st.button("Resume", key=f"resume-{name}", icon=":material/play_arrow:", type="primary"):
            _do(lambda: resume_job(job.root))
        if is_database(job):
            _put_away(job)
        elif st.button("Discard", key=f"discard-{name}", icon=":material/delete:", help="Delete the unfinished work"):
            _do(lambda: delete_database(job.root))
    else:
        names = [name for name, path in available().items() if path == job.root.resolve()]
        if job.request.kind == "build" and names:
            st.button(
                "Look at it",
                key=f"look-{name}",
                icon=":material/photo_library:",
                type="primary",
                on_click=_look_at,
                args=(names[0], job),
            )
        _put_away(job)


def _look_at(name: str, job: Job) -> None:
    """Before the next run of the page: the picker and the view are widgets, set only ahead of being drawn."""
    session().choose(database=name)
    take_one("databases-view", "Photos")
    with suppress(EngineError):  # it began again meanwhile: its card stays
        forget_job(job.root)


def _put_away(job: Job) -> None:
    if st.button("Put away", key=f"away-{job.root.name}", icon=":material/close:", type="tertiary"):
        _do(lambda: forget_job(job.root))


def _do(work: Callable[[], object]) -> None:
    try:
        work()
    except EngineError as error:
        st.toast(plain(error, 200), icon=":material/error:")
    st.rerun()


def _unreadable(job: Job) -> None:
    state = job.state
    if not state.n_unreadable:
        return
    with st.expander(f"{count(state.n_unreadable, 'file')} could not be read", icon=":material/broken_image:"):
        rows = [{"File": one_line(path, 120), "Why": one_line(why, 160)} for path, why in state.unreadable]
        st.dataframe(rows, hide_index=True, width="stretch")
        if state.n_unreadable > len(state.unreadable):
            st.caption(f"The first {len(state.unreadable):,} are listed.")


def name_of(job: Job) -> str:
    return job.root.name.removesuffix(SUFFIX)


def is_database(job: Job) -> bool:
    """Whether there is something to search already."""
    return job.root.resolve() in available().values()


def busy(path: str) -> bool:
    job = read_job(path)
    return bool(job and job.status == "running")


def progress_share(job: Job) -> float:
    state = job.state
    return min(1.0, max(0.0, state.done / state.total)) if state.total else 0.0


def progress_text(job: Job) -> str:
    """'Describing photos: 142 of 180 photos · 21 photos/s · 2 s left'"""
    state = job.state
    text = STAGES.get(state.stage, state.stage)
    if job.waiting and state.done:
        text += f", with {state.done:,} more before it"
    if not state.total or state.stage in ("hash", "remove"):
        return f"{text}…"
    if state.stage == "download":
        return f"{text}: {state.done / 1e6:,.0f} of {state.total / 1e6:,.0f} MB"
    unit = {"verify": "files", "calibrate": "trial searches"}.get(state.stage, "photos")
    if job.request.kind == "evaluate" and "describe" not in state.stage:
        unit = "steps"
    parts = [f"{text}: {state.done:,} of {state.total:,} {unit}"]
    if job.status == "running" and state.rate and state.stage in ("learn", "describe"):
        parts.append(f"{state.rate:,.1f} photos/s" if state.rate < 10 else f"{state.rate:,.0f} photos/s")
    if job.status == "running" and job.seconds_left is not None:
        parts.append(f"{long_duration(job.seconds_left)} left")
    return " · ".join(parts)
