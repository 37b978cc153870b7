"""The guided tour in the browser: offered once, six stops by keyboard, focus kept and given back."""

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=30_000)

TITLES = (
    "A photo and a rectangle",
    "Query scales",
    "Delta: how alike is alike",
    "Two answers, side by side",
    "What hashing misses",
    "Share or save",
)


def card(page, stop: int):
    """The card of the stop, the first being 1."""
    found = page.get_by_role("dialog", name=TITLES[stop - 1])
    expect(found).to_contain_text(f"Stop {stop} of 6")
    return found


def test_the_tour_is_offered_once_and_taken_by_keyboard(tab, address):
    tab.goto(address)
    offer = tab.get_by_role("complementary", name="Guided tour")
    offer.get_by_role("button", name="Take the tour").click()
    tab.wait_for_url("**/Search**sample=*")
    expect(offer).to_have_count(0)
    for stop in range(1, 7):
        card(tab, stop)
        expect(tab.locator(":focus")).to_have_text("Done" if stop == 6 else "Next")
        if stop < 6:
            tab.keyboard.press("ArrowRight" if stop % 2 else "Enter")
    tab.keyboard.press("ArrowRight")  # the last stop stays until it is left
    card(tab, 6)
    tab.keyboard.press("ArrowLeft")
    card(tab, 5)
    labels = []
    for key in ("Tab", "Tab", "Tab", "Shift+Tab"):
        tab.keyboard.press(key)
        labels.append(tab.locator(":focus").inner_text())
    assert labels == ["Leave", "Back", "Next", "Back"], "the focus stays in the card"
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.goto(address)
    tab.get_by_text("How it works").wait_for()
    tab.wait_for_timeout(1500)
    expect(offer).to_have_count(0)


def test_no_thanks_is_remembered(tab, address):
    tab.goto(f"{address}/Search")
    offer = tab.get_by_role("complementary", name="Guided tour")
    offer.get_by_role("button", name="No, thanks").click()
    expect(offer).to_have_count(0)
    tab.reload()
    tab.locator('[class*="st-key-open-sample-"] button').first.wait_for()
    tab.wait_for_timeout(1500)
    expect(offer).to_have_count(0)


def test_the_focus_returns_and_the_ring_stands_round_its_thing(tab, address):
    tab.goto(f"{address}/Search?sample=bottle-bank")
    start = tab.locator(".st-key-tour-search button")
    start.click()
    card(tab, 1)
    tab.keyboard.press("ArrowRight")
    card(tab, 2)
    tab.wait_for_timeout(1000)
    thing = tab.locator(".st-key-_scales").bounding_box()
    ring = tab.locator(".lookalike-ring").bounding_box()
    assert ring["x"] <= thing["x"] and ring["x"] + ring["width"] >= thing["x"] + thing["width"]
    assert abs(ring["y"] + ring["height"] / 2 - thing["y"] - thing["height"] / 2) < 8
    tab.keyboard.press("Escape")
    expect(start).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_every_card_is_within_the_screen(browser, address, scheme):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": scheme}
    context = browser.new_context(**options, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/Search?sample=bottle-bank")
    page.get_by_role("complementary", name="Guided tour").get_by_role("button", name="Take the tour").tap()
    for stop in range(1, 7):
        place = card(page, stop).bounding_box()
        assert place["x"] >= 0 and place["x"] + place["width"] <= 390
        assert place["y"] >= 0 and place["y"] + place["height"] <= 844
        page.get_by_role("button", name="Done" if stop == 6 else "Next", exact=True).tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
    context.close()
