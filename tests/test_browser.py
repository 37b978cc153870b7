"""The page in a real browser: what AppTest cannot see, such as the rectangle under the mouse."""

import pytest
from browser_help import CROPPER, PATIENCE, box_fields, drag, eventually, picture_of, read_both_columns, running_app
from page_data import drawn_photo, sideways_jpeg


def test_a_link_is_the_first_thing_opened_after_a_start(browser):
    """Streamlit would skip app.py then, and the menu would show file names."""
    with running_app() as address:
        page = browser.new_context().new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/Search?delta=0.77&plan=tables")
        page.get_by_role("link", name="Home").wait_for()
        page.locator('[class*="st-key-open-sample-"] button').first.wait_for()
        assert "delta=0.77" in page.url and "plan=tables" in page.url
        assert not page.get_by_role("link", name="app", exact=True).count()
        page.context.close()


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
