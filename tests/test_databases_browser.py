"""The wizard in a real browser: build, cancel, lose tab and server, go on, look through, ask, delete."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from browser_help import PATIENCE, ROOT, wait_until_healthy
from page_data import drawn_photo, jpeg

from lsh_engine import RetrievalEngine, read_job

N_PHOTOS = 52  # enough for presets to be measured
WIDE = (360, 90)  # pixels: a strip is described in a third of the time


@pytest.fixture
def places(tmp_path) -> Path:
    """Photos to build from, one of them broken, and a folder for databases."""
    (tmp_path / "shared" / "bins").mkdir(parents=True)
    for number in range(N_PHOTOS):
        (tmp_path / "shared" / "bins" / f"bin_{number}.jpg").write_bytes(jpeg(drawn_photo(number, WIDE)))
    (tmp_path / "shared" / "bins" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "dbs").mkdir()
    return tmp_path


class App:
    """The app on a port of its own; it can be killed and started again."""

    def __init__(self, places: Path):
        self.env = os.environ | {
            "LOOKALIKE_PHOTOS": str(places / "shared"),
            "LOOKALIKE_DATABASES": str(places / "dbs"),
            "OPENBLAS_NUM_THREADS": "1",
            "LOOKALIKE_RUNTIME": "torch",  # slower, so that there is time to press Cancel
        }
        self.port = 18000 + os.getpid() % 2000
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={self.port}"]
        command += ["--server.fileWatcherType=none", "--server.headless=true"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, **quiet)
        wait_until_healthy(f"http://127.0.0.1:{self.port}/_stcore/health", self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def app(places):
    running = App(places)
    yield running
    running.kill()


def tab(browser, app: App):
    page = browser.new_context(viewport={"width": 1360, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"http://127.0.0.1:{app.port}/Databases")
    return page


def settled(page):
    """Until the page has run to its end: a click on what is still being drawn again is lost in Streamlit."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def test_a_database_from_its_first_photo_to_its_end(browser, app, places):
    root = places / "dbs" / "bins.db"
    page = tab(browser, app)
    page.get_by_text("New", exact=True).click()
    page.locator(".st-key-wizard-photos input[role=combobox]").first.click()
    page.get_by_role("option", name="bins").click()
    page.locator(".st-key-wizard-folder-crumbs").get_by_text("bins").wait_for()
    page.locator(".st-key-wizard-estimate button").click()
    page.locator(".st-key-wizard-figures").get_by_text(str(N_PHOTOS + 1), exact=True).wait_for()
    page.locator(".st-key-wizard-start-build button").click()

    page.get_by_text(re.compile(rf"[1-9]\d* of ({N_PHOTOS + 1} photos|\d+ trial)")).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("paused").wait_for()
    assert read_job(root).status == "cancelled" and not (root / "CURRENT").exists()
    settled(page)
    page.get_by_role("button", name="Resume").click()
    page.get_by_text(re.compile("running|ready to search")).first.wait_for()

    page.context.close()
    app.kill()  # SIGKILL: the work goes on without tab and server
    app.start()
    page = tab(browser, app)
    page.get_by_text("ready to search").wait_for()
    page.get_by_text("1 file could not be read").click()
    page.locator('[data-testid="stDataFrame"]').first.wait_for()
    assert RetrievalEngine.open(root).n_images == N_PHOTOS and RetrievalEngine.open(root).info()["calibration"]
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text("ready to search").wait_for(state="detached")

    page.get_by_label("Filter by name").fill("bin_7")
    page.get_by_label("Filter by name").press("Enter")
    page.get_by_text(f"1 photo of {N_PHOTOS}").wait_for()
    page.get_by_role("button", name="bin_0.jpg", exact=True).wait_for(state="detached")
    page.get_by_role("button", name="bin_7.jpg", exact=True).click()
    page.get_by_role("dialog").get_by_text("119 in all").wait_for()
    page.locator(".st-key-browse-use button").click()
    page.locator(".lk-headline").wait_for()
    assert "Search" in page.url

    page.get_by_role("link", name="Databases").click()
    page.get_by_text("Maintenance", exact=True).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_label("Type its name to confirm").fill("bins")
    page.get_by_label("Type its name to confirm").press("Enter")
    page.locator(".st-key-maintenance-delete button:enabled").click()
    page.get_by_text("The database is deleted").wait_for()
    assert not root.exists() and len(list((places / "shared" / "bins").iterdir())) == N_PHOTOS + 1
    page.context.close()


def test_a_phone_shows_every_view_within_its_width(browser, app):
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"http://127.0.0.1:{app.port}/Databases")
        for view, sign in (("Photos", "Filter by name"), ("Facts", "How alike is alike"), ("New", "Patch sizes")):
            page.locator('[data-testid="stMain"]').get_by_text(view, exact=True).first.click()
            page.get_by_text(sign).first.wait_for()
            assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, view
        context.close()
