"""No barrier that axe-core calls serious or critical, on any page and state, in light and dark."""

import importlib.resources
import shutil

import pytest
from browser_help import PATIENCE, ROOT, eventually
from test_databases_browser import App

QUERY = "sample=wheelie-bin&delta=1.00"
ANSWER, A_MATCH, IN_DIALOG = f"Search?{QUERY}", ".lk-side-1 .lk-card:nth-child(2) .lk-open", '[role="dialog"]'
MAIN = '[data-testid="stMain"]'
# State -> address, what is clicked on the way, and the sign that it is there.
STATES = {
    "home": ("", [], ".st-key-open-home-0 button"),
    "search, nothing yet": ("Search", [], '[class*="st-key-open-sample-"] button'),
    "search, answers": (ANSWER, [], ".lk-card img"),
    "search, what classic hashing misses": (ANSWER, ["[data-action=classic]"], ".lk-side-1 .lk-missed"),
    "search, side by side": (ANSWER, [A_MATCH], f"{IN_DIALOG} .st-key-detail-chances"),
    "search, heat map": (ANSWER, [A_MATCH, f"{IN_DIALOG} >> text=Heat map"], f"{IN_DIALOG} [class*=st-key-heat-]"),
    "search, steps": (
        ANSWER,
        [A_MATCH, f"{IN_DIALOG} >> text=Step through LSH"],
        f"{IN_DIALOG} [class*=st-key-steps-]",
    ),
    "search, change crop": (ANSWER, ["text=Change crop"], f"{IN_DIALOG} .st-key-search-again button"),
    "search, other photo": (ANSWER, ["text=Other photo"], f"{IN_DIALOG} .st-key-open-sample-0 button"),
    "presentation": (f"{ANSWER}&present=1", [], ".lookalike-stage:not([hidden])"),
    "delta, query": (f"Thresholds?{QUERY}", [], ".st-key-delta-line .chart"),
    "delta, pairs": ("Thresholds?delta=0.98", [], ".st-key-delta-line .chart"),
    "hashing": ("Thresholds?view=hashing", [], '[data-testid="stDataFrame"]'),
    "planner": ("Thresholds?view=planner", [], '[data-testid="stVegaLiteChart"]'),
    "size": (f"Thresholds?view=size&{QUERY}", [], ".st-key-size-measure"),
    "size, measured": (
        f"Thresholds?view=size&{QUERY}&box=60-60-200-{{edge}}",
        [".st-key-size-measure button"],
        '[data-testid="stVegaLiteChart"]',
    ),
    "a wrong link": ("Thresholds?view=nope&k=99", [], '[data-testid="stAlert"]'),
    "photos": ("Databases", [], '[class*="st-key-card-browse-"]'),
    "a photo": ("Databases", [".st-key-open-browse-0 button"], f"{IN_DIALOG} .st-key-patch-photo img"),
    "facts": ("Databases", [f"{MAIN} >> text=Facts"], ".st-key-facts-figures"),
    "maintenance": ("Databases", [f"{MAIN} >> text=Maintenance"], '[data-testid="stAlert"]'),
    "new": ("Databases", [f"{MAIN} >> text=New"], ".st-key-wizard-photos"),
    "evaluation": ("Evaluation", [], '[data-testid="stVegaLiteChart"]'),
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


def found_on(page, address: str, clicks: list[str], sign: str) -> list[dict]:
    """What axe finds once the page has come to rest."""
    page.goto(address)
    for what in clicks:
        page.locator(what).first.wait_for()
        eventually(lambda: _at_rest(page), page)  # what is still being drawn again loses a click
        page.locator(what).first.click()
    page.locator(sign).first.wait_for()
    eventually(lambda: _at_rest(page), page)
    page.evaluate((importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(AXE, EXCUSED)


def _at_rest(page) -> None:
    for _ in range(3):
        assert page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').count()
        assert not page.locator('[data-stale="true"]').count(), "what fades in or out has no colour of its own yet"
        page.wait_for_timeout(200)


def grave(found: list[dict]) -> list[dict]:
    """Also a heading that is not h1, then h2, then h3."""
    return [each for each in found if each["impact"] in GRAVE or each["id"] == "heading-order"]


@pytest.fixture
def opened(browser):
    """Opens a page in a window of that size and scheme."""
    pytest.importorskip("axe_playwright_python")
    contexts = []

    def open_page(scheme: str = "light", size: tuple[int, int] = (1280, 720), **more):
        viewport = {"width": size[0], "height": size[1]}
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme, **more))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_has_no_serious_barrier(opened, address, state, scheme):
    place, clicks, sign = STATES[state]
    place = place.format(edge={"light": 200, "dark": 210}[scheme])  # a crop is measured once for all visitors
    assert not grave(found_on(opened(scheme), f"{address}/{place}", clicks, sign))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["home", "search, nothing yet", "search, answers", "delta, query"])
def test_a_phone_has_no_serious_barrier(opened, address, state, scheme):
    place, clicks, sign = STATES[state]
    page = opened(scheme, (390, 844), has_touch=True, is_mobile=True)
    assert not grave(found_on(page, f"{address}/{place}", clicks, sign))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The app with a database that it may change: the demo's."""
    places = tmp_path_factory.mktemp("own")
    (places / "shared").mkdir()
    shutil.copytree(ROOT / "assets" / "demo.db", places / "dbs" / "own.db")
    (places / "dbs" / "gallery").symlink_to(ROOT / "assets" / "gallery")
    running = App(places)
    yield f"http://127.0.0.1:{running.port}"
    running.kill()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("place", "clicks", "sign"),
    [
        ("Evaluation?database=own", [], "text=on this machine as busy as it is now"),
        ("Databases?database=own", [f"{MAIN} >> text=Maintenance"], "text=Measure presets"),
    ],
    ids=["evaluation, estimate", "maintenance, own"],
)
def test_a_database_of_ones_own_has_no_serious_barrier(opened, own, place, clicks, sign, scheme):
    assert not grave(found_on(opened(scheme), f"{own}/{place}", clicks, sign))


def test_axe_sees_what_is_planted(opened, address):
    page = opened()
    assert not grave(found_on(page, f"{address}/", *STATES["home"][1:]))
    page.evaluate("document.querySelector('[data-testid=stMain]').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert "image-alt" in {each["id"] for each in page.evaluate(AXE, EXCUSED)}
