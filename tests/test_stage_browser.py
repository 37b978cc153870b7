"""The answer on stage, in a real browser: where things stand, how large, and what moves with delta."""

import pytest
from browser_help import PATIENCE, eventually

SCREENS = [(1280, 720, 200), (1400, 900, 200), (1920, 1080, 300)]
PLACES = """() => {
  const place = (one) => { const r = one.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; };
  const all = (selector) => [...document.querySelectorAll(selector)].map(place).filter((one) => one[2] > 0);
  return {
    crop: all('.lk-crop-picture'), change: all('.lk-query button'), delta: all('.lk-range'), presets: all('.lk-preset'),
    verdict: all('.lk-headline'), left: all('.lk-side-0 .lk-frame'), right: all('.lk-side-1 .lk-frame'),
    tabs: all('.lk-tab'), wide: document.querySelector('[data-testid=stMain]').scrollWidth,
  };
}"""


def open_sample(page, address: str, number: int = 0) -> None:
    page.goto(f"{address}/Search")
    page.locator(f".st-key-open-sample-{number} button").click()
    page.locator(".lk-side-0 .lk-card").first.wait_for()
    pictures_there(page)


def pictures_there(page) -> None:
    """The first pictures of each side have been fetched and drawn."""

    def drawn() -> None:
        assert page.evaluate(
            "[...document.querySelectorAll('.lk-card:nth-child(-n+2) img')]"
            ".filter((i) => i.offsetParent).every((i) => i.complete && i.naturalWidth > 0)"
        )

    eventually(drawn, page)


def sized(browser, width: int, height: int, **more):
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def bottom(place: list[float]) -> float:
    return place[1] + place[3]


@pytest.mark.parametrize(("width", "height", "least"), SCREENS)
def test_the_whole_answer_is_on_screen_without_scrolling(browser, address, width, height, least):
    page = sized(browser, width, height)
    open_sample(page, address)
    places = page.evaluate(PLACES)
    for name in ("crop", "change", "delta", "presets", "verdict"):
        assert places[name], name
        assert all(place[1] >= 0 and bottom(place) <= height for place in places[name]), name
    for side in ("left", "right"):
        first_row = [place for place in places[side] if abs(place[1] - places[side][0][1]) < 2]
        assert len(first_row) >= 2, "a row of pictures on each side"
        assert all(place[2] >= least for place in first_row)
        assert all(bottom(place) <= height for place in first_row), f"{side}: {first_row}"
    assert places["left"][0][1] == places["right"][0][1], "both sides stand level"
    assert places["wide"] <= width
    page.context.close()


@pytest.mark.parametrize("place", ["Thresholds", "Databases"])
def test_a_phone_shows_a_row_of_choices_in_one_line_with_one_taken(browser, address, place):
    page = sized(browser, 390, 844, has_touch=True, is_mobile=True)
    page.goto(f"{address}/{place}")
    choices = page.locator('[data-testid="stMain"] [role="radiogroup"]').first.get_by_role("radio")
    choices.last.wait_for()
    assert len({choice.bounding_box()["y"] for choice in choices.all()}) == 1 and choices.count() == 4
    assert [choice.get_attribute("aria-checked") for choice in choices.all()].count("true") == 1
    page.context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (390, 844)])
def test_save_and_share_are_clicked_with_the_mouse(browser, address, width, height):
    """The page's empty header once lay over both: what a click meets is asked of the screen, not of the element."""
    page = sized(browser, width, height)
    open_sample(page, address)
    for name, shown in (("Save", "PNG"), ("Share", "This link brings back the photo")):
        place = page.locator(".st-key-save-share").get_by_role("button", name=name).bounding_box()
        assert place["y"] >= 0 and place["x"] + place["width"] <= width
        for share in (0.15, 0.5, 0.85):  # at its upper edge too
            met = page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.innerText ?? 'something else'",
                [place["x"] + place["width"] / 2, place["y"] + share * place["height"]],
            )
            assert name in met
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.locator('[data-testid="stPopoverBody"]').get_by_text(shown).first.wait_for()
        page.keyboard.press("Escape")
        page.locator('[data-testid="stPopoverBody"]').wait_for(state="detached")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_verdict_two_tabs_and_a_picture_at_once(browser, address, scheme):
    page = sized(browser, 390, 844, has_touch=True, is_mobile=True, color_scheme=scheme)
    open_sample(page, address)
    places = page.evaluate(PLACES)
    assert bottom(places["verdict"][0]) < places["tabs"][0][1] < places["left"][0][1]
    assert places["left"][0][1] + 150 <= 844, "the picture, not its edge"
    assert len(places["tabs"]) == 2 and not places["right"]
    assert places["wide"] <= 390, "nothing to scroll sideways"
    page.locator(".lk-tab").nth(1).tap()
    places = page.evaluate(PLACES)
    assert places["right"] and not places["left"]
    page.context.close()


def test_another_photo_folds_its_chooser_away_and_the_answer_stays_on_top(browser, address):
    page = sized(browser, 1280, 720)
    open_sample(page, address)
    page.get_by_role("button", name="Other photo").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".st-key-open-sample-3 button").click()
    dialog.wait_for(state="detached")
    page.locator(".lk-name", has_text="Underground container").wait_for()
    pictures_there(page)
    places = page.evaluate(PLACES)
    assert bottom(places["verdict"][0]) < bottom(places["left"][0]) <= 720
    page.context.close()


def test_ten_quick_key_presses_move_delta_by_ten_steps(tab, address):
    open_sample(tab, address)
    tab.locator(".lk-range").focus()
    assert tab.locator(".lk-range").input_value() == "1"
    for _ in range(10):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**delta=1.10*")
    tab.wait_for_timeout(1500)
    assert tab.locator(".lk-range").input_value() == "1.1"
    assert tab.locator(".lk-delta-value").inner_text() == "1.10 rad"


DRAG = """async () => {
  const range = document.querySelector('.lk-range');
  const seen = [];
  for (let i = 0; i < 40; i++) {
    const started = performance.now();
    range.value = 0.7 + 0.02 * i;
    range.dispatchEvent(new Event('input', { bubbles: true }));
    const cards = document.querySelectorAll('.lk-side-1 .lk-card').length;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    seen.push([performance.now() - started, cards]);
  }
  return seen;
}"""


def test_dragging_delta_moves_pictures_at_once(tab, address):
    open_sample(tab, address)
    asked = []
    tab.on("websocket", lambda socket: asked.append(socket))
    seen = tab.evaluate(DRAG)
    counts = [cards for _, cards in seen]
    assert counts == sorted(counts) and counts[-1] > counts[0], "every step lets photos in, none waits for the server"
    milliseconds = sorted(each for each, _ in seen)
    print(f"\nfrom move to pictures: median {milliseconds[20]:.0f} ms, slowest {milliseconds[-1]:.0f} ms")


def test_classic_hashing_shows_what_it_misses_first(tab, address):
    open_sample(tab, address)
    tab.locator("[data-action=classic]").click()
    tab.locator(".lk-side-1 .lk-missed").first.wait_for()
    assert "Hash tables found" in tab.locator(".lk-headline").inner_text()
    first = tab.locator(".lk-side-1 .lk-card").first
    assert "missed" in first.locator(".lk-mark").inner_text()
    assert first.bounding_box()["y"] < 900
    tab.locator("[data-action=classic]").click()
    eventually(lambda: _starts(tab.locator(".lk-headline").inner_text(), "LSH found"), tab)


def _starts(text: str, start: str) -> None:
    assert text.startswith(start)


def test_misses_follow_delta_while_it_moves(tab, address):
    open_sample(tab, address)
    tab.locator("[data-action=classic]").click()
    tab.locator(".lk-side-1 .lk-missed").first.wait_for()
    tab.locator(".lk-range").evaluate(
        "(r) => { r.value = 0.75; r.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    at_once = tab.locator(".lk-headline").inner_text()
    few = tab.locator(".lk-side-1 .lk-missed").count()
    tab.wait_for_url("**delta=0.75*")

    def settled() -> None:
        assert not tab.locator(".lk-facts.lk-old").count()

    eventually(settled, tab)
    assert tab.locator(".lk-headline").inner_text() == at_once, "what was shown while moving was the answer"
    assert tab.locator(".lk-side-1 .lk-missed").count() == few


def test_the_same_photo_lights_up_on_both_sides(tab, address):
    open_sample(tab, address)
    card = tab.locator(".lk-side-0 .lk-card").nth(1)
    name = card.get_attribute("data-id")
    card.hover()
    assert "lk-lit" in tab.locator(f'.lk-side-1 .lk-card[data-id="{name}"]').get_attribute("class")
    tab.locator(".lk-headline").hover()
    assert tab.locator(".lk-lit").count() == 0
    tab.locator(".lk-side-1 .lk-open").nth(2).focus()
    assert tab.locator(".lk-side-0 .lk-lit").count() == 1


def test_a_match_opens_beside_the_query(tab, address):
    open_sample(tab, address)
    tab.locator(".lk-side-1 .lk-open").nth(1).click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("Your query").wait_for()


def test_two_plans_and_two_deltas_side_by_side(tab, address):
    open_sample(tab, address)
    tab.locator(".lk-side-1 .lk-plan").select_option("sketch")
    eventually(lambda: _starts(tab.locator(".lk-headline").inner_text(), "LSH: "), tab)
    tab.locator(".lk-own-delta").click()
    tab.get_by_text("delta 1.00 · same again").wait_for()
    tab.locator(".lk-range").focus()
    for _ in range(5):
        tab.keyboard.press("ArrowLeft")
    tab.wait_for_url("**delta=0.95*")
    left, right = (tab.locator(f".lk-side-{side} .lk-card").count() for side in (0, 1))
    assert left < right
    assert tab.locator(".lk-side-1 .lk-only").count() == right - left, "beyond the left delta, not missed"


def test_sort_and_filter(tab, address):
    open_sample(tab, address)
    angles = "[...document.querySelectorAll('.lk-side-1 .lk-angle')].map((one) => parseFloat(one.textContent))"
    near = tab.evaluate(angles)
    assert near == sorted(near)
    tab.get_by_label("Sort").select_option("far")
    assert tab.evaluate(angles) == near[::-1]
    name = tab.locator(".lk-side-1 .lk-open").first.get_attribute("aria-label").split(":")[0]
    tab.get_by_label("Filter photos by name").fill(name.split("/")[-1])
    assert tab.locator(".lk-side-1 .lk-card").count() == 1
    tab.get_by_label("Filter photos by name").fill("no such name")
    tab.get_by_text("Nothing to show with this filter.").first.wait_for()
