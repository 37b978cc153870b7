"""The pair view in a real browser: steps walked by arrow keys, numbers under the pointer, one match to the next."""

import os
import re
import subprocess
import sys

import pytest
from browser_help import PATIENCE, ROOT, eventually, wait_until_healthy

TITLES = (
    "The crop becomes",
    "Random cuts",
    "Every cut gives",
    "50 tables",
    "Few are left",
    "The exact angle",
    "Why this",
)


@pytest.fixture(scope="module")
def address():
    """tests/pair_view_page.py, served."""
    if not (ROOT / "assets" / "demo.db").is_dir():
        pytest.skip("assets/demo.db is missing")
    port = 20500 + os.getpid() % 2000
    command = [sys.executable, "-m", "streamlit", "run", "tests/pair_view_page.py", f"--server.port={port}"]
    command += ["--server.fileWatcherType=none", "--server.headless=true"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait(10)


@pytest.fixture
def dialog(browser, address, request):
    """The pair view of a match that hash tables miss, in a window of the size asked for."""
    width, height = getattr(request, "param", (1280, 720))
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(2 * PATIENCE)  # the first look compiles what every plan takes
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.locator(".st-key-show-missed button").click()
    shown = page.get_by_role("dialog")
    shown.get_by_text("Chance of being found").wait_for()
    yield shown
    context.close()
    assert not errors


def show(dialog, view: str) -> None:
    dialog.get_by_role("radio", name=view).or_(dialog.get_by_role("button", name=view, exact=True)).first.click()


@pytest.mark.parametrize("dialog", [(1280, 720), (390, 844)], ids=["wide", "phone"], indirect=True)
def test_the_steps_are_walked_by_arrow_keys(dialog):
    show(dialog, "Step through LSH")
    title, press = dialog.locator(".steps h3"), dialog.page.keyboard.press
    title.wait_for()
    for number, start in enumerate(TITLES, 1):
        eventually(lambda n=number, s=start: _starts(title.inner_text(), f"{n}. {s}"), dialog.page)
        picture = dialog.locator(".steps .picture")
        assert picture.locator("svg, .bits, .tables, .funnel, table").first.is_visible()
        assert picture.evaluate("part => part.scrollWidth <= part.clientWidth + 1"), "nothing sticks out"
        press("ArrowRight")
    assert title.inner_text().startswith("7."), "the last picture is the last"
    press("ArrowLeft")
    assert title.inner_text().startswith("6.")
    press("Home")
    assert title.inner_text().startswith("1.")
    assert dialog.get_by_role("button", name="Previous picture").is_disabled()


def test_up_and_down_turn_to_other_tables(dialog):
    show(dialog, "Step through LSH")
    dialog.locator(".steps .dots button").nth(3).click()
    chosen = dialog.locator('.tables button[aria-pressed="true"]')
    before = chosen.get_attribute("aria-label")
    dialog.page.keyboard.press("ArrowDown")
    after = chosen.get_attribute("aria-label")
    assert _table(after) == _table(before) % 50 + 1
    dialog.locator(".tables button").nth(6).click()
    assert _table(chosen.get_attribute("aria-label")) == 7
    dialog.page.keyboard.press("ArrowLeft")
    assert dialog.locator(".bits .differs").count() == 2 * _differing(dialog)


def _differing(dialog) -> int:
    """Bits that differ, as the picture says of itself."""
    return int(re.search(r": (\d+) of 20 bits differ", dialog.locator(".bits").get_attribute("aria-label")).group(1))


def test_the_heat_map_tells_its_numbers(dialog):
    show(dialog, "Heat map")
    frame = dialog.locator(".frame").first
    frame.wait_for()
    told = dialog.locator(".told").first
    frame.hover()
    eventually(lambda: _matches(r"^\d\.\d{3} rad · patch \d+ of 119$", told.inner_text()), dialog.page)
    frame.focus()
    dialog.page.keyboard.press("ArrowLeft")
    _matches(r"^\d\.\d{3} rad · patch \d+ of 119$", told.inner_text())
    dialog.get_by_text("Single cells").click()
    dialog.get_by_text("as if it were a patch of its own").wait_for()
    frame.focus()

    def reads_a_cell() -> None:
        dialog.page.keyboard.press("ArrowLeft")
        _matches(r"^\d\.\d{3} rad · cell \d+, \d+ of 32 × 24$", told.inner_text())

    eventually(reads_a_cell, dialog.page)


def test_arrow_keys_lead_to_the_next_match(dialog):
    place = dialog.locator(".st-key-detail-leaf").get_by_text(re.compile(r"^\d+ of \d+$"))
    first = int(place.inner_text().split()[0])
    dialog.page.keyboard.press("ArrowRight")
    eventually(lambda: _starts(place.inner_text(), f"{first + 1} of"), dialog.page)
    dialog.page.keyboard.press("ArrowLeft")
    eventually(lambda: _starts(place.inner_text(), f"{first} of"), dialog.page)
    left, right = (dialog.locator('[data-testid="stImage"] img').nth(i).bounding_box() for i in (0, 1))
    assert abs(left["y"] - right["y"]) < 2 and left["x"] + left["width"] <= right["x"] + 1, "side by side"


def _starts(text: str, start: str) -> None:
    assert text.startswith(start), text


def _matches(pattern: str, text: str) -> None:
    assert re.search(pattern, text), text


def _table(label: str) -> int:
    return int(re.match(r"Table (\d+):", label).group(1))
