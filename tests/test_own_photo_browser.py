"""A visitor's own photo in a real browser: it survives a reload and Back, and no other browser gets it."""

import base64

import pytest
from browser_help import PATIENCE, eventually
from page_data import drawn_photo, jpeg

UPLOAD = {"name": "my bin.jpg", "mimeType": "image/jpeg", "buffer": jpeg(drawn_photo(7, (900, 1200)))}
PASTE = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const clipboard = new DataTransfer();
  clipboard.items.add(new File([bytes], "image.png", { type: "image/jpeg" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true }));
}"""


def bring(page) -> None:
    """Upload the photo, on a page that holds none yet."""
    field = page.locator('input[type="file"]').first
    field.wait_for(state="attached")
    field.set_input_files(UPLOAD)
    page.wait_for_url("**photo=*")


def has(page, *parts: str) -> None:
    eventually(lambda: _all_in(page.url, parts), page)


def _all_in(url: str, parts: tuple[str, ...]) -> None:
    assert all(part in url for part in parts), url


def _none_in(url: str, part: str) -> None:
    assert part not in url


def test_an_upload_its_crop_and_its_answer_are_there_after_a_reload(tab, browser, address):
    tab.goto(f"{address}/Search?delta=1.21&plan=tables")
    bring(tab)
    has(tab, "photo=", "crop=180-240-720-960", "delta=1.21")
    tab.locator(".st-key-search button").click()
    has(tab, "photo=", "box=180-240-720-960")
    kept = tab.url

    tab.reload()
    tab.get_by_text("my bin.jpg").first.wait_for()
    has(tab, "photo=", "box=180-240-720-960", "delta=1.21", "plan=tables")
    assert tab.url == kept
    tab.locator(".lk-side-1 .lk-card").first.wait_for()

    other = browser.new_context()
    page = other.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(kept)
    page.get_by_text("kept for the visitor who uploaded it only").wait_for()
    has(page, "delta=1.21", "plan=tables")
    eventually(lambda: _none_in(page.url, "photo="), page)
    assert not page.get_by_text("my bin.jpg").count()
    other.close()


def test_back_returns_to_the_former_photo(tab, address):
    tab.goto(f"{address}/Search?delta=1.21")
    bring(tab)
    tab.locator(".st-key-search button").click()
    has(tab, "photo=", "box=180-240-720-960")
    tab.get_by_role("button", name="Other photo").click()
    tab.get_by_role("dialog").locator(".st-key-open-sample-0 button").click()
    tab.get_by_role("dialog").wait_for(state="detached")  # the chooser folds away
    has(tab, "sample=")
    tab.wait_for_timeout(4_000)  # as long as somebody looks at least
    tab.go_back()
    tab.get_by_text("my bin.jpg").first.wait_for()
    has(tab, "photo=", "box=180-240-720-960")
    tab.wait_for_timeout(3_000)
    tab.go_forward()
    has(tab, "sample=")
    tab.get_by_text("my bin.jpg").first.wait_for(state="detached")


@pytest.mark.parametrize("link", ["", "?sample=wheelie-bin"], ids=["no photo yet", "with a photo"])
def test_a_pasted_picture_is_the_next_query(tab, address, link):
    tab.goto(f"{address}/Search{link}")
    wanted = ".lk-name" if link else ".st-key-own-page button"
    tab.locator(wanted).first.wait_for()
    tab.wait_for_timeout(1_500)  # the component listens a moment after it is there
    tab.evaluate(PASTE, base64.b64encode(UPLOAD["buffer"]).decode())
    tab.get_by_text("Pasted picture").first.wait_for()
    has(tab, "photo=", "crop=180-240-720-960")
    tab.evaluate(PASTE, base64.b64encode(b"no picture at all").decode())
    tab.get_by_text("expected a JPEG, PNG").first.wait_for()
    has(tab, "photo=", "crop=180-240-720-960")


def test_without_a_picture_in_the_clipboard_the_button_says_what_to_do(tab, address):
    tab.goto(f"{address}/Search")
    tab.get_by_role("button", name="Paste a picture").click()
    tab.get_by_text("press Ctrl+V").or_(tab.get_by_text("copy one first")).first.wait_for()
