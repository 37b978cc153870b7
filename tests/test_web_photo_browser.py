"""A photo by its address in a real browser: a spinner while it comes, the dialog closes, a refusal is one line."""

import os
import subprocess
import sys

import pytest
from browser_help import PATIENCE, ROOT, wait_until_healthy


@pytest.fixture(scope="module")
def address():
    """The app, with a host of the public internet behind it that is none."""
    if not (ROOT / "assets" / "demo.db").is_dir():
        pytest.skip("assets/demo.db is missing")
    port = 22500 + os.getpid() % 2000
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, "tests/web_photo_app.py", str(port)], cwd=ROOT, **quiet)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def ask(page, url: str) -> None:
    field = page.get_by_role("textbox", name="From an address")
    field.fill(url)
    field.press("Enter")


def test_a_photo_from_an_address(tab, address):
    tab.goto(f"{address}/Search")
    ask(tab, "http://photos.example/bin.jpg")
    tab.get_by_text("Getting the photo from photos.example").wait_for()
    tab.get_by_text("bin.jpg from photos.example").wait_for()
    tab.wait_for_url("**photo=*")
    tab.reload()
    tab.get_by_text("bin.jpg from photos.example").wait_for()


@pytest.mark.parametrize("width", [1360, 390])
def test_another_photo_from_an_address_in_the_dialog(tab, address, width):
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(f"{address}/Search?sample=wheelie-bin")
    tab.get_by_role("button", name="Other photo").first.click(timeout=2 * PATIENCE)
    dialog = tab.get_by_role("dialog")
    ask(dialog, "http://inside.example/bin.jpg")
    dialog.get_by_text("inside.example is unknown or lies in a private network").wait_for()
    assert dialog.get_by_text("inside.example/bin.jpg").count() == 1
    assert dialog.locator("a[href*='inside.example']").count() == 0, "an address is text, not a link"
    boxes = [
        dialog.get_by_role("textbox", name="From an address").bounding_box(),
        dialog.get_by_text("Get the photo").bounding_box(),
    ]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    dialog.get_by_role("textbox", name="From an address").fill("http://photos.example/bin.jpg")
    dialog.get_by_role("button", name="Get the photo").click()
    dialog.get_by_text("Getting the photo from photos.example").wait_for()
    dialog.wait_for(state="detached")
    tab.get_by_text("bin.jpg from photos.example").first.wait_for()
