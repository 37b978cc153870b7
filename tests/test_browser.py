"""The page in a real browser: what AppTest cannot see, such as the rectangle under the mouse."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from page_data import drawn_photo, sideways_jpeg

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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def address():
    """The running app, on a free port."""
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
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_until_healthy(url: str, server: subprocess.Popen) -> None:
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


def test_a_link_is_the_first_thing_opened_after_a_start(tab, address):
    """Runs first: Streamlit would skip app.py then, and the menu would show file names."""
    tab.goto(f"{address}/Search?delta=0.77&plan=tables")
    tab.get_by_role("link", name="Home").wait_for()
    tab.locator('[class*="st-key-open-sample-"] button').first.wait_for()
    assert "delta=0.77" in tab.url and "plan=tables" in tab.url
    assert not tab.get_by_role("link", name="app", exact=True).count()


def test_sample_move_the_rectangle_search_and_read_both_columns(tab, address):
    tab.goto(address)
    tab.get_by_text("How it works").wait_for()
    tab.locator(".st-key-open-home-0 button").click()
    tab.locator(".lk-headline").wait_for()
    eventually(lambda: read_both_columns(tab), tab)
    open_crop(tab)
    before = box_fields(tab)

    x, y = _middle_on_screen(tab)
    drag(tab, (x, y), (x + 24, y - 18))

    def has_moved() -> list[int]:
        now = box_fields(tab)
        assert now[0] > before[0] and now[1] < before[1]
        assert all(abs(new - old) <= 3 for new, old in zip(now[2:], before[2:], strict=True)), "moved, not resized"
        return now

    moved = eventually(has_moved, tab)
    tab.wait_for_timeout(700)  # the cropper tells when the hand has let go
    tab.locator(".st-key-search-again button").click()
    tab.get_by_role("dialog").wait_for(state="detached")
    right, bottom = moved[0] + moved[2], moved[1] + moved[3]
    tab.wait_for_url(f"**box={moved[0]}-{moved[1]}-{right}-{bottom}*")
    eventually(lambda: read_both_columns(tab), tab)

    tab.get_by_role("link", name="Home").click()
    tab.get_by_text("How it works").wait_for()
    tab.get_by_role("link", name="Search").click()
    tab.locator(".lk-headline").wait_for()
    eventually(lambda: read_both_columns(tab), tab)  # the answer survives a page change
    open_crop(tab)
    eventually(lambda: _equal(box_fields(tab), moved), tab)  # and so does the crop

    drag(tab, _middle_on_screen(tab), (5, 400))  # off the picture
    tab.wait_for_timeout(1500)
    left, top, width, height = box_fields(tab)
    assert left >= 0 and top >= 0 and width >= 8 and height >= 8


def open_crop(page) -> None:
    page.get_by_role("button", name="Change crop").click()
    picture_of(page)


def _equal(now, wanted) -> None:
    assert now == wanted


def _middle_on_screen(page) -> tuple[float, float]:
    """Where the middle of the rectangle is; the shown photo tells its scale."""
    picture = picture_of(page)
    left, top, width, height = box_fields(page)
    across = int(page.locator(f"{CROPPER} input[name=width]").get_attribute("max"))
    ratio = picture["width"] / across
    return picture["x"] + (left + width / 2) * ratio, picture["y"] + (top + height / 2) * ratio


def test_a_sideways_portrait_photo_is_cropped_where_it_shows(tab, address):
    tab.goto(f"{address}/Search?delta=1.57")
    photo = sideways_jpeg(drawn_photo(7, (900, 1200)))
    files = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo}
    tab.locator('input[type="file"]').first.set_input_files(files)
    picture_of(tab)
    eventually(lambda: _equal(box_fields(tab), [180, 240, 540, 720]), tab)
    tab.locator(".st-key-search button").click()
    tab.locator(".lk-headline").wait_for()
    eventually(lambda: read_both_columns(tab), tab)
    tab.locator(".lk-side-1 .lk-open").first.click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("Your query").wait_for()
    eventually(lambda: _equal(dialog.locator("img").count() >= 2, True), tab)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_within_its_width(browser, address, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/Search")
    page.locator('[class*="st-key-open-sample-"] button').first.click()
    page.locator(".lk-headline").wait_for()
    open_crop(page)

    def fits() -> None:
        picture = picture_of(page)
        assert picture["x"] >= 0 and picture["x"] + picture["width"] <= 390
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 390, "nothing to scroll sideways"

    eventually(fits, page)
    context.close()
