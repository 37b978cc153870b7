"""The line of the Thresholds page under the mouse."""

from test_browser import address as address  # fixtures
from test_browser import browser as browser
from test_browser import drag, eventually
from test_browser import tab as tab

LINE = '.st-key-delta-line [data-testid="stVegaLiteChart"]'


def photos_within(page) -> int:
    metric = page.locator('[data-testid="stMetric"]').filter(has_text="Photos within delta")
    return int(metric.inner_text().split("\n")[1].replace(",", "") or metric.inner_text().split("\n")[2])


def test_the_line_is_dragged_and_the_answer_follows(tab, address):
    tab.goto(f"{address}/Thresholds?sample=wheelie-bin&delta=1.00")
    tab.locator(LINE).first.wait_for()
    before = eventually(lambda: photos_within(tab), tab)
    place = tab.locator(LINE).first.bounding_box()
    y = place["y"] + place["height"] / 2
    drag(tab, (place["x"] + 0.66 * place["width"], y), (place["x"] + 0.5 * place["width"], y))
    tab.wait_for_url(lambda url: "delta=0." in url)

    def fewer() -> None:
        now = photos_within(tab)
        assert 0 < now < before
        assert tab.locator(".st-key-farthest-answers img").count() == min(now, 6)

    eventually(fewer, tab)
    assert f"{float(tab.url.split('delta=')[1][:4]):.2f}" in tab.locator(".st-key-_delta").inner_text(), "slider too"


def test_ten_quick_presses_move_delta_by_ten_steps(tab, address):
    tab.goto(f"{address}/Thresholds?sample=wheelie-bin&delta=0.80")
    tab.locator(LINE).first.wait_for()
    slider = tab.locator(".st-key-_delta").get_by_role("slider")
    for _ in range(2):  # back and forth, at two paces
        for key, pause in (("ArrowRight", 30), ("ArrowLeft", 120)):
            start = float(slider.input_value())
            slider.focus()
            for _ in range(10):
                tab.keyboard.press(key)
                tab.wait_for_timeout(pause)
            wanted = round(start + (0.1 if key == "ArrowRight" else -0.1), 2)
            tab.wait_for_url(lambda url, wanted=wanted: f"delta={wanted:.2f}" in url)
            tab.wait_for_timeout(1000)  # nothing jumps back
            assert float(slider.input_value()) == wanted
