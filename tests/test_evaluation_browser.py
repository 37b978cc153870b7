"""The Evaluation page of the demo in a real browser: results are there at once, and leave as files."""

from browser_help import eventually

CHART = ".st-key-evaluation-chart-recall-precision"


def test_a_first_visitor_sees_results_and_takes_them_along(tab, address, tmp_path):
    tab.goto(f"{address}/Evaluation")
    tab.locator(f'{CHART} [data-testid="stVegaLiteChart"]').first.wait_for()
    assert tab.locator('[data-testid="stDataFrame"]').count() >= 2
    assert tab.locator(f"{CHART} canvas, {CHART} svg").first.is_visible()
    with tab.expect_download() as table:
        tab.locator(".st-key-evaluation-csv-table button").click()
    lines = saved(table.value, tmp_path).decode().splitlines()
    assert lines[0].startswith("method,delta,recall,") and len(lines) > 10
    with tab.expect_download() as picture:
        tab.locator(f"{CHART} button").filter(has_text="PNG").click()
    assert picture.value.suggested_filename.endswith("-recall-precision.png")
    assert saved(picture.value, tmp_path).startswith(b"\x89PNG")

    tab.set_viewport_size({"width": 390, "height": 844})

    def fits() -> None:
        assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390

    eventually(fits, tab)


def saved(download, folder) -> bytes:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path.read_bytes()
