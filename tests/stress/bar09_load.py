"""Bar 9: many visitors at the real app over its own protocol, and memory over many queries."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from websockets.asyncio.client import connect

from lsh_engine import RetrievalEngine, SearchSettings, load_image

from . import ROOT
from .bars import Figure
from .stand_in import forked

TITLE = "Load and memory"
BAR = "20 visitors x 30 reruns: 0 errors, growth < 50 MB; 1,000 queries: growth after the 100th <= 20 MB"
N_VISITORS, N_RERUNS = 20, 30
PAGES = "Search", ""  # half of the visitors look at a search, half at the home page
MOST_GROWTH, MOST_QUERY_GROWTH = 50.0, 20.0  # MB
N_FIRST, N_QUERIES = 100, 1000
PATIENCE = 120  # seconds for one rerun, when 20 visitors ask at once
START = 60  # seconds


def resident(pid: int) -> float:
    """Memory of a process, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def app():
    """(process, port) of the app on the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([*command, "--server.fileWatcherType=none"], cwd=ROOT, **quiet)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield server, port
    finally:
        server.kill()
        server.wait()


def _wait(url: str) -> None:
    deadline = time.monotonic() + START
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


async def visit(port: int, page: str, link: str, n_reruns: int) -> tuple[int, list[str]]:
    """(elements shown, errors) of one visitor who opens a page, with a sample to search for, and lets it run again."""
    shown, errors = 0, []
    async with connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None, proxy=None) as line:
        for _ in range(n_reruns):
            await line.send(_rerun(page, link))
            async with asyncio.timeout(PATIENCE):
                n, said = await _until_finished(line)
            shown, errors = shown + n, errors + said
    return shown, errors


def _rerun(page: str, link: str) -> bytes:
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    message.rerun_script.query_string, message.rerun_script.page_name = link, page
    return message.SerializeToString()


async def _until_finished(line) -> tuple[int, list[str]]:
    """(elements, errors) of one run of the page's script."""
    from streamlit.proto.Alert_pb2 import Alert
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    shown, errors = 0, []
    while True:
        message = ForwardMsg.FromString(await line.recv())
        element = message.delta.new_element
        shown += message.HasField("delta")
        if element.HasField("exception"):
            errors.append(f"{element.exception.type}: {element.exception.message}")
        if element.HasField("alert") and element.alert.format == Alert.ERROR:
            errors.append(element.alert.body)
        if message.HasField("script_finished") and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                errors.append("the script could not be compiled")
            return shown, errors


async def visits(port: int, link: str, n_reruns: int) -> list[tuple[int, list[str]]]:
    several = [visit(port, PAGES[i % len(PAGES)], link, n_reruns) for i in range(N_VISITORS)]
    return await asyncio.gather(*several)


def growth_of_queries() -> tuple[float, float]:
    """MB of memory after N_FIRST and after N_QUERIES queries with rectangles of several sizes."""
    engine = RetrievalEngine.open(ROOT / "assets" / "demo.db")
    photo = load_image(engine.collection.file(0))
    settings, after = SearchSettings(scales=(1.0,)), []
    for i in range(1, N_QUERIES + 1):
        left, top, side = 5 * (i % 7), 3 * (i % 11), 60 + 8 * (i % 5)
        engine.query(photo, (left, top, left + side, top + side), settings)
        if i in (N_FIRST, N_QUERIES):
            after.append(resident(os.getpid()))
    return tuple(after)


def measure(work: Path) -> Figure:
    samples = json.loads((ROOT / "assets" / "samples.json").read_text(encoding="utf-8"))
    link = "sample=" + samples[0]["title"].lower().replace(" ", "-")
    with app() as (server, port):
        asyncio.run(visit(port, PAGES[0], link, 1))  # loads the network
        asyncio.run(visits(port, link, 1))
        before = resident(server.pid)
        began = time.monotonic()
        outcomes = asyncio.run(visits(port, link, N_RERUNS))
        seconds, growth = time.monotonic() - began, resident(server.pid) - before
        alive = server.poll() is None
    errors = [error for _, said in outcomes for error in said]
    shown = sum(n for n, _ in outcomes)
    queries = forked(growth_of_queries)
    if queries.kind != "done":
        return Figure(False, f"queries {queries.kind}: {queries.value}")
    first, last = queries.value
    passed = alive and not errors and shown > 10 * N_VISITORS * N_RERUNS
    text = (
        f"{N_VISITORS * N_RERUNS} reruns of Search and home in {seconds:.0f} s: {len(errors)} errors, {growth:+.0f} MB "
        f"on {before:,.0f}; queries {N_FIRST} to {N_QUERIES:,}: {last - first:+.1f} MB on {first:,.0f}"
    )
    passed = passed and growth < MOST_GROWTH and last - first <= MOST_QUERY_GROWTH
    return Figure(passed, text + (f"; first: {errors[0][:150]}" if errors else ""))
