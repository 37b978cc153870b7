"""The running app and a real browser, one of each for all tests of a process, and what several of those tests do."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CROPPER = ".st-key-cropper"
PATIENCE = 60_000  # ms; the first search loads the network


def _or_skip(problem: str) -> None:
    """A missing browser fails in CI, where it is part of the deal; elsewhere it skips."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(problem)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        _or_skip("no Chromium or Chrome on the PATH: install one to run the browser tests")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _or_skip("playwright is not installed: pip install -r requirements-dev.txt")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address():
    with running_app() as address:
        yield address


@contextmanager
def running_app() -> Iterator[str]:
    """The app on a free port: its address."""
    if not (ROOT / "assets" / "samples.json").is_file() or not (ROOT / "assets" / "demo.db").is_dir():
        _or_skip("assets/demo.db and assets/samples.json are missing: the sample queries need them")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += ["--server.fileWatcherType=none", "--server.headless=true"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, **quiet)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def wait_until_healthy(url: str, server: subprocess.Popen) -> None:
    for _ in range(150):
        assert server.poll() is None, "the app stopped while it started"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the app did not become healthy within 30 s")


@pytest.fixture
def tab(browser, address):
    """A fresh tab; afterwards: no script error, and no address outside this machine was asked for."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert not errors
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:", "ws:"))]
    assert not outside, f"the page asked for {outside[:3]}"


def _drivers_error() -> type[Exception]:
    from playwright.sync_api import Error

    return Error


def eventually(check, page):
    """Repeat until `check` no longer fails: the page answers in its own time, on a busy machine after seconds."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            return check()
        except (AssertionError, TypeError, ValueError, _drivers_error()):  # not yet true, or half drawn
            if time.monotonic() > deadline:
                raise
            page.wait_for_timeout(200)


def picture_of(page) -> dict[str, float]:
    """Place of the cropper's photo on the screen."""

    def loaded() -> dict[str, float]:
        photo = page.locator(f"{CROPPER} .stage img")
        assert photo.evaluate("photo => photo.complete && photo.naturalWidth > 0")
        return photo.bounding_box()

    return eventually(loaded, page)


def box_fields(page) -> list[int]:
    """Left, top, width, height as the number fields show them."""
    return [int(field.input_value()) for field in page.locator(f"{CROPPER} .numbers input").all()]


def numbers_of(page, side: int) -> tuple[int, str, float]:
    """(photos, search time, percent of the vectors looked at) as one side of the board tells them."""
    told = page.locator(f".lk-side-{side} .lk-figures").inner_text()
    photos, seconds, looked_at = re.fullmatch(
        r"([\d,]+) photos? · (.+) · looked at (?:under )?([\d.]+) %", told
    ).groups()
    return int(photos.replace(",", "")), seconds, float(looked_at)


def read_both_columns(page) -> None:
    (found, lsh_time, lsh_share), (all_there_are, _, share) = (numbers_of(page, side) for side in (0, 1))
    assert 1 <= found <= all_there_are
    assert 0 < lsh_share <= share == 100
    assert re.fullmatch(r"[\d.,]+ (ms|s)( after [\d.,]+ (ms|s) to plan)?", lsh_time)
    for side, number in enumerate((found, all_there_are)):
        assert page.locator(f".lk-side-{side} .lk-card").count() == min(number, 24)
    for card in page.locator(".lk-side-0 .lk-open").all():
        assert "rad at scale" in card.get_attribute("aria-label")


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()
