"""Presentation mode in the browser: keys, slides, links, the kiosk's reset."""

import re

import pytest
from browser_help import eventually
from page_data import drawn_photo, jpeg

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=30_000)

BAR = ".lookalike-stage"
CHROME = '[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"]'
FIRST, SECOND = "The same thing: a small angle", "The same kind: a wider angle"
LAST = "The same photo, another rectangle"


def is_on(page, slide: str | None = None) -> None:
    """In presentation mode, on the slide with this title."""
    expect(page.locator(BAR)).to_be_visible()
    page.wait_for_url("**present=1*")
    if slide:
        expect(page.locator(f"{BAR} .lookalike-title")).to_have_text(slide)


def listens(page) -> None:
    """Keys are heard from here on."""
    expect(page.locator(BAR)).to_be_attached()


def root_size(page) -> float:
    return page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")


def least_card(page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--lookalike-card').trim()")


def test_p_takes_chrome_and_title_away_and_brings_them_back(tab, address):
    tab.goto(f"{address}/Evaluation")
    tab.get_by_role("heading", name="Evaluation", exact=True).wait_for()
    listens(tab)
    usual = root_size(tab)
    assert least_card(tab) == ""
    expect(tab.locator(BAR)).to_be_hidden()
    tab.keyboard.press("p")
    is_on(tab)
    for part in tab.locator(CHROME).all():
        expect(part).to_be_hidden()
    assert root_size(tab) > usual and "px" in least_card(tab)
    title = tab.get_by_role("heading", name="Evaluation", exact=True)  # still read aloud
    assert title.locator("xpath=ancestor::*[@data-testid='stElementContainer']").bounding_box()["width"] <= 1
    tab.keyboard.press("P")
    tab.wait_for_url(lambda url: "present" not in url)
    expect(tab.locator('[data-testid="stSidebar"]')).to_be_visible()
    assert root_size(tab) == usual
    tab.keyboard.press("p")
    is_on(tab)
    tab.keyboard.press("Escape")
    tab.wait_for_url(lambda url: "present" not in url)
    tab.keyboard.press("p")
    is_on(tab)
    tab.get_by_role("button", name="Leave presentation mode").click()
    tab.wait_for_url(lambda url: "present" not in url)
    expect(tab.locator(BAR)).to_be_hidden()


def test_quick_presses_of_p_end_where_the_last_left_it(tab, address):
    tab.goto(f"{address}/Databases")
    tab.get_by_role("heading", name="Databases", exact=True).wait_for()
    listens(tab)
    for _ in range(5):
        tab.keyboard.press("p")
    is_on(tab)
    tab.wait_for_timeout(2500)  # no older answer takes it back
    is_on(tab)


def test_letters_and_arrows_belong_to_the_field_that_has_the_focus(tab, address):
    tab.goto(f"{address}/Thresholds?sample=wheelie-bin&delta=0.80&present=1")
    slider = tab.locator(".st-key-_delta").get_by_role("slider")
    slider.wait_for()
    is_on(tab)
    slider.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**delta=0.81*")
    assert "/Thresholds" in tab.url, "the key moved delta, no slide"
    tab.keyboard.press("p")  # a slider is no text field
    tab.wait_for_url(lambda url: "present" not in url)
    tab.goto(f"{address}/Databases")
    field = tab.get_by_role("combobox").first
    listens(tab)
    field.focus()
    tab.keyboard.press("p")
    tab.wait_for_timeout(1500)
    assert "present" not in tab.url


def test_arrows_and_clickers_go_through_the_slides(tab, address):
    tab.goto(f"{address}/?present=1")
    is_on(tab)
    expect(tab.locator(BAR)).to_contain_text("8 slides")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**/Search?*slide=1*")
    is_on(tab, FIRST)
    expect(tab.locator(BAR)).to_contain_text("1 of 8")
    tab.keyboard.press("PageDown")
    is_on(tab, SECOND)
    tab.wait_for_url("**slide=2*")
    tab.keyboard.press("ArrowLeft")
    is_on(tab, FIRST)
    tab.keyboard.press("End")
    is_on(tab, LAST)
    tab.wait_for_url("**slide=8*")
    assert tab.get_by_role("button", name="Next slide").is_disabled()
    tab.keyboard.press("Home")
    tab.wait_for_url("**slide=1*")
    for _ in range(3):  # faster than the page answers
        tab.keyboard.press("ArrowRight")
    is_on(tab, "What classic hashing misses")
    tab.wait_for_url("**slide=4*")
    tab.get_by_role("button", name="Next slide").click()  # by mouse and touch, too
    tab.wait_for_url("**slide=5*")


def test_a_link_brings_its_slide_back_and_what_was_changed_on_it(tab, address):
    tab.goto(f"{address}/Search?present=1&slide=8")
    is_on(tab, LAST)
    eventually(lambda: _no_more_than(tab.url, "present=1&slide=8"), tab)
    tab.keyboard.press("Escape")
    tab.wait_for_url("**image=77*box=234-143-448-313*")  # out of the presentation, the link says all
    assert "delta=0.95" in tab.url
    tab.goto(f"{address}/Search?present=1&slide=4&plan=auto&delta=0.85")
    is_on(tab, "What classic hashing misses")
    eventually(lambda: _has(tab.url, "plan=auto", "delta=0.85", "slide=4"), tab)
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url(lambda url: "slide=5" in url and "delta" not in url and "plan" not in url)


def _no_more_than(url: str, wanted: str) -> None:
    assert sorted(re.split("[?&]", url)[1:]) == sorted(wanted.split("&"))


def _has(url: str, *parts: str) -> None:
    assert all(part in url for part in parts)


def test_a_slide_beyond_the_last_is_the_last(tab, address):
    tab.goto(f"{address}/Search?present=1&slide=999")
    is_on(tab, LAST)
    tab.wait_for_url("**slide=8*")


def test_a_kiosk_warns_then_starts_over(tab, address):
    tab.goto(f"{address}/Search?present=1&slide=2&idle=8")
    is_on(tab, SECOND)
    tab.locator('[data-test-script-state="running"]').wait_for(state="detached")
    tab.evaluate("window.visitor = 'here'")
    countdown = tab.locator(".lookalike-countdown")
    tab.mouse.move(300, 300)
    expect(countdown).to_have_text(re.compile(r"Starts over in \d s"))
    tab.mouse.move(340, 320)
    expect(countdown).to_be_hidden()  # any movement stops it
    assert "slide=2" in tab.url and tab.evaluate("window.visitor") == "here"
    tab.wait_for_url("**slide=1*")
    eventually(lambda: _loaded_afresh(tab), tab)
    is_on(tab, FIRST)
    assert "idle=8" in tab.url
    tab.wait_for_timeout(10_000)
    expect(countdown).to_be_hidden()  # nobody has been here since: no need to start over


def test_a_kiosk_forgets_the_visitors_photo(tab, address):
    tab.goto(f"{address}/Search")
    tab.locator('input[type="file"]').first.set_input_files(
        {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": jpeg(drawn_photo(3))}
    )
    tab.wait_for_url("**photo=*")
    own = tab.url
    tab.goto(f"{own}&present=1&idle=6")
    is_on(tab)
    assert "photo=" in tab.url
    tab.locator('[data-test-script-state="running"]').wait_for(state="detached")
    tab.mouse.move(300, 300)
    tab.wait_for_url("**slide=1*")
    is_on(tab, FIRST)
    assert "photo=" not in tab.url
    tab.goto(own)  # as Back would
    expect(tab.get_by_text("its photo has gone")).to_be_visible()


def _loaded_afresh(page) -> None:
    assert page.evaluate("window.visitor") is None


def test_a_phone_in_the_dark_has_the_bar_within_its_width(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}/Search?present=1&slide=4")
    is_on(page, "What classic hashing misses")
    place = page.locator(BAR).bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 390 and place["y"] + place["height"] <= 845
    assert place["height"] < 844 / 4
    for name in ("Slide before", "Next slide", "Leave presentation"):
        button = page.get_by_role("button", name=name).bounding_box()
        assert button["width"] >= 44 and button["height"] >= 44, "large enough for a thumb"
    page.get_by_role("button", name="Next slide").tap()
    page.wait_for_url("**slide=5*")
    context.close()
