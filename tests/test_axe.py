"""No barrier that axe-core calls serious or critical, on any page and state, in light and dark."""

import importlib.resources

import pytest
from test_browser import PATIENCE, eventually
from test_browser import address as address  # fixtures
from test_browser import browser as browser

QUERY = "sample=wheelie-bin&delta=1.00"
STATES = {
    "home": ("", ".st-key-open-home-0 button"),
    "search, nothing yet": ("Search", '[class*="st-key-open-sample-"] button'),
    "search, answers": (f"Search?{QUERY}", ".st-key-lsh-column, [class*=st-key-board]"),
    "delta, query": (f"Thresholds?{QUERY}", ".st-key-delta-line .chart"),
    "delta, pairs": ("Thresholds?delta=0.98", ".st-key-delta-line .chart"),
    "hashing": ("Thresholds?view=hashing", '[data-testid="stDataFrame"]'),
    "planner": ("Thresholds?view=planner", '[data-testid="stVegaLiteChart"]'),
    "size": (f"Thresholds?view=size&{QUERY}", ".st-key-size-measure"),
    "a wrong link": ("Thresholds?view=nope&k=99", '[data-testid="stAlert"]'),
    "photos": ("Databases", '[class*="st-key-card-browse-"]'),
    "facts": ("Databases#Facts", ".st-key-facts-figures"),
    "maintenance": ("Databases#Maintenance", '[data-testid="stAlert"]'),
    "new": ("Databases#New", ".st-key-wizard-photos"),
    "evaluation": ("Evaluation", '[data-testid="stVegaLiteChart"]'),
}
GRAVE = ("serious", "critical")
# Rule -> (selector of Streamlit's own element, why nothing of ours can mend it).
EXCUSED: dict[str, tuple[str, str]] = {}
AXE = """
    async (excused) => {
        const found = await axe.run(document, { resultTypes: ["violations"] });
        return found.violations.flatMap(({ id, impact, nodes }) => nodes
            .filter((node) => !(excused[id] && document.querySelector(node.target[0])?.closest(excused[id][0])))
            .map(({ target, failureSummary }) => ({ id, impact, where: target.flat().join(" "), failureSummary })));
    }
"""


def found_on(page, address: str, state: str) -> list[dict]:
    """What axe finds once the page has come to rest."""
    place, sign = STATES[state]
    path, _, view = place.partition("#")
    page.goto(f"{address}/{path}")
    if view:
        page.locator('[data-testid="stMain"]').get_by_text(view, exact=True).first.click()
    page.locator(sign).first.wait_for()
    eventually(lambda: _at_rest(page), page)
    page.evaluate((importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(AXE, EXCUSED)


def _at_rest(page) -> None:
    for _ in range(3):
        assert page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').count()
        assert not page.locator('[data-stale="true"]').count(), "what fades in or out has no colour of its own yet"
        page.wait_for_timeout(200)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_has_no_serious_barrier(browser, address, state, scheme):
    pytest.importorskip("axe_playwright_python")
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    found = found_on(page, address, state)
    context.close()
    assert not [each for each in found if each["impact"] in GRAVE]
    assert not [each for each in found if each["id"] == "heading-order"], "h1, then h2, then h3"


def test_axe_sees_what_is_planted(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    assert not [each for each in found_on(page, address, "home") if each["impact"] in GRAVE]
    page.evaluate("document.querySelector('[data-testid=stMain]').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert "image-alt" in {each["id"] for each in page.evaluate(AXE, EXCUSED)}
    context.close()
