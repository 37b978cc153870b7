"""From the click on a sample to both answers with their first pictures drawn, and from a move of delta to the pictures:
in a real Chromium on the server's own machine.

    python -m benchmarks.click_to_pictures
"""

import shutil
import statistics
from typing import Any

from .ten_visitors import served

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
N_SAMPLES = 8
DRAWN = """() => {
  const first = [...document.querySelectorAll('.lk-list .lk-card:nth-child(-n+2) img')];
  return first.length > 1 && first.every((picture) => picture.complete && picture.naturalWidth > 0);
}"""
CLICK = """async ([key, drawn]) => {
  const done = eval(drawn);
  const started = performance.now();
  document.querySelector(`.st-key-open-sample-${key} button`).click();
  while (!done()) await new Promise((next) => requestAnimationFrame(next));
  await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
  return performance.now() - started;
}"""
DRAG = """async () => {
  const range = document.querySelector('.lk-range');
  const times = [];
  for (let i = 0; i < 60; i++) {
    const started = performance.now();
    range.value = 0.7 + 0.01 * i;
    range.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
    times.push(performance.now() - started);
  }
  return times;
}"""


def clicked(browser: Any, address: str, number: int) -> tuple[float, list[float]]:
    """Milliseconds from the click to the pictures, and of each move of delta after it, on a fresh page."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(f"{address}/Search")
    page.locator(f".st-key-open-sample-{number} button").wait_for()
    page.wait_for_timeout(1500)  # the page has come to rest
    click = page.evaluate(CLICK, [number, DRAWN])
    page.wait_for_timeout(500)
    moves = page.evaluate(DRAG)
    page.context.close()
    return click, moves


def main() -> None:
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with served() as (port, _), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        address = f"http://127.0.0.1:{port}"
        for number in range(N_SAMPLES):  # the network is loaded, loops are compiled
            clicked(browser, address, number)
        rounds = [clicked(browser, address, number) for number in range(N_SAMPLES)]
        browser.close()
    clicks = [click / 1000 for click, _ in rounds]
    moves = sorted(move for _, times in rounds for move in times)
    print(
        f"click to both answers and their pictures: median {statistics.median(clicks):.2f} s, most {max(clicks):.2f} s"
    )
    late = moves[int(0.99 * len(moves))]
    print(f"move of delta to the pictures: median {statistics.median(moves):.0f} ms, 99 of 100 within {late:.0f} ms")


if __name__ == "__main__":
    main()
